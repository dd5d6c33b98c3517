//! The only place that names a concrete adapter.

use std::{collections::BTreeMap, net::IpAddr, path::PathBuf, sync::Arc};

use ipnet::IpNet;
use kith_shared::catalogue;
use skeleton_durable::{
    bus::Subscription, consumer, inbox::Inbox, migrations::Migrations, sql::sqlite, stored::Examine,
};
use skeleton_host::{auth::TokenSigner, http::Routes, settings::Fields, upstream::Upstream};
use skeleton_service::{Context, Job, ReadyCheck, Service, operations::Operations, ready_when};

use crate::{
    Operator,
    adapters::{
        http::{
            self,
            front::{Front, client::Proxies, hosts::is_host},
            get_file::Assets,
        },
        services::users::UsersSessions,
        store,
    },
    application::{
        App,
        epoch::Current,
        limits::{Limits, Quotas},
        live::{Bounds, Live},
        sessions::Sessions,
    },
    domain::hosts::Hosts,
    ports::Store,
};

#[cfg(feature = "distributed")]
pub mod process;

/// The name under which events wait for it.
pub const NAME: &str = "gateway";

/// How the gateway is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Proxies whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Names under which it answers, besides `localhost` and addresses.
    pub hosts: Vec<String>,
    /// Whether somebody who signs up on this machine itself proves the address by that; for the
    /// program to decide. Where a proxy or a name is known, nobody does.
    pub trusts_local_sign_ups: bool,
    /// Folder of the web app's files, instead of those in the program.
    pub web: Option<PathBuf>,
    /// How often one may ask.
    pub limits: Quotas,
    /// Bounds of live updates.
    pub live: Bounds,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            trusted_proxies: Vec::new(),
            hosts: Vec::new(),
            trusts_local_sign_ups: false,
            web: None,
            limits: Quotas {
                account_per_minute: 6_000,
                address_per_minute: 12_000,
                sign_ins_per_minute: 120,
            },
            live: Bounds {
                streams_per_account: 12,
                streams: 4_000,
                kept: 200,
            },
        }
    }
}

impl Settings {
    /// Reads `hosts` and the section `gateway`.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let hosts = hosts(fields);
        fields.section("gateway", |f| Self {
            trusted_proxies: proxies(f),
            hosts,
            trusts_local_sign_ups: false,
            web: f.is_set("web").then(|| f.path("web", None)),
            limits: f.section("limits", |f| Quotas {
                account_per_minute: rate(f, "account_per_minute", "6000"),
                address_per_minute: rate(f, "address_per_minute", "12000"),
                sign_ins_per_minute: rate(f, "sign_ins_per_minute", "120"),
            }),
            live: f.section("live", |f| Bounds {
                streams_per_account: size(f, "streams_per_account", "12", 1_000),
                streams: size(f, "streams", "4000", 100_000),
                kept: size(f, "kept", "200", 100_000) as i64,
            }),
        })
    }
}

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
    database: &skeleton_durable::sql::postgres::Settings,
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
        epoch: Current::new(store.epoch().await?),
        operator: parts.operator,
        shutdown: context.shutdown.clone(),
        store,
    };
    let stop = context.shutdown.token();
    let subscription = Subscription {
        consumer: NAME,
        kinds: catalogue::wanted_by(NAME),
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
    jobs.push(("tasks", Box::pin(app.clone().show_tasks(stop.clone()))));
    if kept.is_shared {
        let news = app.live.clone().look_for_news(stop.clone());
        jobs.push(("news", Box::pin(news)));
        let epoch = app.epoch.clone().follow(app.store.clone(), stop.clone());
        jobs.push(("epoch", Box::pin(epoch)));
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

fn hosts(f: &mut Fields<'_>) -> Vec<String> {
    let hosts = f.list("hosts", "");
    if !hosts.iter().all(|host| is_host(host)) {
        f.reject(
            "hosts",
            "expected names without scheme and port such as kith.example.com, mybox.local",
        );
    }
    hosts
}

fn rate(f: &mut Fields<'_>, name: &str, default: &str) -> u32 {
    u32::try_from(f.number_within(name, default, 1..=10_000_000)).unwrap_or(u32::MAX)
}

fn size(f: &mut Fields<'_>, name: &str, default: &str, most: u64) -> usize {
    usize::try_from(f.number_within(name, default, 1..=most)).unwrap_or(usize::MAX)
}

fn proxies(f: &mut Fields<'_>) -> Vec<IpNet> {
    let mut nets = Vec::new();
    for text in f.list("trusted_proxies", "") {
        let net = text.parse::<IpNet>().ok();
        match net.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from)) {
            Some(net) => nets.push(net),
            None => f.reject(
                "trusted_proxies",
                "expected addresses or networks such as 10.0.0.5, 10.0.0.0/8",
            ),
        }
    }
    nets
}
