//! The only place that names a concrete adapter.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use kith_shared::catalogue;
use skeleton_durable::{
    backup::{Backup, Tables},
    bus::Subscription,
    clock::Clock,
    consumer,
    inbox::Inbox,
    outbox::Outbox,
    relay,
    sql::sqlite,
    stored::Examine,
};
use skeleton_host::settings::{Fields, Scheme, StoreUrl};
#[cfg(feature = "distributed")]
use skeleton_service::process::Filling;
use skeleton_service::{Context, OpenStore, Service, operations::Operations, ready_when};

use crate::{
    adapters::{
        http,
        store::{self, tantivy::FolderIndex},
    },
    application::App,
    ports::{Index, Store},
};

/// The name under which tokens are made for it and events wait for it.
pub const NAME: &str = "search";

/// How this service is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Most events taken in with one commit of the index.
    pub batch: u32,
    /// What the names of indices on a server begin with.
    pub index_prefix: String,
    /// A file of certificates (PEM) to trust at such a server besides the public ones.
    pub index_authorities: Option<PathBuf>,
    /// How long an index is kept on such a server after another took its place.
    pub index_keep: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch: 2_000,
            index_prefix: "kith".to_owned(),
            index_authorities: None,
            index_keep: Duration::from_secs(60 * 60),
        }
    }
}

impl Settings {
    /// Reads `batch`, `index_prefix`, `index_authorities` and `index_keep`.
    pub fn read(f: &mut Fields<'_>) -> Self {
        let batch = f.number_within("batch", "2000", 1..=10_000);
        let authorities = f.is_set("index_authorities");
        Self {
            batch: u32::try_from(batch).unwrap_or(2_000),
            index_prefix: f.text("index_prefix", "kith"),
            index_authorities: authorities.then(|| f.path("index_authorities", None)),
            index_keep: f.duration("index_keep", "1h"),
        }
    }
}

/// Reads `index`: where the index's server is.
pub fn index_url(f: &mut Fields<'_>) -> StoreUrl {
    let url = f.store_url("index", None);
    if f.is_set("index") && url.scheme() != Scheme::Http {
        f.reject("index", "expected https://user:password@host:port");
    }
    url
}

/// Only which events were handled, by which the end of an import is known: people, circles and the
/// index are made of what others tell.
const CARRIED: Tables = Tables::Only(&[]);

async fn open_sqlite(data: &Path) -> anyhow::Result<sqlite::Store> {
    let file = data.join(NAME).join(format!("{NAME}.sqlite"));
    sqlite::Store::open(&sqlite::Settings::file(file), store::sqlite::MIGRATIONS).await
}

/// Its embedded store below `data`, to be filled by somebody who does not run the service.
///
/// # Errors
/// When the store cannot be opened.
pub async fn standalone_store(data: &Path) -> anyhow::Result<Arc<dyn Backup>> {
    let store = open_sqlite(data).await?;
    let backup = sqlite::StoreBackup::new(&store, store::sqlite::MIGRATIONS, CARRIED);
    Ok(Arc::new(backup))
}

/// Its store on PostgreSQL, to be filled before the service runs.
///
/// # Errors
/// When the database cannot be reached.
#[cfg(feature = "distributed")]
pub async fn distributed_store(
    database: &skeleton_durable::sql::postgres::Settings,
) -> anyhow::Result<Filling> {
    use skeleton_durable::sql::postgres;
    let store = postgres::Store::open(database, store::postgres::MIGRATIONS).await?;
    let backup = postgres::StoreBackup::new(&store, store::postgres::MIGRATIONS, CARRIED);
    Ok(Filling {
        backup: Arc::new(backup),
        secrets: Vec::new(),
    })
}

