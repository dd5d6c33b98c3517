//! A service behind HTTP: which replica is asked, and when a request may be sent again.

use super::outgoing::{Outgoing, Pump};
use super::replicas::{Replica, Replicas};
use super::{ReplicaReadiness, connection_options, drop_hop_by_hop, install_tls, translated};
use crate::health::Readiness;
use crate::http::{Body, IntoResponse, Method, Request, Response, StatusCode, header};
use crate::problem::{Causes, Problem};
use actix_web::HttpResponse;
use actix_web::body::MessageBody;
use actix_web::dev::RequestHead;
use bytes::Bytes;
use futures::Stream;
use futures::future::FusedFuture;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use url::Url;

/// Shorter than a server keeps idle connections, so that we never write to a closed one.
const IDLE: Duration = Duration::from_secs(20);
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How often every replica is tried, and how long between.
const ROUNDS: u32 = 2;
const PAUSE_BETWEEN_ROUNDS: Duration = Duration::from_millis(50);
/// How often replicas are asked for their readiness. With the time an answer may take, shorter than
/// a replica that ends goes on serving.
const WATCH_EVERY: Duration = Duration::from_millis(250);
const READINESS_TIMEOUT: Duration = Duration::from_secs(2);
/// Longest readiness that is read, in bytes; a real one has a line a check.
const READINESS_BYTES: usize = 256 << 10;

/// A service behind HTTP. Clones share connections and what is known of the replicas.
#[derive(Debug, Clone)]
pub struct HttpUpstream {
    replicas: Arc<Replicas>,
    client: reqwest::Client,
    connect_timeout: Duration,
    read_timeout: Duration,
}

/// Why there is no answer.
#[derive(Debug)]
enum Failure {
    Http(reqwest::Error),
    Silence,
}

impl HttpUpstream {
    pub(super) fn new(
        bases: impl IntoIterator<Item = Url>,
        connect_timeout: Duration,
        read_timeout: Duration,
    ) -> Result<Self, reqwest::Error> {
        install_tls();
        let client = reqwest::Client::builder()
            .connect_timeout(connect_timeout)
            .pool_idle_timeout(IDLE)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        Ok(Self {
            replicas: Arc::new(Replicas::new(bases)),
            client,
            connect_timeout,
            read_timeout,
        })
    }

    pub(super) async fn call(&self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let outgoing = Outgoing::new(body);
        let is_repeatable =
            outgoing.is_empty() && matches!(head.method, Method::GET | Method::HEAD);
        let began = Instant::now();
        let mut turned_away = None;
        for round in 0..ROUNDS {
            if round > 0 {
                tokio::time::sleep(PAUSE_BETWEEN_ROUNDS).await;
            }
            for replica in self.replicas.in_order() {
                match self.send(replica, &head, &outgoing).await {
                    Ok(response) => {
                        let is_last = turned_away.is_some() || !is_repeatable;
                        if is_last || !turns_away(&response) {
                            return response;
                        }
                        // It is ending, or cannot reach what it needs: one more may know better.
                        replica.avoid();
                        turned_away = Some(response);
                    }
                    Err(failure) => {
                        replica.avoid();
                        let may_repeat = failure.may_repeat(is_repeatable, &outgoing);
                        failure.log(replica);
                        if !may_repeat {
                            return unavailable();
                        }
                    }
                }
            }
            if let Some(response) = turned_away {
                return response;
            }
            // Where connecting hangs instead of being refused, a second round would only take longer.
            if began.elapsed() > self.connect_timeout {
                break;
            }
        }
        unavailable()
    }

