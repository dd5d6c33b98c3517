//! Puts the service together.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use kith_shared::keys::KeyHasher;
use secrecy::ExposeSecret;
use skeleton_durable::{
    backup::{Backup, Tables},
    leases::Leases,
    outbox::Outbox,
    relay::{self, Relay},
    schedule,
    sql::sqlite,
};
use skeleton_host::settings::Fields;
use skeleton_mail::{MailQueue, MailSettings, MailWorker};
#[cfg(feature = "distributed")]
use skeleton_service::process::Filling;
use skeleton_service::{Context, OpenStore, Service, operations::Operations, ready_when};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    adapters::{http, store},
    application::{App, letters::Letters, passwords::Passwords},
};

/// The name under which tokens are made for it.
pub const NAME: &str = "users";

/// Most passwords hashed at once unless the operator says otherwise.
pub const HASHES_AT_ONCE: usize = 2;

/// How often what has ended is put away.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// How this instance is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Hashes addresses for the other services; the same for all services of an instance.
    pub key_hasher: KeyHasher,
    /// Where mail goes and whom it comes from.
    pub mail: MailSettings,
    /// Where links in mail lead: `https://kith.example.com`. Without it mail has no links.
    pub public_url: Option<String>,
    /// Whether the address of every sign-up counts as proven, whoever asks. Where it does not, the
    /// gateway may still vouch for single ones.
    pub trust_sign_up_addresses: bool,
    /// Most passwords hashed at once; each takes 19 MiB.
    pub hashes_at_once: usize,
}

impl Settings {
    /// Of a process of its own.
    pub fn read(f: &mut Fields<'_>) -> Self {
        let secret = f.secret("key_hash", 32);
        Self {
            key_hasher: KeyHasher::new(secret.expose_secret().as_bytes()),
            mail: MailSettings::read(f),
            public_url: Some(f.url("public_url", None).to_string()),
            trust_sign_up_addresses: f.flag("trust_sign_up_addresses", false),
            hashes_at_once: f.number_within("hashes_at_once", "2", 1..=64) as usize,
        }
    }

    /// For one process without a mail server: mail goes into `folder`, sign-ups are trusted.
    #[must_use]
    pub fn local(key_hasher: KeyHasher, folder: impl Into<PathBuf>, public_url: &str) -> Self {
        Self {
            key_hasher,
            trust_sign_up_addresses: true,
            mail: MailSettings::folder(folder),
            public_url: Some(public_url.to_owned()),
            hashes_at_once: HASHES_AT_ONCE,
        }
    }
}

/// All of its store is its own.
const CARRIED: Tables = Tables::AllBut(&[]);

async fn open_sqlite(data: &Path) -> anyhow::Result<sqlite::Store> {
    let file = sqlite::Settings::file(data.join(NAME).join("users.sqlite"));
    sqlite::Store::open(&file, store::sqlite::MIGRATIONS).await
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

/// The service on an embedded store, within one process with the others.
///
/// # Errors
/// When the store cannot be opened, or a setting cannot be used.
pub async fn standalone(context: &Context, settings: Settings) -> anyhow::Result<Service> {
    let store = open_sqlite(&context.data).await?;
    let backup = sqlite::StoreBackup::new(&store, store::sqlite::MIGRATIONS, CARRIED);
    let opened = OpenStore {
        ready: ready_when(&store, |store| async move { store.ping().await }),
        migrations: store::sqlite::MIGRATIONS,
        stored: Arc::new(sqlite::scan::Scan::new(
            store.clone(),
            store::sqlite::TABLES,
        )),
        backup: Some(Arc::new(backup)),
    };
    assemble(context, settings, Arc::new(store), opened).await
}

/// The service on PostgreSQL, any number of replicas.
///
/// # Errors
/// When the database cannot be reached, or a setting cannot be used.
#[cfg(feature = "distributed")]
pub async fn distributed(
    context: &Context,
    settings: Settings,
    database: &skeleton_durable::sql::postgres::Settings,
) -> anyhow::Result<Service> {
    use skeleton_durable::sql::postgres;
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
    assemble(context, settings, Arc::new(store), opened).await
}

/// Its store on PostgreSQL, to be filled before the service runs.
///
/// # Errors
/// When the database cannot be reached.
#[cfg(feature = "distributed")]
pub async fn distributed_store(
    settings: &Settings,
    database: &skeleton_durable::sql::postgres::Settings,
) -> anyhow::Result<Filling> {
    use skeleton_durable::sql::postgres;
    let store = postgres::Store::open(database, store::postgres::MIGRATIONS).await?;
    let backup = postgres::StoreBackup::new(&store, store::postgres::MIGRATIONS, CARRIED);
    Ok(Filling {
        backup: Arc::new(backup),
        secrets: vec![("key-hash", settings.key_hasher.secret().clone())],
    })
}

async fn assemble<S>(
    context: &Context,
    settings: Settings,
    store: Arc<S>,
    opened: OpenStore,
) -> anyhow::Result<Service>
where
    S: crate::ports::Store + MailQueue + Leases + Outbox + 'static,
{
    opened.refuse_unfinished().await?;
    let mailer = settings.mail.mailer()?;
    let secrets = vec![("key-hash", settings.key_hasher.secret().clone())];
    let app = Arc::new(App {
        store: store.clone(),
        clock: context.clock.clone(),
        new_id: Uuid::now_v7,
        passwords: Passwords::new(settings.hashes_at_once).await?,
        key_hasher: settings.key_hasher,
        letters: Letters::new(settings.public_url.as_deref(), Uuid::now_v7),
        trust_sign_up_addresses: settings.trust_sign_up_addresses,
        mail_queued: Arc::new(Notify::new()),
    });
    let stop = context.shutdown.token();
    let mail = MailWorker {
        lease: "users/mail",
        queue: store.clone(),
        mailer,
        leases: store.clone(),
        clock: context.clock.clone(),
        queued: app.mail_queued.clone(),
    };
    let mail = mail.run(stop.clone());
    let sweeper = app.clone();
    let sweep = schedule::every(
        "users/sweep",
        SWEEP_EVERY,
        store.clone(),
        context.clock.clone(),
        stop,
        move || {
            let app = sweeper.clone();
            async move { Ok(app.sweep().await?) }
        },
    );
    let routes = http::routes(app.clone(), context.tokens.clone());
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
        jobs: vec![("mail", Box::pin(mail)), ("sweep", Box::pin(sweep))],
        operations: Operations {
            inbox: None,
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
