//! Puts the service together. The only place that names concrete adapters.

use std::{num::NonZero, sync::Arc, time::Duration};

use kith_shared::catalogue;
use skeleton_durable::{
    bus::Subscription, consumer, inbox::Inbox, migrations::Migrations, outbox::Outbox, relay,
    relay::Relay, sql::sqlite, stored::Examine,
};
use skeleton_host::settings::Fields;
use skeleton_service::{Context, ReadyCheck, Service, operations::Operations, ready_when};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    adapters::{http, store},
    application::{App, graphs::Graphs},
    ports::Store,
};

/// The service's name: of its folder, its consumer, its tokens' audience.
pub const NAME: &str = "network";

/// What can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Most memory that graphs in use or kept may take, in mebibytes.
    pub graph_memory_mib: u64,
    /// Answers wait so long for the renewal of a graph; one that takes longer answers as it was
    /// meanwhile.
    pub graph_patience: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            graph_memory_mib: 256,
            graph_patience: Duration::from_millis(150),
        }
    }
}

impl Settings {
    /// Reads them; mistakes are collected by `fields`.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            graph_memory_mib: fields.number_within("graph_memory_mib", "256", 16..=65_536),
            graph_patience: fields.duration("graph_patience", "150ms"),
        }
    }
}

/// What the service asks of its store: its own port and those of the skeleton.
trait Durable: Store + Outbox + Inbox + 'static {}

impl<S: Store + Outbox + Inbox + 'static> Durable for S {}

/// The service in a program of its own or with others, on a SQLite file in the data folder.
///
/// # Errors
/// When the store cannot be opened or the bus does not take the subscription.
pub async fn standalone(context: &Context, settings: Settings) -> anyhow::Result<Service> {
    let file = context.data.join(NAME).join("network.sqlite");
    let store = store::open_sqlite(file).await?;
    let ping = ready_when(&store, |store| async move { store.ping().await });
    let migrations = store::MIGRATIONS;
    let rows = sqlite::scan::Scan::new(store.clone(), store::TABLES);
    assemble(context, settings, Arc::new(store), migrations, ping, rows).await
}

/// One of any number of replicas of the service, on Neo4j.
///
/// # Errors
/// When the store cannot be reached or migrated, or the bus does not take the subscription.
#[cfg(feature = "distributed")]
pub async fn distributed(
    context: &Context,
    settings: Settings,
    database: &skeleton_durable::neo4j::Settings,
) -> anyhow::Result<Service> {
    let store = store::neo4j::open(database).await?;
    let ping = ready_when(&store, |store| async move { store.ping().await });
    let migrations = store::neo4j::MIGRATIONS;
    let rows = skeleton_durable::neo4j::scan::Scan::new(store.clone(), store::neo4j::TABLES);
    assemble(context, settings, Arc::new(store), migrations, ping, rows).await
}

async fn assemble(
    context: &Context,
    settings: Settings,
    store: Arc<dyn Durable>,
    migrations: Migrations,
    ping: ReadyCheck,
    rows: impl Examine + 'static,
) -> anyhow::Result<Service> {
    let budget = usize::try_from(settings.graph_memory_mib << 20).unwrap_or(usize::MAX);
    let cores = std::thread::available_parallelism().map_or(2, NonZero::get);
    let app = App {
        store: store.clone(),
        inbox: store.clone(),
        clock: context.clock.clone(),
        new_id: Uuid::now_v7,
        graphs: Arc::new(Graphs::new(store.clone(), budget, settings.graph_patience)),
        searches: Arc::new(Semaphore::new(cores)),
    };
    let subscription = Subscription {
        consumer: NAME,
        kinds: catalogue::wanted_by(NAME),
        inbox: store.clone(),
        handler: Arc::new(app.clone()),
        clock: context.clock.clone(),
        options: consumer::Options::default(),
    };
    context
        .bus
        .subscribe(subscription, context.shutdown.token())
        .await?;
    let routes = http::routes(app.clone(), context.tokens.clone());
    let app = Arc::new(app);
    Ok(Service {
        name: NAME,
        routes,
        relay: Some(Relay {
            outbox: store.clone(),
            bus: context.bus.clone(),
            clock: context.clock.clone(),
            options: relay::Options::default(),
        }),
        ready: vec![("store", ping)],
        jobs: Vec::new(),
        operations: Operations {
            inbox: Some(store.clone()),
            outbox: Some(store),
            current: Some(app.clone()),
            holdings: Some(app),
            migrations: vec![migrations],
            stored: vec![Arc::new(rows)],
        },
    })
}