/// The service on embedded stores, within a program that runs others as well.
///
/// # Errors
/// When a store cannot be opened or migrated, or the bus does not take the subscription.
pub async fn standalone(context: &Context, settings: Settings) -> anyhow::Result<Service> {
    let folder = context.data.join(NAME);
    let store = open_sqlite(&context.data).await?;
    let backup = sqlite::StoreBackup::new(&store, store::sqlite::MIGRATIONS, CARRIED);
    let index = tokio::task::spawn_blocking(move || FolderIndex::open(&folder.join("index")))
        .await
        .context("opening the index")??;
    let opened = OpenStore {
        ready: ready_when(&store, |store| async move { store.ping().await }),
        migrations: store::sqlite::MIGRATIONS,
        stored: Arc::new(sqlite::scan::Scan::new(
            store.clone(),
            store::sqlite::TABLES,
        )),
        backup: Some(Arc::new(backup)),
    };
    assemble(context, &settings, Arc::new(store), Arc::new(index), opened).await
}

/// The service on PostgreSQL and Elasticsearch, any number of replicas. `index_url` is
/// `https://user:password@host:port`; whether anything answers there shows in its readiness.
///
/// # Errors
/// When the store cannot be opened or migrated, a setting cannot be used, or the bus does not take
/// the subscription.
#[cfg(feature = "distributed")]
pub async fn distributed(
    context: &Context,
    settings: Settings,
    database: &skeleton_durable::sql::postgres::Settings,
    index_url: &str,
) -> anyhow::Result<Service> {
    use crate::adapters::store::elasticsearch::{self, ElasticIndex, Keeper, Periods};
    use skeleton_durable::sql::postgres;
    let index = ElasticIndex::new(&elasticsearch::Settings {
        url: index_url.to_owned(),
        prefix: settings.index_prefix.clone(),
        authorities: settings.index_authorities.clone(),
    })?;
    let store = postgres::Store::open(database, store::postgres::MIGRATIONS).await?;
    let backup = postgres::StoreBackup::new(&store, store::postgres::MIGRATIONS, CARRIED);
    let opened = OpenStore {
        ready: ready_when(&store, |store| async move { store.ping().await }),
        migrations: store::postgres::MIGRATIONS,
        stored: Arc::new(postgres::scan::Scan::new(
            store.clone(),
            store::postgres::TABLES,
        )),
        backup: Some(Arc::new(backup)),
    };
    let store = Arc::new(store);
    let periods = Periods {
        keep: settings.index_keep,
        ..Periods::default()
    };
    let clock = context.clock.clone();
    let keeper = Keeper::new(index.clone(), store.clone(), clock, periods);
    let mut service = assemble(context, &settings, store, Arc::new(index), opened).await?;
    let job = Box::pin(keeper.run(context.shutdown.token()));
    service.jobs.push(("index", job));
    Ok(service)
}

async fn assemble<S, I>(
    context: &Context,
    settings: &Settings,
    store: Arc<S>,
    index: Arc<I>,
    opened: OpenStore,
) -> anyhow::Result<Service>
where
    S: Store + Outbox + Inbox + 'static,
    I: Index + Examine + 'static,
{
    opened.refuse_unfinished().await?;
    let examined: Arc<dyn Examine> = index.clone();
    let index: Arc<dyn Index> = index;
    let clock: Arc<dyn Clock> = context.clock.clone();
    let app = App {
        index: index.clone(),
        store: store.clone(),
        inbox: store.clone(),
        clock: clock.clone(),
    };
    let subscription = Subscription {
        consumer: NAME,
        kinds: catalogue::wanted_by(NAME),
        inbox: store.clone(),
        handler: Arc::new(app.clone()),
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
    let index_ready = ready_when(&index, |index| async move { index.ping().await });
    let routes = http::routes(app.clone(), context.tokens.clone());
    Ok(Service {
        name: NAME,
        routes,
        relay: Some(relay::Relay {
            outbox: store.clone(),
            bus: context.bus.clone(),
            clock,
            options: relay::Options::default(),
        }),
        ready: vec![("store", opened.ready), ("index", index_ready)],
        jobs: Vec::new(),
        operations: Operations {
            inbox: Some(store.clone()),
            outbox: Some(store),
            holdings: Some(Arc::new(app)),
            migrations: vec![opened.migrations],
            stored: vec![opened.stored, examined],
            backup: opened.backup,
            ..Operations::default()
        },
    })
}
