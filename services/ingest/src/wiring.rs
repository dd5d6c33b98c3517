//! Puts the service together: the only place that names concrete adapters.

use std::{path::Path, sync::Arc};

use kith_formats::Limits;
use kith_shared::{catalogue, keys::KeyHasher};
use secrecy::ExposeSecret;
use skeleton_durable::{
    backup::{Backup, CarriedBlobs, Tables},
    blobs::{Blobs, ObjectBlobs},
    bus::Subscription,
    consumer,
    inbox::Inbox,
    outbox::Outbox,
    relay::{self, Relay},
    sql::sqlite,
};
use skeleton_host::settings::Fields;
#[cfg(feature = "distributed")]
use skeleton_service::process::Filling;
use skeleton_service::{Context, Job, OpenStore, Service, operations::Operations, ready_when};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    adapters::{http, store},
    application::{App, turns::Turns},
    ports::Store,
};

/// The name under which tokens are made for it and events wait for it.
pub const NAME: &str = "ingest";

/// How this instance is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Hashes addresses for the other services; the same for all services of an instance.
    pub key_hasher: KeyHasher,
    /// Longest file that is taken, in bytes.
    pub file_limit_bytes: u64,
    /// Imports worked on at a time, of different accounts; several times as many are under way and
    /// take turns.
    pub imports_at_once: usize,
    /// What the parsers may use.
    pub limits: Limits,
}

/// How much of files is taken, and how many at a time.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Longest file that is taken, in bytes.
    pub file_limit_bytes: u64,
    /// Most records of a file.
    pub record_limit: u64,
    /// See [`Settings::imports_at_once`].
    pub imports_at_once: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            file_limit_bytes: 20 << 30,
            record_limit: Limits::default().max_records,
            // What two leave of a machine serves requests.
            imports_at_once: 2,
        }
    }
}

impl Bounds {
    /// `file_limit_bytes`, `record_limit` and `imports_at_once`.
    pub fn read(f: &mut Fields<'_>) -> Self {
        let defaults = Self::default();
        let bytes = defaults.file_limit_bytes.to_string();
        let records = defaults.record_limit.to_string();
        let at_once = defaults.imports_at_once.to_string();
        Self {
            file_limit_bytes: f.number_within("file_limit_bytes", bytes.as_str(), 1..=1 << 40),
            record_limit: f.number_within("record_limit", records.as_str(), 1..=1 << 40),
            imports_at_once: f.number_within("imports_at_once", at_once.as_str(), 1..=64) as usize,
        }
    }
}

impl Settings {
    /// Of a process of its own.
    pub fn read(f: &mut Fields<'_>) -> Self {
        let secret = f.secret("key_hash", 32);
        let hasher = KeyHasher::new(secret.expose_secret().as_bytes());
        Self::within(Bounds::read(f), hasher)
    }

    /// For an instance whose secret is known; everything else as it serves most.
    #[must_use]
    pub fn new(key_hasher: KeyHasher) -> Self {
        Self::within(Bounds::default(), key_hasher)
    }

    /// For an instance whose secret is known, with these bounds.
    #[must_use]
    pub fn within(bounds: Bounds, key_hasher: KeyHasher) -> Self {
        Self {
            key_hasher,
            file_limit_bytes: bounds.file_limit_bytes,
            imports_at_once: bounds.imports_at_once,
            limits: Limits {
                max_records: bounds.record_limit,
                ..Limits::default()
            },
        }
    }
}

/// All of its store is its own.
const CARRIED: Tables = Tables::AllBut(&[]);

/// Files that wait to be imported go along with it.
fn uploads(blobs: Arc<dyn Blobs>) -> CarriedBlobs {
    CarriedBlobs {
        blobs,
        wanted: "SELECT id FROM import WHERE has_blob = 1",
    }
}

async fn open_sqlite(data: &Path) -> anyhow::Result<(sqlite::Store, Arc<dyn Blobs>)> {
    let folder = data.join(NAME);
    let file = sqlite::Settings::file(folder.join("ingest.sqlite"));
    let store = sqlite::Store::open(&file, store::sqlite::MIGRATIONS).await?;
    let blobs = ObjectBlobs::in_folder(&folder.join("blobs")).await?;
    Ok((store, Arc::new(blobs)))
}

/// Its embedded store below `data`, to be filled by somebody who does not run the service.
///
/// # Errors
/// When the store cannot be opened.
pub async fn standalone_store(data: &Path) -> anyhow::Result<Arc<dyn Backup>> {
    let (store, blobs) = open_sqlite(data).await?;
    let backup = sqlite::StoreBackup::new(&store, store::sqlite::MIGRATIONS, CARRIED);
    Ok(Arc::new(backup.with_blobs(uploads(blobs))))
}

