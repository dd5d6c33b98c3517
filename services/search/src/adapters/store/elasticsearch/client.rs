//! Requests to Elasticsearch: a time limit on each, a few repetitions where a moment later may be
//! better, answers of any kind as values. No error of it names an address.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use elasticsearch::{
    auth::Credentials,
    cert::{Certificate, CertificateValidation},
    http::{
        Method,
        headers::HeaderMap,
        transport::{SingleNodeConnectionPool, Transport, TransportBuilder},
    },
};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;
use url::Url;

use crate::ports::IndexError;

/// For questions that someone waits for.
pub(super) const ASKING: Duration = Duration::from_secs(5);
/// For batches of writes and changes of indices.
pub(super) const WRITING: Duration = Duration::from_secs(30);

/// Pauses before the repetitions of a request that did not get through.
const PAUSES_MS: [u64; 3] = [30, 150, 500];

/// How to reach it.
pub(super) struct Address<'a> {
    /// `https://user:password@host:port`.
    pub(super) url: &'a str,
    /// Certificates to trust besides the public ones, PEM.
    pub(super) authorities: Option<&'a PathBuf>,
}

pub(super) struct Client {
    transport: Transport,
}

/// Why there is no answer, or not the one that was wanted.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// A moment later may be better.
    #[error("{0}")]
    Unavailable(String),
    /// It does not do that.
    #[error("refused with {status}, {kind}: {reason}")]
    Refused {
        status: u16,
        /// The type of the error, as Elasticsearch names it.
        kind: String,
        reason: String,
    },
    /// Its answer is not what this program expects.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
}

impl Failure {
    /// Whether an index or an alias is not there.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { kind, .. } if kind == "index_not_found_exception" || kind == "aliases_not_found_exception")
    }

    /// Whether an index of the name is there already.
    pub(super) fn is_taken(&self) -> bool {
        matches!(self, Self::Refused { kind, .. } if kind == "resource_already_exists_exception")
    }
}

impl From<Failure> for IndexError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unavailable(why) => Self::Unavailable(why),
            missing if missing.is_missing() => Self::Unavailable("an index is missing".to_owned()),
            other => Self::Internal(other.into()),
        }
    }
}

/// What every error of Elasticsearch looks like.
#[derive(Debug, Deserialize)]
struct ErrorBody {
    error: Cause,
}

/// The part of it that says why.
#[derive(Debug, Deserialize)]
pub(super) struct Cause {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) reason: Option<String>,
}

impl Cause {
    /// What it means, with the status that it came with. Overload, a master that is being elected,
    /// a full disk and refused credentials pass; the rest does not.
    pub(super) fn failure(self, status: u16) -> Failure {
        match status {
            401 | 403 | 408 | 429 | 502..=504 => {
                Failure::Unavailable(format!("answered {status}, {}", self.kind))
            }
            _ => Failure::Refused {
                status,
                kind: self.kind,
                reason: self.reason.unwrap_or_default(),
            },
        }
    }
}

impl Client {
    /// Without connecting.
    pub(super) fn new(address: &Address<'_>) -> anyhow::Result<Self> {
        let mut url = Url::parse(address.url).context("expected a URL such as http://host:9200")?;
        let credentials = (!url.username().is_empty()).then(|| {
            let decode = |text: &str| percent_decoded(text);
            Credentials::Basic(
                decode(url.username()),
                decode(url.password().unwrap_or_default()),
            )
        });
        // They would be sent a second time with the address.
        let clean = url.set_username("").and_then(|()| url.set_password(None));
        anyhow::ensure!(
            clean.is_ok() && matches!(url.scheme(), "http" | "https"),
            "expected a URL such as http://host:9200"
        );
        let mut builder = TransportBuilder::new(SingleNodeConnectionPool::new(url))
            .disable_proxy()
            .enable_meta_header(false)
            .timeout(WRITING);
        if let Some(credentials) = credentials {
            builder = builder.auth(credentials);
        }
        if let Some(file) = address.authorities {
            let pem = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
            let certificates = Certificate::from_pem(&pem)
                .with_context(|| format!("reading certificates from {}", file.display()))?;
            builder = builder.cert_validation(CertificateValidation::Full(certificates));
        }
        Ok(Self {
            transport: builder.build().context("setting up the index's client")?,
        })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.call(Method::Get, path, String::new(), WRITING).await
    }

    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<T, Failure> {
        self.call(Method::Post, path, body.to_string(), ASKING)
            .await
    }

    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: String,
    ) -> Result<T, Failure> {
        self.call(Method::Post, path, body, WRITING).await
    }

    pub(super) async fn put<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &Value,
    ) -> Result<T, Failure> {
        self.call(Method::Put, path, body.to_string(), WRITING)
            .await
    }

    /// Some deletions want a body, the others refuse one.
    pub(super) async fn delete(&self, path: &str, body: Option<&Value>) -> Result<(), Failure> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let _: IgnoredAny = self.call(Method::Delete, path, body, WRITING).await?;
        Ok(())
    }

    /// Everything that this adapter asks for may be asked twice, so what got lost is repeated.
    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: String,
        limit: Duration,
    ) -> Result<T, Failure> {
        let mut pauses = PAUSES_MS.into_iter();
        loop {
            let failure = match self.once(method, path, &body, limit).await {
                Ok(bytes) => {
                    return serde_json::from_slice(&bytes)
                        .map_err(|error| Failure::Unreadable(error.to_string()));
                }
                Err((failure, again)) if !again => return Err(failure),
                Err((failure, _)) => failure,
            };
            let Some(pause_ms) = pauses.next() else {
                return Err(failure);
            };
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        }
    }

    /// The body of a good answer; otherwise why not, and whether to try again at once.
    async fn once(
        &self,
        method: Method,
        path: &str,
        body: &str,
        limit: Duration,
    ) -> Result<Vec<u8>, (Failure, bool)> {
        let sent = Some(body).filter(|body| !body.is_empty());
        let response = self
            .transport
            .send(
                method,
                path,
                HeaderMap::new(),
                None::<&()>,
                sent,
                Some(limit),
            )
            .await
            .map_err(|error| lost(&error))?;
        let status = response.status_code().as_u16();
        let bytes = response.bytes().await.map_err(|error| lost(&error))?;
        if status < 400 {
            return Ok(bytes.to_vec());
        }
        let cause = match serde_json::from_slice::<ErrorBody>(&bytes) {
            Ok(body) => body.error,
            Err(_) => Cause {
                kind: "not of Elasticsearch".to_owned(),
                reason: None,
            },
        };
        Err((cause.failure(status), matches!(status, 429 | 502..=504)))
    }
}

/// The library's error names the address, so what it was is said in other words. After a timeout
/// nothing is repeated here: it would only add to the load.
fn lost(error: &elasticsearch::Error) -> (Failure, bool) {
    if error.is_timeout() {
        (Failure::Unavailable("no answer in time".to_owned()), false)
    } else {
        (Failure::Unavailable("no connection".to_owned()), true)
    }
}

fn percent_decoded(text: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
