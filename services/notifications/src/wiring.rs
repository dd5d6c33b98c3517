//! The only place that names a concrete adapter.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use kith_shared::catalogue;
use skeleton_durable::{
    backup::{Backup, Tables},
    bus::Subscription,
    clock::Clock,
    consumer,
    inbox::Inbox,
    leases::Leases,
    outbox::Outbox,
    relay,
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
    adapters::{events::Events, http, store},
    application::{App, letters::Letters},
    ports::Store,
};

/// The name under which tokens are made for it and events wait for it.
pub const NAME: &str = "notifications";

/// How this service is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where mail goes and whom it comes from.
    pub mail: MailSettings,
    /// Where links in mail lead: `https://kith.example.com`. Without it mail has no links.
    pub public_url: Option<String>,
}

impl Settings {
    /// Of a process of its own.
    pub fn read(f: &mut Fields<'_>) -> Self {
        Self {
            mail: MailSettings::read(f),
            public_url: Some(f.url("public_url", None).to_string()),
        }
    }

    /// For one process without a mail server: mail goes into `folder`.
    #[must_use]
    pub fn local(folder: impl Into<PathBuf>, public_url: &str) -> Self {
        Self {
            mail: MailSettings::folder(folder),
            public_url: Some(public_url.to_owned()),
        }
    }
}

/// All of its store is its own.
const CARRIED: Tables = Tables::AllBut(&[]);

async fn open_sqlite(data: &Path) -> anyhow::Result<sqlite::Store> {
    let file = sqlite::Settings::file(data.join(NAME).join(format!("{NAME}.sqlite")));
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

/// The service on an embedded store, within a program that runs others as well.
///
/// # Errors
/// When the store cannot be opened or migrated, a setting cannot be used, or the bus does not take
/// the subscription.
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
/// When the store cannot be opened or migrated, a setting cannot be used, or the bus does not take
/// the subscription.
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

async fn assemble<S>(
    context: &Context,
    settings: Settings,
    store: Arc<S>,
    opened: OpenStore,
) -> anyhow::Result<Service>
where
    S: Store + MailQueue + Outbox + Inbox + Leases + 'static,
{
    opened.refuse_unfinished().await?;
    let clock: Arc<dyn Clock> = context.clock.clone();
    let mailer = settings.mail.mailer()?;
    let app = App {
        store: store.clone(),
        clock: clock.clone(),
        new_id: Uuid::now_v7,
        letters: Letters::new(settings.public_url.as_deref()),
        reminders_changed: Arc::new(Notify::new()),
        mail_queued: Arc::new(Notify::new()),
    };
    let stop = context.shutdown.token();
    let subscription = Subscription {
        consumer: NAME,
        kinds: catalogue::wanted_by(NAME),
        inbox: store.clone(),
        handler: Arc::new(Events { app: app.clone() }),
        clock: clock.clone(),
        options: consumer::Options::default(),
    };
    context.bus.subscribe(subscription, stop.clone()).await?;
    let time = app.clone().keep_time(store.clone(), stop.clone());
    let mail = MailWorker {
        lease: "notifications/mail",
        queue: store.clone(),
        mailer,
        leases: store.clone(),
        clock: clock.clone(),
        queued: app.mail_queued.clone(),
    };
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
        ready: vec![("store", opened.ready)],
        jobs: vec![
            ("reminders", Box::pin(time)),
            ("mail", Box::pin(mail.run(stop))),
        ],
        operations: Operations {
            inbox: Some(store.clone()),
            outbox: Some(store),
            current: None,
            holdings: Some(Arc::new(app)),
            migrations: vec![opened.migrations],
            stored: vec![opened.stored],
            backup: opened.backup,
            secrets: Vec::new(),
        },
    })
}
