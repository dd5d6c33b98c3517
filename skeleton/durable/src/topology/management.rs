//! The topology over RabbitMQ's management API: finding what there is, applying a plan. For
//! operators; services need none of it.

use std::collections::BTreeMap;

use reqwest::{Method, StatusCode};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::Url;

use super::{
    QUEUE_ARGUMENTS, Topology,
    plan::{Difference, Found, FoundQueue, Plan, to_json},
};

/// The management API of a broker.
pub struct Management {
    client: reqwest::Client,
    base: Url,
    user: String,
    password: String,
    vhost: String,
}

/// Longest answer that is read, in bytes: thousands of queues are a few million.
const ANSWER_BYTES: usize = 64 << 20;
/// How much of the reason for a refusal is read, in bytes.
const REASON_BYTES: usize = 4 << 10;

/// The broker did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ManagementError {
    /// The address cannot be used.
    #[error("address of the management API: {0}")]
    Address(String),
    /// It cannot be reached, or answers what cannot be read.
    #[error("management API: {0}")]
    Unreachable(#[from] reqwest::Error),
    /// It answers something else, or far too much.
    #[error("management API: {0}")]
    Unreadable(String),
    /// It refuses.
    #[error("management API: {what}: {status}: {answer}")]
    Refused {
        /// What was asked.
        what: String,
        /// Its status.
        status: u16,
        /// Its words.
        answer: String,
    },
    /// A newer version was applied and going back was not asked for.
    #[error(
        "version {found} of the topology was applied, this program has an older one: nothing was changed. \
         Upgrade it, or go back on purpose with --older"
    )]
    Older {
        /// The version that was applied.
        found: u32,
    },
}

/// What an application may do that cannot be undone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Permit {
    /// Go back behind the version that was applied last.
    pub older: bool,
    /// Delete queues of other arguments, if empty and without a consumer, and declare them anew.
    pub recreate_queues: bool,
    /// Delete queues of nobody, if empty and without a consumer.
    pub drop_queues: bool,
}

/// What was done about a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// The difference.
    #[serde(flatten)]
    pub difference: Difference,
    /// None if it is gone, else why it stays.
    pub stays: Option<String>,
}

#[derive(Deserialize)]
struct ExchangeRow {
    name: String,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct QueueRow {
    name: String,
    #[serde(default)]
    arguments: BTreeMap<String, Value>,
    #[serde(default)]
    messages: u64,
    #[serde(default)]
    consumers: u64,
}

#[derive(Deserialize)]
struct BindingRow {
    source: String,
    destination: String,
    destination_type: String,
    routing_key: String,
}

/// An answer, unless it is longer than any.
async fn json_of<T: DeserializeOwned>(
    mut response: reqwest::Response,
) -> Result<T, ManagementError> {
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if text.len() + chunk.len() > ANSWER_BYTES {
            let why = format!("an answer is longer than {ANSWER_BYTES} bytes");
            return Err(ManagementError::Unreadable(why));
        }
        text.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&text).map_err(|error| ManagementError::Unreadable(error.to_string()))
}

impl Management {
    /// The API at `http(s)://user:password@host:port` for one virtual host.
    ///
    /// # Errors
    /// When the address is none.
    pub fn new(client: reqwest::Client, url: &str, vhost: &str) -> Result<Self, ManagementError> {
        let unusable = |error: &dyn std::fmt::Display| ManagementError::Address(error.to_string());
        let mut base: Url = url.parse().map_err(|error| unusable(&error))?;
        if base.cannot_be_a_base() {
            return Err(unusable(&"expected http://user:password@host:port"));
        }
        let decode = |text: &str| {
            url::form_urlencoded::parse(format!("v={}", text.replace('+', "%2B")).as_bytes())
                .next()
                .map(|(_, value)| value.into_owned())
                .unwrap_or_default()
        };
        let user = decode(base.username());
        let password = decode(base.password().unwrap_or_default());
        // They go in a header; an address with them would show in every error.
        base.set_username("")
            .and_then(|()| base.set_password(None))
            .map_err(|()| unusable(&"expected http://user:password@host:port"))?;
        Ok(Self {
            client,
            base,
            user,
            password,
            vhost: vhost.to_owned(),
        })
    }

