//! The only place that names a concrete adapter.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use skeleton_durable::{
    bus::Subscription, clock::Clock, consumer, inbox::Inbox, outbox::Outbox, relay, sql::sqlite,
};
use skeleton_host::auth::RequireCaller;
use skeleton_service::{Context, ReadyCheck, Service, operations::Operations, ready_check};

use crate::{
    adapters::{
        events::{Events, KINDS},
        http, store,
        tantivy::FolderIndex,
    },
    application::App,
    ports::{Index, Store},
};

/// The name under which tokens are made for it and events wait for it.
pub const NAME: &str = "search";

/// How this service is set up.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Most events taken in with one commit of the index.
    pub batch: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { batch: 2_000 }
    }
}

/// The service on embedded stores, within a program that runs others as well.
///
/// # Errors
/// When a store cannot be opened or migrated, or the bus does not take the subscription.
pub async fn standalone(context: &Context, settings: Settings) -> anyhow::Result<Service> {
    let folder = context.data.join(NAME);
    let file = folder.join(format!("{NAME}.sqlite"));
    let store =
        sqlite::Store::open(&sqlite::Settings::file(file), store::sqlite::MIGRATIONS).await?;
    let index = tokio::task::spawn_blocking(move || FolderIndex::open(&folder.join("index")))
        .await
        .context("opening the index")??;
    let ping = store.clone();
    let ready = ready_check(move || {
        let store = ping.clone();
        async move { store.ping().await }
    });
    assemble(context, settings, Arc::new(store), Arc::new(index), ready).await
}

async fn assemble<S>(
    context: &Context,
    settings: Settings,
    store: Arc<S>,
    index: Arc<dyn Index>,
    store_ready: ReadyCheck,
) -> anyhow::Result<Service>
where
    S: Store + Outbox + Inbox + 'static,
{
    let clock: Arc<dyn Clock> = context.clock.clone();
    let subscription = Subscription {
        consumer: NAME,
        kinds: KINDS.to_vec(),
        inbox: store.clone(),
        handler: Arc::new(Events {
            index: index.clone(),
            store: store.clone(),
            inbox: store.clone(),
            clock: clock.clone(),
        }),
        clock: clock.clone(),
        options: consumer::Options {
            batch: settings.batch,
            ..consumer::Options::default()
        },
    };
    context
        .bus
        .subscribe(subscription, context.shutdown.token())
        .await?;
    let ping = index.clone();
    let index_ready = ready_check(move || {
        let index = ping.clone();
        async move { index.ping().await }
    });
    let (router, openapi) = http::router(App {
        index,
        store: store.clone(),
    });
    let router: Router = RequireCaller::new(context.tokens.clone()).guard(router);
    Ok(Service {
        name: NAME,
        router,
        openapi,
        relay: Some(relay::Relay {
            outbox: store.clone(),
            bus: context.bus.clone(),
            clock,
            options: relay::Options::default(),
        }),
        ready: vec![("store", store_ready), ("index", index_ready)],
        jobs: Vec::new(),
        operations: Operations {
            inbox: Some(store.clone()),
            outbox: Some(store),
            ..Operations::default()
        },
    })
}
