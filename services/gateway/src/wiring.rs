//! The only place that names a concrete adapter.

use std::{collections::BTreeMap, sync::Arc};

use skeleton_durable::{
    bus::Subscription, consumer, inbox::Inbox, migrations::Migrations, sql::sqlite, stored::Examine,
};
use skeleton_host::{auth::TokenSigner, http::Routes, upstream::Upstream};
use skeleton_service::{Context, Job, ReadyCheck, Service, operations::Operations, ready_when};

use crate::{
    Operator,
    adapters::{
        events::KINDS,
        http::{
            self,
            front::{Front, client::Proxies},
            get_file::Assets,
        },
        services::users::UsersSessions,
        store,
    },
    application::{App, limits::Limits, live::Live, sessions::Sessions},
    domain::hosts::Hosts,
    ports::Store,
    settings::Settings,
};

#[cfg(feature = "distributed")]
pub use skeleton_durable::sql::postgres::Settings as Database;

/// The name under which events wait for it.
pub const NAME: &str = "gateway";

/// What the gateway needs beyond what every service gets.
#[derive(Clone)]
pub struct Parts {
    /// Signs the tokens with which callers are passed on.
    pub signer: Arc<TokenSigner>,
    /// The services by name.
    pub upstreams: BTreeMap<&'static str, Upstream>,
    /// Who may act for every account, if anybody.
    pub operator: Option<Operator>,
}

/// A store, and what goes with the way in which it is used.
struct Kept<S> {
    store: Arc<S>,
    ready: ReadyCheck,
    migrations: Migrations,
    /// Reads its rows one by one.
    stored: Arc<dyn Examine>,
    /// Whether other replicas use it too.
    is_shared: bool,
}

/// The gateway on an embedded store. Its router is the front: it is not guarded, it is the guard.
///
/// # Errors
/// When the store cannot be opened, the bus does not take the subscription, or there is no `users`.
pub async fn standalone(
    context: &Context,
    settings: Settings,
    parts: Parts,
) -> anyhow::Result<Service> {
    let file = context.data.join(NAME).join(format!("{NAME}.sqlite"));
    let migrations = store::sqlite::MIGRATIONS;
    let store = sqlite::Store::open(&sqlite::Settings::file(file), migrations).await?;
    let ready = ready_when(&store, |store| async move { store.ping().await });
    let stored = sqlite::scan::Scan::new(store.clone(), store::sqlite::TABLES);
    let kept = Kept {
        store: Arc::new(store),
        ready,
        migrations,
        stored: Arc::new(stored),
        is_shared: false,
    };
    assemble(context, settings, parts, kept).await
}

/// The gateway on PostgreSQL, any number of replicas: they share limits, and the updates of one
/// wake the streams of all.
///
/// # Errors
/// When the store cannot be opened, the bus does not take the subscription, or there is no `users`.
#[cfg(feature = "distributed")]
pub async fn distributed(
    context: &Context,
    settings: Settings,
    database: &Database,
    parts: Parts,
) -> anyhow::Result<Service> {
    use skeleton_durable::sql::postgres;
    let migrations = store::postgres::MIGRATIONS;
    let store = postgres::Store::open(database, migrations).await?;
    let ready = ready_when(&store, |store| async move { store.ping().await });
    let stored = postgres::scan::Scan::new(store.clone(), store::postgres::TABLES);
    let kept = Kept {
        store: Arc::new(store),
        ready,
        migrations,
        stored: Arc::new(stored),
        is_shared: true,
    };
    assemble(context, settings, parts, kept).await
}

async fn assemble<S>(
    context: &Context,
    settings: Settings,
    mut parts: Parts,
    kept: Kept<S>,
) -> anyhow::Result<Service>
where
    S: Store + Inbox + 'static,
{
    let users = parts.upstreams.get("users").cloned();
    let users = users.ok_or_else(|| anyhow::anyhow!("the gateway needs the service users"))?;
    let check = UsersSessions {
        upstream: users,
        signer: parts.signer.clone(),
    };
    let store: Arc<dyn Store> = kept.store.clone();
    let shared = kept.is_shared.then(|| store.clone());
    let app = App {
        clock: context.clock.clone(),
        sessions: Arc::new(Sessions::new(Arc::new(check), context.clock.clone())),
        limits: Arc::new(Limits::new(&settings.limits, shared)),
        live: Live::new(store.clone(), settings.live),
        operator: parts.operator,
        shutdown: context.shutdown.clone(),
        store,
    };
    let stop = context.shutdown.token();
    let subscription = Subscription {
        consumer: NAME,
        kinds: KINDS.to_vec(),
        inbox: kept.store.clone(),
        handler: Arc::new(app.clone()),
        clock: context.clock.clone(),
        options: consumer::Options::default(),
    };
    context.bus.subscribe(subscription, stop.clone()).await?;

    let people = app.live.clone();
    let people = people.tell_of_people(context.bus.tap(), stop.clone());
    let sessions = app.sessions.clone();
    let sessions = sessions.follow(context.bus.tap(), stop.clone());
    let mut jobs: Vec<(&'static str, Job)> = vec![
        ("people", Box::pin(people)),
        ("sessions", Box::pin(sessions)),
        ("limits", Box::pin(app.limits.clone().keep(stop.clone()))),
    ];
    if kept.is_shared {
        let news = app.live.clone().look_for_news(stop.clone());
        jobs.push(("news", Box::pin(news)));
    }
    for upstream in parts.upstreams.values() {
        let (upstream, stop) = (upstream.clone(), stop.clone());
        let watch = async move { upstream.watch(stop).await };
        jobs.push(("upstream", Box::pin(watch)));
    }

    let mut service = Service {
        name: NAME,
        routes: Routes::new(),
        relay: None,
        ready: vec![("store", kept.ready)],
        jobs,
        operations: Operations {
            inbox: Some(kept.store),
            holdings: Some(Arc::new(app.clone())),
            migrations: vec![kept.migrations],
            stored: vec![kept.stored],
            ..Operations::default()
        },
    };
    // The operator reaches the gateway's own operations like any service's.
    let own = Upstream::in_process(service.operations_routes(context));
    parts.upstreams.insert(NAME, own);
    service.routes = http::routes(Front {
        app,
        upstreams: parts.upstreams,
        signer: parts.signer,
        hosts: Hosts::new(&settings.hosts),
        trusts_local_sign_ups: settings.trusts_local_sign_ups
            && settings.trusted_proxies.is_empty()
            && settings.hosts.is_empty(),
        proxies: Proxies(settings.trusted_proxies),
        assets: Assets::find(settings.web),
    });
    Ok(service)
}