    /// What there is of a topology.
    ///
    /// # Errors
    /// When the broker cannot be reached or refuses.
    pub async fn found(&self, topology: &Topology) -> Result<Found, ManagementError> {
        let prefix = format!("{}.", topology.exchange);
        let ours = |name: &str| name == topology.exchange || name.starts_with(&prefix);
        let version_of = version_exchange(topology);
        let exchanges: Vec<ExchangeRow> = self.get("exchanges").await?;
        let queues: Vec<QueueRow> = self.get("queues").await?;
        let bindings: Vec<BindingRow> = self.get("bindings").await?;
        Ok(Found {
            exchanges: exchanges
                .into_iter()
                .filter(|row| ours(&row.name))
                .map(|row| (row.name, row.kind))
                .collect(),
            queues: queues
                .into_iter()
                .filter(|row| row.name.starts_with(&prefix))
                .map(|row| {
                    let queue = FoundQueue {
                        arguments: row.arguments,
                        messages: row.messages,
                    };
                    (row.name, queue)
                })
                .collect(),
            version: bindings
                .iter()
                .filter(|row| row.source == version_of)
                .filter_map(|row| row.routing_key.parse().ok())
                .max(),
            bindings: bindings
                .into_iter()
                .filter(|row| {
                    row.source == topology.exchange
                        && row.destination_type == "queue"
                        && row.destination.starts_with(&prefix)
                        && !row.destination.starts_with(&format!("{prefix}tap."))
                })
                .map(|row| (row.destination, row.routing_key))
                .collect(),
        })
    }

    /// Compares and says what differs.
    ///
    /// # Errors
    /// When the broker cannot be reached or refuses.
    pub async fn plan(&self, topology: &Topology, version: u32) -> Result<Plan, ManagementError> {
        Ok(Plan::new(topology, version, &self.found(topology).await?))
    }

    /// Does what the plan says, as far as permitted. What is missing comes first, so that no event
    /// misses a queue; may be repeated after a failure.
    ///
    /// # Errors
    /// When the broker cannot be reached or refuses, or the plan goes back behind a newer version.
    pub async fn apply(
        &self,
        topology: &Topology,
        plan: &Plan,
        permit: Permit,
    ) -> Result<Vec<Applied>, ManagementError> {
        if let Some(found) = plan.goes_back_behind().filter(|_| !permit.older) {
            return Err(ManagementError::Older { found });
        }
        let mut done = Vec::with_capacity(plan.differences.len());
        let mut recreated = Vec::new();
        for difference in &plan.differences {
            let stays = self
                .apply_one(topology, difference, permit, &mut recreated)
                .await?;
            done.push(Applied {
                difference: difference.clone(),
                stays,
            });
        }
        Ok(done)
    }

    async fn apply_one(
        &self,
        topology: &Topology,
        difference: &Difference,
        permit: Permit,
        recreated: &mut Vec<String>,
    ) -> Result<Option<String>, ManagementError> {
        match difference {
            Difference::MissingExchange { exchange, kind } => {
                self.declare_exchange(exchange, kind).await?;
            }
            Difference::ChangedExchange { .. } => {
                return Ok(Some("an exchange is never changed from here".to_owned()));
            }
            Difference::MissingQueue { queue } => self.declare_queue(queue).await?,
            Difference::ChangedQueue { queue, .. } => {
                if recreated.contains(queue) {
                    return Ok(None);
                }
                if !permit.recreate_queues {
                    return Ok(Some("not permitted (--recreate-queues)".to_owned()));
                }
                if let Some(why) = self.delete_if_empty(queue).await? {
                    return Ok(Some(why));
                }
                self.declare_queue(queue).await?;
                let consumer = topology
                    .consumers
                    .iter()
                    .find(|(consumer, _)| topology.queue(consumer) == *queue);
                for kind in consumer.map(|(_, kinds)| kinds.as_slice()).unwrap_or(&[]) {
                    self.bind(topology, queue, kind).await?;
                }
                recreated.push(queue.clone());
            }
            Difference::ExtraQueue { queue, .. } => {
                if !permit.drop_queues {
                    return Ok(Some("not permitted (--drop-queues)".to_owned()));
                }
                return self.delete_if_empty(queue).await;
            }
            Difference::MissingBinding { queue, kind } => self.bind(topology, queue, kind).await?,
            Difference::ExtraBinding { queue, kind } => {
                let from = [
                    "bindings",
                    &self.vhost,
                    "e",
                    &topology.exchange,
                    "q",
                    queue,
                    kind,
                ];
                self.send(Method::DELETE, &from, None).await?;
            }
            Difference::ExtraMark { exchange } => {
                self.send(Method::DELETE, &["exchanges", &self.vhost, exchange], None)
                    .await?;
            }
            Difference::OtherVersion { found, wanted } => {
                self.note_version(topology, *found, *wanted).await?;
            }
        }
        Ok(None)
    }

