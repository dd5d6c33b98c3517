//! Puts the service together: the only place that names concrete adapters.

use std::sync::Arc;

use kith_formats::Limits;
use kith_shared::keys::KeyHasher;
use secrecy::ExposeSecret;
use skeleton_durable::{
    blobs::{Blobs, FolderBlobs},
    bus::Subscription,
    consumer,
    inbox::Inbox,
    migrations::Migrations,
    outbox::Outbox,
    relay::{self, Relay},
    stored::Examine,
};
use skeleton_host::settings::Fields;
use skeleton_service::{Context, Job, ReadyCheck, Service, operations::Operations, ready_when};
use tokio::sync::Notify;

use crate::{
    adapters::{events, http, store::sqlite},
    application::{
        cancel_import::CancelImport, change_book::ChangeBook, current_state::TellAgain,
        erase_account::EraseAccount, list_imports::ListImports, load_person::LoadPerson,
        publish_interactions::PublishInteractions, queue_sample::QueueSample,
        run_import::RunImport, settle_import::SettleImport, turns::Turns,
        upload_import::UploadImport, work::Work,
    },
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

/// Where files wait until they were read, in a process of its own.
#[cfg(feature = "distributed")]
#[derive(Clone, Debug)]
pub enum Files {
    /// In the database.
    Rows,
    /// In a folder that all replicas share.
    Folder(std::path::PathBuf),
}

#[cfg(feature = "distributed")]
impl Files {
    /// `blobs`: the word `rows`, or the folder.
    pub fn read(f: &mut Fields<'_>) -> Self {
        match f.text("blobs", "rows").as_str() {
            "rows" => Self::Rows,
            folder => Self::Folder(folder.into()),
        }
    }
}

/// The service on an embedded store, within one process with the others.
///
/// # Errors
/// When the store or the folder of files cannot be opened.
pub async fn standalone(context: &Context, settings: Settings) -> anyhow::Result<Service> {
    let folder = context.data.join(NAME);
    let file = sqlite::Settings::file(folder.join("ingest.sqlite"));
    let store = sqlite::Store::open(&file, sqlite::MIGRATIONS).await?;
    let blobs = Arc::new(FolderBlobs::open_folder(&folder.join("blobs")).await?);
    let ready = ready_when(&store, |store| async move { store.ping().await });
    let engine = Engine {
        store: Arc::new(store.clone()),
        inbox: Arc::new(store.clone()),
        outbox: Arc::new(store.clone()),
        stored: Arc::new(sqlite::scan::Scan::new(store, sqlite::TABLES)),
        ready,
        blobs,
        migrations: sqlite::MIGRATIONS,
    };
    assemble(context, settings, engine).await
}

/// The service on PostgreSQL, any number of replicas.
///
/// # Errors
/// When the database cannot be reached or the folder cannot be opened.
#[cfg(feature = "distributed")]
pub async fn distributed(
    context: &Context,
    settings: Settings,
    database: &skeleton_durable::sql::postgres::Settings,
    files: &Files,
) -> anyhow::Result<Service> {
    use crate::adapters::store::postgres;
    let store = postgres::Store::open(database, postgres::MIGRATIONS).await?;
    let blobs: Arc<dyn Blobs> = match files {
        Files::Rows => Arc::new(skeleton_durable::blobs::RowBlobs::new(&store)),
        Files::Folder(folder) => Arc::new(FolderBlobs::open_folder(folder).await?),
    };
    let ready = ready_when(&store, |store| async move { store.ping().await });
    let engine = Engine {
        store: Arc::new(store.clone()),
        inbox: Arc::new(store.clone()),
        outbox: Arc::new(store.clone()),
        stored: Arc::new(postgres::scan::Scan::new(store, postgres::TABLES)),
        ready,
        blobs,
        migrations: postgres::MIGRATIONS,
    };
    assemble(context, settings, engine).await
}

/// One store in its several roles, and the files.
struct Engine {
    store: Arc<dyn Store>,
    inbox: Arc<dyn Inbox>,
    outbox: Arc<dyn Outbox>,
    stored: Arc<dyn Examine>,
    ready: ReadyCheck,
    blobs: Arc<dyn Blobs>,
    migrations: Migrations,
}

async fn assemble(
    context: &Context,
    settings: Settings,
    engine: Engine,
) -> anyhow::Result<Service> {
    let Engine {
        store,
        inbox,
        outbox,
        stored,
        ready,
        blobs,
        migrations,
    } = engine;
    let (clock, hasher) = (context.clock.clone(), settings.key_hasher);
    let (wake, stale) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let turns = Arc::new(Turns::new(settings.imports_at_once));
    let handler = events::Events {
        store: store.clone(),
        clock: clock.clone(),
        settle: SettleImport {
            store: store.clone(),
        },
        sample: QueueSample {
            blobs: blobs.clone(),
        },
        erase: EraseAccount {
            store: store.clone(),
            blobs: blobs.clone(),
        },
        wake: wake.clone(),
    };
    let subscription = Subscription {
        consumer: NAME,
        kinds: events::KINDS.to_vec(),
        inbox: inbox.clone(),
        handler: Arc::new(handler),
        clock: clock.clone(),
        options: consumer::Options::default(),
    };
    let stop = context.shutdown.token();
    context.bus.subscribe(subscription, stop.clone()).await?;
    let interactions = PublishInteractions {
        store: store.clone(),
        clock: clock.clone(),
    };
    let work = Arc::new(Work {
        store: store.clone(),
        blobs: blobs.clone(),
        clock: clock.clone(),
        run: RunImport {
            store: store.clone(),
            blobs: blobs.clone(),
            clock: clock.clone(),
            hasher: hasher.clone(),
            interactions,
            limits: settings.limits,
        },
        turns: turns.clone(),
        wake: wake.clone(),
        stale: stale.clone(),
    });
    let current = Arc::new(TellAgain {
        store: store.clone(),
        clock: clock.clone(),
        hasher: hasher.clone(),
    });
    let app = http::App {
        upload: UploadImport {
            store: store.clone(),
            blobs: blobs.clone(),
            clock: clock.clone(),
            limit_bytes: settings.file_limit_bytes,
            wake,
        },
        cancel: CancelImport {
            store: store.clone(),
            blobs,
            clock: clock.clone(),
            stale: stale.clone(),
        },
        imports: ListImports {
            store: store.clone(),
        },
        people: LoadPerson {
            store: store.clone(),
        },
        book: ChangeBook {
            store: store.clone(),
            clock: clock.clone(),
            hasher,
            wake: stale,
        },
        store,
    };
    let routes = http::routes(app, context.tokens.clone());
    let runners = (0..turns.begun_at_once()).map(|_| {
        let running: Job = Box::pin(work.clone().run_until(stop.clone()));
        ("imports", running)
    });
    let tidying: Job = Box::pin(work.clone().tidy_until(stop.clone()));
    let jobs = runners.chain([("interactions", tidying)]).collect();
    let options = relay::Options::default();
    Ok(Service {
        name: NAME,
        routes,
        relay: Some(Relay {
            outbox: outbox.clone(),
            bus: context.bus.clone(),
            clock,
            options,
        }),
        ready: vec![("store", ready)],
        jobs,
        operations: Operations {
            inbox: Some(inbox),
            outbox: Some(outbox),
            current: Some(current.clone()),
            holdings: Some(current),
            migrations: vec![migrations],
            stored: vec![stored],
        },
    })
}
