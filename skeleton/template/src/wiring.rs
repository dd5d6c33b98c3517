//! The only place that names a concrete adapter.

use std::sync::Arc;

use skeleton_durable::{
    bus::Subscription, clock::Clock, consumer, inbox::Inbox, outbox::Outbox, relay, sql::sqlite,
    stored::Examine,
};
use skeleton_service::{Context, ReadyCheck, Service, operations::Operations, ready_when};
use uuid::Uuid;

use crate::{
    adapters::{events::Events, http, store},
    application::App,
    ports::Store,
};

pub use crate::adapters::events::KINDS;

/// The name under which tokens are made for it and events wait for it.
pub const NAME: &str = "template";

/// The service on an embedded store, within a program that runs others as well.
///
/// # Errors
/// When the store cannot be opened or migrated, or the bus does not take the subscription.
pub async fn standalone(context: &Context) -> anyhow::Result<Service> {
    let file = context.data.join(NAME).join(format!("{NAME}.sqlite"));
    let store =
        sqlite::Store::open(&sqlite::Settings::file(file), store::sqlite::MIGRATIONS).await?;
    let ready = ready_when(&store, |store| async move { store.ping().await });
    let stored = sqlite::scan::Scan::new(store.clone(), store::sqlite::TABLES);
    assemble(context, Arc::new(store), ready, stored).await
}

/// The service on PostgreSQL.
///
/// # Errors
/// When the store cannot be opened or migrated, or the bus does not take the subscription.
#[cfg(feature = "distributed")]
pub async fn distributed(
    context: &Context,
    settings: &skeleton_durable::sql::postgres::Settings,
) -> anyhow::Result<Service> {
    use skeleton_durable::sql::postgres;
    let store = postgres::Store::open(settings, store::postgres::MIGRATIONS).await?;
    let ready = ready_when(&store, |store| async move { store.ping().await });
    let stored = postgres::scan::Scan::new(store.clone(), store::postgres::TABLES);
    assemble(context, Arc::new(store), ready, stored).await
}

async fn assemble<S>(
    context: &Context,
    store: Arc<S>,
    ready: ReadyCheck,
    stored: impl Examine + 'static,
) -> anyhow::Result<Service>
where
    S: Store + Outbox + Inbox + 'static,
{
    let clock: Arc<dyn Clock> = context.clock.clone();
    let app = App {
        store: store.clone(),
        clock: clock.clone(),
        new_id: Uuid::now_v7,
    };
    let subscription = Subscription {
        consumer: NAME,
        kinds: KINDS.to_vec(),
        inbox: store.clone(),
        handler: Arc::new(Events { app: app.clone() }),
        clock: clock.clone(),
        options: consumer::Options::default(),
    };
    context
        .bus
        .subscribe(subscription, context.shutdown.token())
        .await?;
    let routes = http::routes(app, context.tokens.clone());
    Ok(Service {
        name: NAME,
        routes,
        relay: Some(relay::Relay {
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
            stored: vec![Arc::new(stored)],
            ..Operations::default()
        },
    })
}
