//! Letters on their ways: into a folder, and over conversations with a mail server.
#![allow(clippy::unwrap_used, clippy::panic)]

mod folder;
mod post;
mod queue;
mod server;
mod settings;
mod smtp;

use skeleton_mail::Letter;
use uuid::Uuid;

fn letter() -> Letter {
    Letter {
        id: Uuid::now_v7(),
        recipient: "ada@example.com".to_owned(),
        subject: "Grüße aus Köln".to_owned(),
        body: "Dear Ada,\n\n.a line that begins with a dot\n".to_owned(),
        created_at: "2026-11-22T12:00:00Z".parse().unwrap(),
    }
}
