//! The services put together in one process: the only place that names them.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use kith_gateway::Operator;
use kith_shared::keys::KeyHasher;
use secrecy::ExposeSecret;
use skeleton_durable::{
    backup::Backup,
    bus::in_process::InProcessBus,
    clock::{Clock, SystemClock},
};
use skeleton_host::{
    auth::{TokenSigner, TokenVerifier},
    health::Health,
    http::{HttpSettings, Routes, Stack},
    shutdown::Shutdown,
    upstream::Upstream,
};
use skeleton_service::{Context, Service};

use crate::{
    data::DataFolder,
    settings::{ProvenSignUps, Settings},
};

/// All services, opened and subscribed.
pub struct Program {
    services: Vec<Service>,
    front: Routes,
    routes: BTreeMap<&'static str, Routes>,
    health: Health,
    operator: Operator,
    signer: Arc<TokenSigner>,
    shutdown: Shutdown,
}

impl Program {
    /// Opens every service on the folder. Nothing is started: nobody publishes before all listen.
    ///
    /// # Errors
    /// When a store cannot be opened or a secret is damaged.
    pub async fn compose(
        settings: &Settings,
        data: &DataFolder,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let key_hasher = KeyHasher::new(data.secret("key-hash")?.expose_secret().as_bytes());
        let signer = Arc::new(TokenSigner::from_secrets(&data.secret("token-seed")?, None));
        let bus = Arc::new(InProcessBus::default());
        let context = |name: &str| Context {
            data: data.path().to_owned(),
            bus: bus.clone(),
            clock: clock.clone(),
            tokens: TokenVerifier::new(name, &signer.public_keys()),
            shutdown: shutdown.clone(),
        };

        let notifications = kith_notifications::wiring::Settings {
            mail: settings.mail.clone(),
            public_url: settings.public_url.clone(),
        };
        let users = kith_users::wiring::Settings {
            key_hasher: key_hasher.clone(),
            mail: settings.mail.clone(),
            public_url: settings.public_url.clone(),
            trust_sign_up_addresses: settings.proven_sign_ups == ProvenSignUps::All,
            hashes_at_once: kith_users::wiring::HASHES_AT_ONCE,
        };
        let ingest = kith_ingest::wiring::Settings::within(settings.ingest, key_hasher);
        let mut services = vec![
            kith_users::wiring::standalone(&context("users"), users).await?,
            kith_ingest::wiring::standalone(&context("ingest"), ingest).await?,
            kith_network::wiring::standalone(&context("network"), settings.network.clone()).await?,
            kith_search::wiring::standalone(
                &context("search"),
                kith_search::wiring::Settings::default(),
            )
            .await?,
            kith_notifications::wiring::standalone(&context("notifications"), notifications)
                .await?,
        ];
        services = services
            .into_iter()
            .map(|service| {
                let context = context(service.name);
                service.with_operations(&context)
            })
            .collect();

        let routes: BTreeMap<&'static str, Routes> = services
            .iter()
            .map(|service| (service.name, behind_the_gateway(service, &settings.http)))
            .collect();
        let operator = Operator::generate();
        let parts = kith_gateway::wiring::Parts {
            signer: signer.clone(),
            upstreams: routes
                .iter()
                .map(|(name, routes)| (*name, Upstream::in_process(routes.clone())))
                .collect(),
            operator: Some(operator.clone()),
        };
        let gateway =
            kith_gateway::wiring::standalone(&context("gateway"), settings.gateway.clone(), parts)
                .await?;
        services.push(gateway.with_operations(&context("gateway")));

        let health = Health::new(shutdown.clone());
        for service in &services {
            for (check, ask) in &service.ready {
                let ask = ask.clone();
                health.check(&format!("{}/{check}", service.name), move || ask());
            }
        }
        let gateway = services
            .last()
            .map(|service| service.routes.clone())
            .unwrap_or_default();
        let all = health.routes().merge(gateway);
        let stack = Stack::new("gateway", &settings.http);
        let stack = kith_gateway::domain::routes::UPLOADS
            .iter()
            .fold(stack, |stack, route| stack.without_timeout(route));
        Ok(Self {
            front: stack.apply(all),
            services,
            routes,
            health,
            operator,
            signer,
            shutdown: shutdown.clone(),
        })
    }

    /// Starts every service's relay and jobs.
    pub fn start(&mut self) {
        for service in &mut self.services {
            service.start(&self.shutdown);
        }
    }

    /// What the outside sees.
    pub fn front(&self) -> Routes {
        self.front.clone()
    }

    /// The services behind the gateway, by name.
    #[must_use]
    pub fn routes(&self) -> &BTreeMap<&'static str, Routes> {
        &self.routes
    }

    /// All services, the gateway last.
    #[must_use]
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// The operator of this run.
    #[must_use]
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// Signs what is passed on to services.
    #[must_use]
    pub fn signer(&self) -> &Arc<TokenSigner> {
        &self.signer
    }

    /// Whether everything is ready.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// The description of the whole API.
    ///
    /// # Errors
    /// When two services answer the same or name two operations alike.
    pub fn openapi(&self) -> anyhow::Result<serde_json::Value> {
        let mut documents = Vec::new();
        for service in &self.services {
            documents.push((
                service.name,
                serde_json::to_value(service.routes.openapi())?,
            ));
        }
        Ok(kith_gateway::domain::openapi::merge(documents)?)
    }

    /// Ends everything; says whether all ended in time.
    pub async fn end(self, deadline: Duration) -> bool {
        self.shutdown.finish(deadline).await
    }
}

/// The stores of a folder that hold what no other service tells, by service, to be filled while no
/// service runs on them.
///
/// # Errors
/// When one cannot be opened.
pub async fn stores(data: &Path) -> anyhow::Result<BTreeMap<&'static str, Arc<dyn Backup>>> {
    Ok(BTreeMap::from([
        ("users", kith_users::wiring::standalone_store(data).await?),
        ("ingest", kith_ingest::wiring::standalone_store(data).await?),
        (
            "network",
            kith_network::wiring::standalone_store(data).await?,
        ),
        ("search", kith_search::wiring::standalone_store(data).await?),
        (
            "notifications",
            kith_notifications::wiring::standalone_store(data).await?,
        ),
    ]))
}

fn behind_the_gateway(service: &Service, http: &HttpSettings) -> Routes {
    let stack = Stack::new(service.name, http);
    let stack = kith_gateway::domain::routes::UPLOADS
        .iter()
        .fold(stack, |stack, route| stack.without_timeout(route));
    stack.apply(service.routes.clone())
}
