//! The publishing service: the template as it is, on PostgreSQL, behind the standard middleware.

use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretString;
use skeleton_durable::{
    Envelope,
    bus::{Bus, PublishError, Subscription, Tap, rabbitmq::RabbitMqBus},
    clock::SystemClock,
    sql::postgres,
};
use skeleton_host::{
    auth::{TokenSigner, TokenVerifier},
    http::{HttpSettings, ServeSettings, Stack, serve},
    shutdown::Shutdown,
};
use skeleton_service::Context;
use template::wiring;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    consumer,
    settings::{Settings, TOKEN_SECRET},
};

/// Serves until told to stop.
pub(crate) async fn run(settings: &Settings) -> anyhow::Result<()> {
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let signer = TokenSigner::from_secrets(&SecretString::from(TOKEN_SECRET), None);
    let context = Context {
        data: std::env::temp_dir(),
        bus: Arc::new(PublishOnly(RabbitMqBus::new(
            consumer::broker(settings),
            shutdown.token(),
        ))),
        clock: Arc::new(SystemClock),
        tokens: TokenVerifier::new(wiring::NAME, &signer.public_keys()),
        shutdown: shutdown.clone(),
    };
    let database = postgres::Settings {
        url: settings.publisher.clone(),
        connections: settings.pool,
    };
    let mut service = wiring::distributed(&context, &database).await?;
    service.start(&shutdown);
    let router = Stack::new(wiring::NAME, &HttpSettings::default()).apply(service.routes.clone());
    let listener = TcpListener::bind(&settings.address).await?;
    serve(router, listener, &shutdown, &ServeSettings::default()).await;
    Ok(())
}

/// The broker, without the template's interest in its own events: the consumer is another process.
struct PublishOnly(RabbitMqBus);

#[async_trait]
impl Bus for PublishOnly {
    async fn publish(&self, events: &[Envelope]) -> Result<(), PublishError> {
        self.0.publish(events).await
    }

    async fn subscribe(&self, _: Subscription, _: CancellationToken) -> anyhow::Result<()> {
        Ok(())
    }

    async fn send_to(&self, consumer: &str, events: &[Envelope]) -> Result<(), PublishError> {
        self.0.send_to(consumer, events).await
    }

    fn look_again(&self, consumer: &str) {
        self.0.look_again(consumer);
    }

    fn tap(&self) -> Tap {
        self.0.tap()
    }
}