    /// The version is the routing key of a binding that carries nothing: a broker's exchanges and
    /// queues cannot be annotated once they exist.
    async fn note_version(
        &self,
        topology: &Topology,
        found: Option<u32>,
        wanted: u32,
    ) -> Result<(), ManagementError> {
        let from = version_exchange(topology);
        self.declare_exchange(&from, "fanout").await?;
        let between = ["bindings", &self.vhost, "e", &from, "e", &topology.exchange];
        let body = json!({"routing_key": wanted.to_string(), "arguments": {}});
        self.send(Method::POST, &between, Some(body)).await?;
        if let Some(found) = found {
            let old = found.to_string();
            let mut of_old = between.to_vec();
            of_old.push(&old);
            self.send(Method::DELETE, &of_old, None).await?;
        }
        Ok(())
    }

    async fn declare_exchange(&self, name: &str, kind: &str) -> Result<(), ManagementError> {
        let body = json!({"type": kind, "durable": true, "auto_delete": false, "arguments": {}});
        self.send(Method::PUT, &["exchanges", &self.vhost, name], Some(body))
            .await
    }

    async fn declare_queue(&self, name: &str) -> Result<(), ManagementError> {
        let arguments: BTreeMap<&str, Value> = QUEUE_ARGUMENTS
            .iter()
            .map(|(name, value)| (*name, to_json(*value)))
            .collect();
        let body = json!({"durable": true, "auto_delete": false, "arguments": arguments});
        self.send(Method::PUT, &["queues", &self.vhost, name], Some(body))
            .await
    }

    async fn bind(
        &self,
        topology: &Topology,
        queue: &str,
        kind: &str,
    ) -> Result<(), ManagementError> {
        let between = ["bindings", &self.vhost, "e", &topology.exchange, "q", queue];
        let body = json!({"routing_key": kind, "arguments": {}});
        self.send(Method::POST, &between, Some(body)).await
    }

    /// Why it was not deleted, if it was not. Quorum queues know no `if-empty`, so this looks first;
    /// what arrives between looking and deleting would be lost, hence the advice to stop services.
    async fn delete_if_empty(&self, queue: &str) -> Result<Option<String>, ManagementError> {
        let path = ["queues", &self.vhost, queue];
        let row: QueueRow = self.one(&path).await?;
        if row.consumers > 0 {
            return Ok(Some(format!(
                "it has {} consumers: stop them",
                row.consumers
            )));
        }
        let look = ["queues", &self.vhost, queue, "get"];
        let body = json!({"count": 1, "ackmode": "reject_requeue_true", "encoding": "base64"});
        let url = self.url(&look)?;
        let first: Vec<Value> = json_of(self.request(Method::POST, url, Some(body)).await?).await?;
        if !first.is_empty() {
            return Ok(Some(
                "it is not empty: let its consumer handle the rest".to_owned(),
            ));
        }
        self.send(Method::DELETE, &path, None).await.map(|()| None)
    }

    async fn one<T: DeserializeOwned>(&self, path: &[&str]) -> Result<T, ManagementError> {
        let url = self.url(path)?;
        json_of(self.request(Method::GET, url, None).await?).await
    }

    async fn get<T: DeserializeOwned>(&self, what: &str) -> Result<Vec<T>, ManagementError> {
        let url = self.url(&[what, &self.vhost])?;
        json_of(self.request(Method::GET, url, None).await?).await
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<(), ManagementError> {
        let deletes = method == Method::DELETE;
        match self.request(method, self.url(path)?, body).await {
            // Somebody else was faster.
            Err(ManagementError::Refused { status: 404, .. }) if deletes => Ok(()),
            answer => answer.map(drop),
        }
    }

    async fn request(
        &self,
        method: Method,
        url: Url,
        body: Option<Value>,
    ) -> Result<reqwest::Response, ManagementError> {
        let what = format!("{method} {}", url.path());
        let mut request = self
            .client
            .request(method, url)
            .basic_auth(&self.user, Some(&self.password));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let mut response = request.send().await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let mut answer = Vec::new();
        while answer.len() < REASON_BYTES
            && let Ok(Some(chunk)) = response.chunk().await
        {
            answer.extend_from_slice(&chunk);
        }
        let answer = String::from_utf8_lossy(&answer);
        let hint = if status == StatusCode::UNAUTHORIZED {
            " (the account needs the tag `management` or `administrator`)"
        } else {
            ""
        };
        Err(ManagementError::Refused {
            what,
            status: status.as_u16(),
            answer: format!("{}{hint}", answer.chars().take(300).collect::<String>()),
        })
    }

    fn url(&self, path: &[&str]) -> Result<Url, ManagementError> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| ManagementError::Address("it has no path".to_owned()))?
            .pop_if_empty()
            .push("api")
            .extend(path);
        Ok(url)
    }
}

fn version_exchange(topology: &Topology) -> String {
    format!("{}.topology", topology.exchange)
}
