//! Puts the service together. The only place that names concrete adapters.

use std::{num::NonZero, path::Path, sync::Arc, time::Duration};

use kith_shared::catalogue;
use skeleton_durable::{
    backup::{Backup, Tables},
    bus::Subscription,
    consumer,
    inbox::Inbox,
    outbox::Outbox,
    relay,
    relay::Relay,
    sql::sqlite,
};
use skeleton_host::settings::Fields;
#[cfg(feature = "distributed")]
use skeleton_service::process::Filling;
use skeleton_service::{Context, OpenStore, Service, operations::Operations, ready_when};
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

/// What is its own: all else it makes of what users and ingest tell.
const CARRIED: Tables = Tables::Only(&["annotation", "applied_import", "band", "note", "tag"]);

async fn open_sqlite(data: &Path) -> anyhow::Result<sqlite::Store> {
    store::open_sqlite(data.join(NAME).join("network.sqlite")).await
}

/// Its embedded store below `data`, to be filled by somebody who does not run the service.
///
/// # Errors
/// When the store cannot be opened.
pub async fn standalone_store(data: &Path) -> anyhow::Result<Arc<dyn Backup>> {
    let store = open_sqlite(data).await?;
    let backup = sqlite::StoreBackup::new(&store, store::MIGRATIONS, CARRIED);
    Ok(Arc::new(backup))
}

/// The service in a program of its own or with others, on a SQLite file in the data folder.
///
/// # Errors
/// When the store cannot be opened or the bus does not take the subscription.
pub async fn standalone(context: &Context, settings: Settings) -> anyhow::Result<Service> {
    let store = open_sqlite(&context.data).await?;
    let backup = sqlite::StoreBackup::new(&store, store::MIGRATIONS, CARRIED);
    let opened = OpenStore {
        ready: ready_when(&store, |store| async move { store.ping().await }),
        migrations: store::MIGRATIONS,
        stored: Arc::new(sqlite::scan::Scan::new(store.clone(), store::TABLES)),
        backup: Some(Arc::new(backup)),
    };
    assemble(context, settings, Arc::new(store), opened).await
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
    let backup = skeleton_durable::neo4j::backup::StoreBackup::new(
        &store,
        store::neo4j::MIGRATIONS,
        store::neo4j::CARRIED,
    );
    let opened = OpenStore {
        ready: ready_when(&store, |store| async move { store.ping().await }),
        migrations: store::neo4j::MIGRATIONS,
        stored: Arc::new(skeleton_durable::neo4j::scan::Scan::new(
            store.clone(),
            store::neo4j::TABLES,
        )),
        backup: Some(Arc::new(backup)),
    };
    assemble(context, settings, Arc::new(store), opened).await
}

/// Its store in Neo4j, to be filled before the service runs.
///
/// # Errors
/// When the database cannot be reached.
#[cfg(feature = "distributed")]
pub async fn distributed_store(
    database: &skeleton_durable::neo4j::Settings,
) -> anyhow::Result<Filling> {
    use skeleton_durable::neo4j::backup::StoreBackup;
    let store = store::neo4j::open(database).await?;
    let backup = StoreBackup::new(&store, store::neo4j::MIGRATIONS, store::neo4j::CARRIED);
    Ok(Filling {
        backup: Arc::new(backup),
        secrets: Vec::new(),
    })
}

async fn assemble(
    context: &Context,
    settings: Settings,
    store: Arc<dyn Durable>,
    opened: OpenStore,
) -> anyhow::Result<Service> {
    opened.refuse_unfinished().await?;
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
        ready: vec![("store", opened.ready)],
        jobs: Vec::new(),
        operations: Operations {
            inbox: Some(store.clone()),
            outbox: Some(store),
            current: Some(app.clone()),
            holdings: Some(app),
            migrations: vec![opened.migrations],
            stored: vec![opened.stored],
            backup: opened.backup,
            secrets: Vec::new(),
        },
    })
}
