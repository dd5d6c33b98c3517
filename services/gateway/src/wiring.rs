//! The only place that names a concrete adapter.

use std::{collections::BTreeMap, sync::Arc};

use skeleton_durable::{bus::Subscription, consumer, sql::sqlite};
use skeleton_host::{auth::TokenSigner, upstream::Upstream};
use skeleton_service::{Context, Service, operations::Operations, ready_check};

use crate::{
    Operator,
    adapters::{
        events::{Events, KINDS, person_changed},
        http::{self, Front, Proxies, assets::Assets, limits},
        store,
        users::UsersSessions,
    },
    application::{live::Live, sessions::Sessions},
    ports::Store,
    settings::Settings,
};

/// The name under which events wait for it.
pub const NAME: &str = "gateway";

/// What the gateway needs beyond what every service gets.
pub struct Parts {
    /// Signs the tokens with which callers are passed on.
    pub signer: Arc<TokenSigner>,
    /// The services by name.
    pub upstreams: BTreeMap<&'static str, Upstream>,
    /// Who may act for every account, if anybody.
    pub operator: Option<Operator>,
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
    let store =
        sqlite::Store::open(&sqlite::Settings::file(file), store::sqlite::MIGRATIONS).await?;
    let ping = store.clone();
    let ready = ready_check(move || {
        let store = ping.clone();
        async move { store.ping().await }
    });
    let inbox = Arc::new(store.clone());
    let store: Arc<dyn Store> = Arc::new(store);
    let live = Live::new(store.clone(), settings.live);
    let stop = context.shutdown.token();
    let subscription = Subscription {
        consumer: NAME,
        kinds: KINDS.to_vec(),
        inbox: inbox.clone(),
        handler: Arc::new(Events { live: live.clone() }),
        clock: context.clock.clone(),
        options: consumer::Options::default(),
    };
    context.bus.subscribe(subscription, stop.clone()).await?;
    let people = live
        .clone()
        .tell_of_people(context.bus.tap(), person_changed, stop.clone());

    let users = parts.upstreams.get("users").cloned();
    let users = users.ok_or_else(|| anyhow::anyhow!("the gateway needs the service users"))?;
    let check = Arc::new(UsersSessions {
        upstream: users,
        signer: parts.signer.clone(),
    });
    let limits = Arc::new(limits::Limits::new(&settings.limits));
    let (router, openapi) = http::router(Front {
        upstreams: parts.upstreams,
        signer: parts.signer,
        sessions: Sessions::new(check, context.clock.clone()),
        operator: parts.operator,
        limits: limits.clone(),
        proxies: Proxies(settings.trusted_proxies),
        live,
        store,
        assets: Assets::find(settings.web),
        clock: context.clock.clone(),
        shutdown: context.shutdown.clone(),
    });
    let clean = async move {
        while stop
            .run_until_cancelled(tokio::time::sleep(limits::CLEAN_EVERY))
            .await
            .is_some()
        {
            limits.clean();
        }
    };
    Ok(Service {
        name: NAME,
        router,
        openapi,
        relay: None,
        ready: vec![("store", ready)],
        jobs: vec![("people", Box::pin(people)), ("limits", Box::pin(clean))],
        operations: Operations {
            inbox: Some(inbox),
            ..Operations::default()
        },
    })
}
