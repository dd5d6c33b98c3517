//! A letter as it goes over the wire.

use lettre::{
    Address, Message,
    message::{Mailbox, header::ContentType},
};

use crate::{Letter, NotSent};

/// What cannot be put into a message never leaves.
pub(crate) fn message(letter: &Letter, from: &Mailbox) -> Result<Message, NotSent> {
    let refused = |error: &dyn std::fmt::Display| NotSent::Never(error.to_string());
    let to: Address = letter.recipient.parse().map_err(|error| refused(&error))?;
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(&letter.subject)
        .message_id(Some(format!("<{}@{}>", letter.id, from.email.domain())))
        .date(std::time::SystemTime::from(letter.created_at))
        .header(ContentType::TEXT_PLAIN)
        .body(letter.body.clone())
        .map_err(|error| refused(&error))
}