/// The service on an embedded store, within one process with the others.
///
/// # Errors
/// When the store or the folder of files cannot be opened.
pub async fn standalone(context: &Context, settings: Settings) -> anyhow::Result<Service> {
    let (store, blobs) = open_sqlite(&context.data).await?;
    let backup = sqlite::StoreBackup::new(&store, store::sqlite::MIGRATIONS, CARRIED);
    let backup = backup.with_blobs(uploads(blobs.clone()));
    let opened = OpenStore {
        ready: ready_when(&store, |store| async move { store.ping().await }),
        migrations: store::sqlite::MIGRATIONS,
        stored: Arc::new(sqlite::scan::Scan::new(
            store.clone(),
            store::sqlite::TABLES,
        )),
        backup: Some(Arc::new(backup)),
    };
    assemble(context, settings, Arc::new(store), blobs, opened).await
}

/// The service on PostgreSQL, any number of replicas.
///
/// # Errors
/// When the database cannot be reached or the place of the files cannot be opened.
#[cfg(feature = "distributed")]
pub async fn distributed(
    context: &Context,
    settings: Settings,
    database: &skeleton_durable::sql::postgres::Settings,
    files: &skeleton_durable::blobs::Place,
) -> anyhow::Result<Service> {
    use skeleton_durable::sql::postgres;
    let store = postgres::Store::open(database, store::postgres::MIGRATIONS).await?;
    let blobs = files.open(&store).await?;
    let backup = postgres::StoreBackup::new(&store, store::postgres::MIGRATIONS, CARRIED);
    let backup = backup.with_blobs(uploads(blobs.clone()));
    let opened = OpenStore {
        ready: ready_when(&store, |store| async move { store.ping().await }),
        migrations: store::postgres::MIGRATIONS,
        stored: Arc::new(postgres::scan::Scan::new(
            store.clone(),
            store::postgres::TABLES,
        )),
        backup: Some(Arc::new(backup)),
    };
    assemble(context, settings, Arc::new(store), blobs, opened).await
}

/// Its store on PostgreSQL, to be filled before the service runs.
///
/// # Errors
/// When the database cannot be reached or the place of the files cannot be opened.
#[cfg(feature = "distributed")]
pub async fn distributed_store(
    settings: &Settings,
    database: &skeleton_durable::sql::postgres::Settings,
    files: &skeleton_durable::blobs::Place,
) -> anyhow::Result<Filling> {
    use skeleton_durable::sql::postgres;
    let store = postgres::Store::open(database, store::postgres::MIGRATIONS).await?;
    let blobs = files.open(&store).await?;
    let backup = postgres::StoreBackup::new(&store, store::postgres::MIGRATIONS, CARRIED);
    Ok(Filling {
        backup: Arc::new(backup.with_blobs(uploads(blobs))),
        secrets: vec![("key-hash", settings.key_hasher.secret().clone())],
    })
}

async fn assemble<S>(
    context: &Context,
    settings: Settings,
    store: Arc<S>,
    blobs: Arc<dyn Blobs>,
    opened: OpenStore,
) -> anyhow::Result<Service>
where
    S: Store + Inbox + Outbox + 'static,
{
    opened.refuse_unfinished().await?;
    let secrets = vec![("key-hash", settings.key_hasher.secret().clone())];
    let app = Arc::new(App {
        store: store.clone(),
        blobs,
        clock: context.clock.clone(),
        new_id: Uuid::now_v7,
        key_hasher: settings.key_hasher,
        file_limit_bytes: settings.file_limit_bytes,
        limits: settings.limits,
        turns: Arc::new(Turns::new(settings.imports_at_once)),
        import_queued: Notify::new(),
        book_changed: Notify::new(),
    });
    let subscription = Subscription {
        consumer: NAME,
        kinds: catalogue::wanted_by(NAME),
        inbox: store.clone(),
        handler: app.clone(),
        clock: context.clock.clone(),
        options: consumer::Options::default(),
    };
    let stop = context.shutdown.token();
    context.bus.subscribe(subscription, stop.clone()).await?;
    let workers = (0..app.turns.begun_at_once()).map(|_| {
        let worker: Job = Box::pin(app.clone().run_imports(stop.clone()));
        ("imports", worker)
    });
    let tidying: Job = Box::pin(app.clone().tidy(stop.clone()));
    Ok(Service {
        name: NAME,
        routes: http::routes(app.clone(), context.tokens.clone()),
        relay: Some(Relay {
            outbox: store.clone(),
            bus: context.bus.clone(),
            clock: context.clock.clone(),
            options: relay::Options::default(),
        }),
        ready: vec![("store", opened.ready)],
        jobs: workers.chain([("interactions", tidying)]).collect(),
        operations: Operations {
            inbox: Some(store.clone()),
            outbox: Some(store),
            current: Some(app.clone()),
            holdings: Some(app),
            migrations: vec![opened.migrations],
            stored: vec![opened.stored],
            backup: opened.backup,
            secrets,
        },
    })
}
