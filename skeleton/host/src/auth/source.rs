//! Where a service in a process of its own learns the gateway's public keys from.
//!
//! They are fetched before the service is ready, every minute, and at once (but at most once a
//! second) when a token names a key that nobody here knows: a gateway may have begun to use a new
//! one. Keys come from the settings' addresses only, never from what a token says.

use super::{PublicKey, TokenVerifier};
use crate::problem::Causes;
use crate::upstream::install_tls;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How often the keys are asked for.
const EVERY: Duration = Duration::from_secs(60);
/// How soon after one fetch there may be another that a token's unknown key asks for.
const SOONEST: Duration = Duration::from_secs(1);
/// Pauses while nobody answers and no key is known yet.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(5);
/// Keys of an address that does not answer are used this much longer: gateways start and end.
const KEPT_FOR: Duration = Duration::from_secs(600);
const ANSWER_LIMIT_BYTES: usize = 64 * 1024;

/// Public keys as they are published (RFC 7517).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySet {
    /// The keys.
    pub keys: Vec<PublicKey>,
}

/// Fetches keys and gives them to a verifier.
#[derive(Debug)]
pub struct KeySource {
    addresses: Vec<Address>,
    client: reqwest::Client,
    verifier: TokenVerifier,
    is_known: Arc<watch::Sender<bool>>,
}

/// One place to ask, and what it last said.
#[derive(Debug)]
struct Address {
    url: Url,
    heard: Option<(Instant, Vec<PublicKey>)>,
}

impl KeySource {
    /// Will ask at all of `urls`: what any of them publishes is good.
    ///
    /// # Errors
    /// When the HTTP client cannot be built (no TLS roots).
    pub fn new(urls: Vec<Url>, verifier: TokenVerifier) -> Result<Self, reqwest::Error> {
        install_tls();
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        let addresses = urls.into_iter().map(|url| Address { url, heard: None });
        Ok(Self {
            addresses: addresses.collect(),
            client,
            verifier,
            is_known: Arc::new(watch::Sender::new(false)),
        })
    }

    /// Fails until keys were fetched once.
    pub fn ready_check(
        &self,
    ) -> impl Fn() -> std::future::Ready<Result<(), String>> + Send + Sync + use<> {
        let is_known = self.is_known.clone();
        move || {
            std::future::ready(if *is_known.borrow() {
                Ok(())
            } else {
                Err("the gateway's keys are not known yet".to_owned())
            })
        }
    }

    /// Keeps the verifier's keys up to date until `stop`.
    pub async fn follow(mut self, stop: CancellationToken) {
        self.verifier.expect_newer_keys();
        let mut pause = FIRST_PAUSE;
        loop {
            if stop.run_until_cancelled(self.fetch()).await.is_none() {
                return;
            }
            let wait = async {
                if *self.is_known.borrow() {
                    tokio::time::sleep(SOONEST).await;
                    tokio::select! {
                        () = tokio::time::sleep(EVERY) => {}
                        () = self.verifier.newer_keys_are_wanted() => {}
                    }
                } else {
                    tokio::time::sleep(pause).await;
                }
            };
            if stop.run_until_cancelled(wait).await.is_none() {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Asks at every address. The verifier then knows what those that answered say, and what the
    /// others said not long ago.
    async fn fetch(&mut self) {
        let client = &self.client;
        let asked = self.addresses.iter_mut().map(|address| async {
            match fetch(client, &address.url).await {
                Ok(keys) => address.heard = Some((Instant::now(), keys)),
                Err(error) => tracing::warn!(
                    %error,
                    at = address.url.host_str(),
                    "the gateway's keys cannot be fetched"
                ),
            }
        });
        futures::future::join_all(asked).await;
        let newest = self.heard().map(|(at, _)| *at).max();
        let Some(newest) = newest else { return };
        let mut keys: Vec<PublicKey> = Vec::new();
        for (at, said) in self.heard() {
            if newest.duration_since(*at) <= KEPT_FOR {
                keys.extend_from_slice(said);
            }
        }
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        keys.dedup();
        self.verifier.replace_keys(&keys);
        self.is_known.send_replace(true);
    }

    fn heard(&self) -> impl Iterator<Item = &(Instant, Vec<PublicKey>)> {
        self.addresses.iter().filter_map(|at| at.heard.as_ref())
    }
}

async fn fetch(client: &reqwest::Client, url: &Url) -> Result<Vec<PublicKey>, String> {
    let answer = async {
        let mut response = client.get(url.clone()).send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > ANSWER_LIMIT_BYTES {
                break;
            }
        }
        Ok(body)
    };
    let body = answer
        .await
        .map_err(|error: reqwest::Error| Causes(&error.without_url()).to_string())?;
    match serde_json::from_slice::<KeySet>(&body) {
        Ok(set) if !set.keys.is_empty() => Ok(set.keys),
        Ok(_) => Err("expected at least one key".to_owned()),
        Err(error) => Err(format!("expected a set of keys (RFC 7517): {error}")),
    }
}
