//! The gateway as a process of its own: what can be said of it, and what follows from that.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use secrecy::SecretString;
use skeleton_durable::sql::postgres;
use skeleton_host::{auth::TokenSigner, settings::Fields, upstream::Upstream};
use skeleton_service::{Context, Service, process};
use url::Url;

use super::Parts;
use crate::{Operator, domain::routes};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long nothing may move on the way to a service. What a caller waits for is bounded before
/// that, but for uploads.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(120);
/// Shortest secret, in characters.
const SECRET_LENGTH: usize = 32;

/// How the process is set up.
#[derive(Clone)]
pub struct Settings {
    /// What is the same in both ways of running.
    pub gateway: super::Settings,
    /// The database.
    pub database: postgres::Settings,
    /// Where the replicas of each service are.
    pub upstreams: BTreeMap<&'static str, Vec<Url>>,
    /// From this the key is made that signs tokens: the same for all replicas.
    pub token_seed: SecretString,
    /// The one before or the next one: its key is published too, and signs nothing.
    pub token_seed_previous: Option<SecretString>,
    /// Opens what is for the operator, if anything does.
    pub operator_token: Option<SecretString>,
}

impl Settings {
    /// Reads everything but what all services have in common.
    pub fn read(f: &mut Fields<'_>) -> Self {
        let mut gateway = super::Settings::read(f);
        gateway.trusts_local_sign_ups =
            f.section("gateway", |f| f.flag("trust_local_sign_ups", false));
        let public = f.optional_url("public_url");
        let public = public.as_ref().and_then(Url::host_str);
        gateway.hosts.extend(public.map(str::to_owned));
        Self {
            gateway,
            database: process::postgres(f),
            upstreams: f.section("upstreams", |f| {
                let services = routes::services().into_iter();
                services.map(|name| (name, f.urls(name, None))).collect()
            }),
            token_seed: f.secret("token_seed", SECRET_LENGTH),
            token_seed_previous: f.optional_secret("token_seed_previous", SECRET_LENGTH),
            operator_token: f.optional_secret("operator_token", SECRET_LENGTH),
        }
    }

    fn parts(&self) -> anyhow::Result<Parts> {
        let previous = self.token_seed_previous.as_ref();
        let mut upstreams = BTreeMap::new();
        for (name, bases) in &self.upstreams {
            let upstream = Upstream::http(bases.clone(), CONNECT_TIMEOUT, SILENCE_TIMEOUT)?;
            upstreams.insert(*name, upstream);
        }
        Ok(Parts {
            signer: Arc::new(TokenSigner::from_secrets(&self.token_seed, previous)),
            upstreams,
            operator: self.operator_token.as_ref().map(Operator::from_secret),
        })
    }
}

/// Opens the gateway: its store, its way to the bus and to the services.
///
/// # Errors
/// See [`super::distributed`].
pub async fn open(context: &Context, settings: Settings) -> anyhow::Result<Service> {
    let parts = settings.parts()?;
    // It asks nobody for the keys that it makes itself.
    context.tokens.replace_keys(&parts.signer.public_keys());
    super::distributed(context, settings.gateway, &settings.database, parts).await
}