    async fn send(
        &self,
        replica: &Replica,
        head: &RequestHead,
        outgoing: &Outgoing,
    ) -> Result<Response, Failure> {
        let mut url = replica.base.clone();
        let prefix = replica.base.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}{}", head.uri.path()));
        url.set_query(head.uri.query());
        let (body, mut pump) = outgoing.body();
        let sent = translated::request(&self.client, url, head).body(body);
        let sent = with(&mut pump, sent.send());
        let response = tokio::select! {
            answer = sent => answer.map_err(Failure::Http)?,
            // Not counted from the beginning: an upload may take hours.
            () = outgoing.stands_still(self.read_timeout) => return Err(Failure::Silence),
        };
        let status = translated::status(&response);
        let mut headers = translated::headers(&response);
        if connection_options(&headers).any(|name| name.eq_ignore_ascii_case("close")) {
            // So says a server that is ending: the next request had better go elsewhere.
            replica.avoid();
        }
        drop_hop_by_hop(&mut headers);
        let size = headers.remove(header::CONTENT_LENGTH).next();
        let size = size.and_then(|size| size.to_str().ok()?.parse().ok());
        let body = Body::streamed(chunks(response, pump, self.read_timeout), size);
        let mut response = HttpResponse::with_body(status, body.boxed());
        *response.headers_mut() = headers;
        Ok(response)
    }

    pub(super) async fn watch(&self, stop: CancellationToken) {
        let round = async || {
            for (replica, said) in self.replicas.all().iter().zip(self.readiness().await) {
                replica.set_ready(said.ready);
            }
            tokio::time::sleep(WATCH_EVERY).await;
        };
        while stop.run_until_cancelled(round()).await.is_some() {}
    }

    pub(super) async fn readiness(&self) -> Vec<ReplicaReadiness> {
        let asked = self.replicas.all().iter().map(|replica| self.ask(replica));
        futures::future::join_all(asked).await
    }

    async fn ask(&self, replica: &Replica) -> ReplicaReadiness {
        let address = replica.address();
        let mut url = replica.base.clone();
        let prefix = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{prefix}/readyz"));
        let answer = self.client.get(url).timeout(READINESS_TIMEOUT).send().await;
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                let why = Causes(&error.without_url()).to_string();
                return ReplicaReadiness::silent(address, why);
            }
        };
        let status = response.status();
        match readiness_of(response).await {
            Some(readiness) => ReplicaReadiness::said(address, readiness),
            // A service of another make, or something in front of it: its status has to do.
            None => ReplicaReadiness {
                address,
                ready: status != reqwest::StatusCode::SERVICE_UNAVAILABLE,
                checks: Vec::new(),
            },
        }
    }
}

/// What an answer says, if it is a readiness and no longer than one.
async fn readiness_of(mut response: reqwest::Response) -> Option<Readiness> {
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        if text.len() + chunk.len() > READINESS_BYTES {
            return None;
        }
        text.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&text).ok()
}

impl Failure {
    /// Whether another attempt cannot do twice what was asked once.
    fn may_repeat(&self, is_repeatable: bool, outgoing: &Outgoing) -> bool {
        match self {
            Self::Http(error) if error.is_connect() => outgoing.is_untouched(),
            Self::Http(error) => is_repeatable && !error.is_timeout(),
            Self::Silence => false,
        }
    }

    fn log(self, replica: &Replica) {
        let reason = match self {
            Self::Http(error) => Causes(&error.without_url()).to_string(),
            Self::Silence => "it took too long".to_owned(),
        };
        let replica = replica.address();
        tracing::warn!(reason, replica, "upstream did not answer");
    }
}

/// What `done` gives, while the request's body goes out.
async fn with<T>(pump: &mut Pump, done: impl Future<Output = T>) -> T {
    let mut done = std::pin::pin!(done);
    loop {
        tokio::select! {
            done = &mut done => return done,
            () = &mut *pump, if !pump.is_terminated() => {}
        }
    }
}

/// An answer's pieces as they come, none of which may let itself be waited for longer than `within`.
fn chunks(
    response: reqwest::Response,
    pump: Pump,
    within: Duration,
) -> impl Stream<Item = io::Result<Bytes>> + 'static {
    futures::stream::unfold(
        (response, pump),
        move |(mut response, mut pump)| async move {
            let next = tokio::time::timeout(within, response.chunk());
            let chunk = match with(&mut pump, next).await {
                Ok(chunk) => chunk.map_err(|error| io::Error::other(error.without_url())),
                Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut)),
            };
            Some((chunk.transpose()?, (response, pump)))
        },
    )
}

fn turns_away(response: &Response) -> bool {
    response.status() == StatusCode::SERVICE_UNAVAILABLE
        && response.headers().contains_key(header::RETRY_AFTER)
}

fn unavailable() -> Response {
    Problem::unavailable(RETRY_AFTER).into_response()
}
