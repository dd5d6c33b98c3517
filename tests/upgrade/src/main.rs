//! The template's service in its next version, made up: things have a colour, in the store and in
//! the event. It is what a version is, and no more: whatever the version before does is done by it.
//!
//! The test beside it runs both versions on one database and one queue.

mod handler;
mod http;
mod store;
mod thing;

use std::{process::ExitCode, sync::Arc};

use skeleton_durable::{
    bus::Subscription,
    clock::Clock,
    consumer,
    relay::{self, Relay},
    sql::postgres::{Settings, Store},
};
use skeleton_host::auth::RequireCaller;
use skeleton_service::{
    Context, Service,
    operations::Operations,
    process::{self, Process},
    ready_when,
};
use template::wiring::{KINDS, NAME};

fn main() -> ExitCode {
    let process = Process {
        name: NAME,
        address: "127.0.0.1:8411",
        consumers: || vec![(NAME, KINDS.to_vec())],
        read: process::postgres,
        unbounded: &[],
        store: None,
    };
    process::run(process, async |context, settings| {
        open(&context, &settings).await
    })
}

async fn open(context: &Context, settings: &Settings) -> anyhow::Result<Service> {
    let store = Arc::new(Store::open(settings, store::MIGRATIONS).await?);
    let clock: Arc<dyn Clock> = context.clock.clone();
    let subscription = Subscription {
        consumer: NAME,
        kinds: KINDS.to_vec(),
        inbox: store.clone(),
        handler: Arc::new(handler::Events {
            store: store.clone(),
        }),
        clock: clock.clone(),
        options: consumer::Options::default(),
    };
    context
        .bus
        .subscribe(subscription, context.shutdown.token())
        .await?;
    let app = http::App {
        store: store.clone(),
        clock: clock.clone(),
    };
    let ready = ready_when(&store, |store| async move { store.ping().await });
    Ok(Service {
        name: NAME,
        routes: RequireCaller::new(context.tokens.clone()).guard(http::routes(app)),
        relay: Some(Relay {
            outbox: store.clone(),
            bus: context.bus.clone(),
            clock,
            options: relay::Options::default(),
        }),
        ready: vec![("store", ready)],
        jobs: Vec::new(),
        operations: Operations {
            inbox: Some(store.clone()),
            outbox: Some(store),
            ..Operations::default()
        },
    })
}
