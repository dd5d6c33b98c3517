//! Where a service learns the gateway's public keys from.

use std::{sync::Arc, time::Duration};

use skeleton_host::{
    auth::{PublicKey, TokenVerifier},
    upstream::install_tls,
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use url::Url;

/// How often the keys are asked for; a key that retires stays listed for much longer.
const EVERY: Duration = Duration::from_secs(60);
const AWAY: Duration = Duration::from_millis(500);
const TIMEOUT: Duration = Duration::from_secs(5);

/// Fetches keys and gives them to a verifier.
pub(super) struct KeySource {
    urls: Vec<Url>,
    client: reqwest::Client,
    verifier: TokenVerifier,
    known: Arc<watch::Sender<bool>>,
}

#[derive(serde::Deserialize)]
struct KeySet {
    keys: Vec<PublicKey>,
}

impl KeySource {
    pub(super) fn new(urls: Vec<Url>, verifier: TokenVerifier) -> anyhow::Result<Self> {
        install_tls();
        Ok(Self {
            urls,
            client: reqwest::Client::builder()
                .timeout(TIMEOUT)
                .no_proxy()
                .build()?,
            verifier,
            known: Arc::new(watch::Sender::new(false)),
        })
    }

    /// Fails until keys were fetched once.
    pub(super) fn ready_check(
        &self,
    ) -> impl Fn() -> std::future::Ready<Result<(), String>> + Send + Sync + 'static {
        let known = self.known.clone();
        move || {
            std::future::ready(if *known.borrow() {
                Ok(())
            } else {
                Err("the gateway's keys are not known yet".to_owned())
            })
        }
    }

    /// Keeps the verifier's keys up to date until `stop`.
    pub(super) async fn follow(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            let wait = match self.fetch().await {
                Ok(keys) => {
                    self.verifier.replace_keys(&keys);
                    self.known.send_replace(true);
                    EVERY
                }
                Err(error) => {
                    tracing::warn!(%error, "the gateway's keys cannot be fetched");
                    AWAY
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn fetch(&self) -> Result<Vec<PublicKey>, String> {
        let mut reason = String::new();
        for url in &self.urls {
            let answer = async {
                let response = self.client.get(url.clone()).send().await?;
                response.error_for_status()?.json::<KeySet>().await
            };
            match answer.await {
                Ok(set) => return Ok(set.keys),
                Err(error) => reason = error.to_string(),
            }
        }
        Err(reason)
    }
}
