//! Puts the service together.

use std::{path::PathBuf, sync::Arc, time::Duration};

use kith_shared::keys::KeyHasher;
use lettre::message::Mailbox;
use secrecy::{ExposeSecret, SecretString};
use skeleton_durable::{
    outbox::Outbox,
    relay::{self, Relay},
    schedule,
    sql::sqlite,
};
use skeleton_service::{Context, Service, operations::Operations, ready_check};
use tokio::sync::Notify;

use crate::{
    adapters::{
        http,
        mail::{FolderMailer, SmtpMailer},
        store,
    },
    application::{Users, letters::Letters, passwords::Passwords},
    ports::Mailer,
};

/// How often what has ended is put away.
const SWEEP_EVERY: Duration = Duration::from_secs(600);

/// Where mail goes.
#[derive(Clone, Debug)]
pub enum MailSettings {
    /// Into files `<id>.eml` of this folder: for an instance without a mail server.
    Folder(PathBuf),
    /// To a mail server.
    Smtp {
        /// `smtps://user:password@host:port`; see `lettre`'s `from_url`.
        url: SecretString,
    },
}

impl MailSettings {
    /// Whether sign-ups are trusted unless the operator says otherwise: only where no mail can
    /// leave, since there nobody could prove an address.
    #[must_use]
    pub fn trusts_sign_up_addresses(&self) -> bool {
        matches!(self, Self::Folder(_))
    }
}

/// How this instance is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Hashes addresses for the other services; the same for all services of an instance.
    pub key_hasher: KeyHasher,
    /// Where mail goes.
    pub mail: MailSettings,
    /// Whom mail comes from: `Kith <kith@example.com>`.
    pub mail_from: String,
    /// Where links in mail lead: `https://kith.example.com`.
    pub public_url: String,
    /// Whether the address of a sign-up counts as proven. Default:
    /// [`MailSettings::trusts_sign_up_addresses`].
    pub trust_sign_up_addresses: bool,
    /// Most passwords hashed at once; each takes 19 MiB.
    pub hashes_at_once: usize,
}

impl Settings {
    /// For one process without a mail server: mail goes into `folder`, sign-ups are trusted.
    #[must_use]
    pub fn local(key_hasher: KeyHasher, folder: impl Into<PathBuf>, public_url: &str) -> Self {
        let mail = MailSettings::Folder(folder.into());
        Self {
            key_hasher,
            trust_sign_up_addresses: mail.trusts_sign_up_addresses(),
            mail,
            mail_from: "Kith <kith@localhost>".to_owned(),
            public_url: public_url.to_owned(),
            hashes_at_once: 2,
        }
    }
}

/// The service on an embedded store, within one process with the others.
///
/// # Errors
/// When the store cannot be opened, or a setting cannot be used.
pub async fn standalone(context: &Context, settings: Settings) -> anyhow::Result<Service> {
    let file = context.data.join("users").join("users.sqlite");
    let store =
        sqlite::Store::open(&sqlite::Settings::file(file), store::sqlite::MIGRATIONS).await?;
    let (leases, outbox, ping) = (
        Arc::new(store.clone()),
        Arc::new(store.clone()),
        store.clone(),
    );
    assemble(
        context,
        settings,
        Engine {
            store: Arc::new(store),
            leases,
            outbox,
            ready: ready_check(move || {
                let store = ping.clone();
                async move { store.ping().await }
            }),
        },
    )
    .await
}

/// The service on PostgreSQL, any number of replicas.
///
/// # Errors
/// When the database cannot be reached, or a setting cannot be used.
#[cfg(feature = "distributed")]
pub async fn distributed(
    context: &Context,
    settings: Settings,
    database: skeleton_durable::sql::postgres::Settings,
) -> anyhow::Result<Service> {
    use skeleton_durable::sql::postgres;
    let store = postgres::Store::open(&database, store::postgres::MIGRATIONS).await?;
    let (leases, outbox, ping) = (
        Arc::new(store.clone()),
        Arc::new(store.clone()),
        store.clone(),
    );
    assemble(
        context,
        settings,
        Engine {
            store: Arc::new(store),
            leases,
            outbox,
            ready: ready_check(move || {
                let store = ping.clone();
                async move { store.ping().await }
            }),
        },
    )
    .await
}

/// One store in its several roles.
struct Engine {
    store: Arc<dyn crate::ports::Store>,
    leases: Arc<dyn skeleton_durable::leases::Leases>,
    outbox: Arc<dyn Outbox>,
    ready: skeleton_service::ReadyCheck,
}

async fn assemble(
    context: &Context,
    settings: Settings,
    engine: Engine,
) -> anyhow::Result<Service> {
    let from: Mailbox = settings
        .mail_from
        .parse()
        .map_err(|_| anyhow::anyhow!("expected a sender such as Kith <kith@example.com>"))?;
    let mailer: Arc<dyn Mailer> = match &settings.mail {
        MailSettings::Folder(folder) => Arc::new(FolderMailer {
            folder: folder.clone(),
            from,
        }),
        MailSettings::Smtp { url } => Arc::new(SmtpMailer::new(url.expose_secret(), from)?),
    };
    let users = Arc::new(Users {
        store: engine.store,
        clock: context.clock.clone(),
        passwords: Passwords::new(settings.hashes_at_once).await?,
        key_hasher: settings.key_hasher,
        letters: Letters::new(&settings.public_url),
        trust_sign_up_addresses: settings.trust_sign_up_addresses,
        mail_queued: Arc::new(Notify::new()),
    });
    let stop = context.shutdown.token();
    let mail = users
        .clone()
        .deliver_mail(mailer, engine.leases.clone(), stop.clone());
    let sweeper = users.clone();
    let sweep = schedule::every(
        "users/sweep",
        SWEEP_EVERY,
        engine.leases,
        context.clock.clone(),
        stop,
        move || {
            let users = sweeper.clone();
            async move { Ok(users.sweep().await?) }
        },
    );
    let (router, openapi) = http::router(users, context.tokens.clone());
    Ok(Service {
        name: "users",
        router,
        openapi,
        relay: Some(Relay {
            outbox: engine.outbox.clone(),
            bus: context.bus.clone(),
            clock: context.clock.clone(),
            options: relay::Options::default(),
        }),
        ready: vec![("store", engine.ready)],
        jobs: vec![("mail", Box::pin(mail)), ("sweep", Box::pin(sweep))],
        operations: Operations {
            outbox: Some(engine.outbox),
            ..Operations::default()
        },
    })
}
