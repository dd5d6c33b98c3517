//! Secrets stay where they belong: not in logs, not in events, not in the store.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::world::{PASSWORD, World};

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;
    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn passwords_tokens_and_codes_reach_neither_logs_nor_events_nor_the_store() {
    let captured = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(captured.clone())
        .finish();
    // This test's runtime is one thread: everything the service does in it is captured.
    let guard = tracing::subscriber::set_default(subscriber);
    let world = World::new().await;
    let ada = world.sign_up("Ada").await;
    let code = world.code_for(&ada.email).await;
    let signed_in: Value = world.sign_in(&ada.email, PASSWORD).await.json();
    let token = signed_in["token"].as_str().unwrap().to_owned();
    world.check(&token).await.expect_status(200);
    world.sign_in(&ada.email, "another guess entirely").await;
    let circle = ada.circle("Analysts").await;
    ada.invite(&circle, "grace@example.com").await;
    let invitation = world.code_for("grace@example.com").await;
    let address = ada.me().await["addresses"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/v1/me/addresses/{address}/verification");
    ada.client
        .post(&path, &json!({"code": code}))
        .await
        .expect_status(200);
    drop(guard);

    let logs = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
    assert!(logs.contains("letter sent"), "logs were captured");
    let events = world.events_text();
    assert!(events.contains("ada@example.com"), "events were captured");
    let secrets = [
        PASSWORD,
        "another guess entirely",
        &code,
        &token,
        &invitation,
    ];
    for secret in secrets {
        assert!(!logs.contains(secret), "{secret} in the logs");
        assert!(!events.contains(secret), "{secret} in an event");
    }
    // The mail with its code has left the store, so no file of it may hold a secret in a row.
    for secret in [PASSWORD, &token] {
        for file in std::fs::read_dir(world.data.path().join("users"))
            .into_iter()
            .flatten()
        {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "{secret} in the store");
        }
    }
}
