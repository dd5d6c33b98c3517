//! Serving a router over HTTP/1.1 until a graceful end.
//!
//! After the shutdown is requested: keep serving for `drain` (load balancers notice late) while
//! answers ask clients to close their connections; then stop accepting, serve whoever had connected
//! until then, give those who have just been answered a moment to ask again, and finish what is in
//! flight; after `deadline` cut what is left (a stream, a stuck client). No request that a client
//! could send before it was told to close its connection is lost.
//!
//! How many connections there may be is the affair of [`admission`](super::admission), how long each
//! may do what, of [`connection`](super::connection).

use super::admission::{Admission, Limits, Place};
use super::connection::{self, Activity, Answering, Bounds, Watched};
use super::{Body, IntoResponse, Peer, Request, Response, Routes};
use super::{newcomers, open_files};
use crate::health::PROBES;
use crate::problem::Problem;
use crate::settings::Fields;
use crate::shutdown::Shutdown;
use futures::FutureExt;
use http::{HeaderValue, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use ipnet::IpNet;
use rustix::io::Errno;
use std::convert::Infallible;
use std::fs::File;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// From the beginning of a connection, or the first byte of a request, until its head is whole.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The same for a connection that there is no room for.
const HEAD_TIMEOUT_BEYOND: Duration = Duration::from_secs(2);
/// How long an idle connection is kept; clients of ours drop theirs earlier.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// Connections of one address.
const PER_ADDRESS: usize = 64;
/// More than an operating system lets wait.
const MAX_WAITING: usize = 4_096;
/// How long a connection may take from the client's first packet until it is ours: a way there and
/// back.
const HANDSHAKE: Duration = Duration::from_millis(100);
const PAUSE_AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(10);
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// How a router is served and how serving ends.
#[derive(Debug, Clone)]
pub struct ServeSettings {
    /// How long to go on accepting after the shutdown was requested. Zero for one process alone.
    pub drain: Duration,
    /// How long requests in flight may then take.
    pub deadline: Duration,
    /// Most connections, as far as the process may open files. Beyond, one that is of no use makes
    /// room; where there is none, probes are answered and everybody else gets a 503.
    pub max_connections: usize,
    /// Most connections of one address (IPv6: one /64).
    pub per_address: PerAddress,
    /// Addresses that speak for many, such as trusted proxies: only the limit of all holds.
    pub unbounded: Vec<IpNet>,
    /// From the beginning of a connection, or the first byte of any request on it, until the
    /// request's head is whole.
    pub head_timeout: Duration,
    /// How long a connection is kept between requests.
    pub idle_timeout: Duration,
}

/// How many connections one address may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PerAddress {
    /// As many as there may be in all: everybody comes through a few gateways.
    Any,
    /// So many, and from this machine itself three quarters of all: a proxy on it may speak for
    /// many without being known as one, and what runs on it is not what is guarded against.
    UnlessLocal(usize),
    /// So many, from this machine too.
    Each(usize),
}

impl Default for ServeSettings {
    fn default() -> Self {
        Self {
            drain: Duration::ZERO,
            deadline: Duration::from_secs(10),
            max_connections: 8_192,
            per_address: PerAddress::UnlessLocal(PER_ADDRESS),
            unbounded: Vec::new(),
            head_timeout: HEAD_TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
        }
    }
}

impl ServeSettings {
    /// Reads `serve.drain`, `serve.deadline`, `serve.max_connections` and
    /// `serve.max_connections_per_address`, for a process alone: nobody else takes its requests,
    /// so it ends at once.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let facing = PerAddress::UnlessLocal(PER_ADDRESS);
        Self::read_or(fields, "0", "10s", facing)
    }

    /// The same for one of several replicas: it goes on serving until an upstream that watches its
    /// readiness has surely noticed, and gives long uploads time. Unless told otherwise one
    /// address may have `per_address` connections.
    pub fn read_for_a_replica(fields: &mut Fields<'_>, per_address: PerAddress) -> Self {
        Self::read_or(fields, "4s", "30s", per_address)
    }

    fn read_or(fields: &mut Fields<'_>, drain: &str, deadline: &str, default: PerAddress) -> Self {
        let count = |f: &mut Fields<'_>, name: &str, default: Option<&str>| {
            usize::try_from(f.number_within(name, default, 1..=1_000_000)).unwrap_or(usize::MAX)
        };
        fields.section("serve", |f| Self {
            drain: f.duration("drain", drain),
            deadline: f.duration("deadline", deadline),
            max_connections: count(f, "max_connections", Some("8192")),
            per_address: if f.is_set("max_connections_per_address") {
                PerAddress::Each(count(f, "max_connections_per_address", None))
            } else {
                default
            },
            ..Self::default()
        })
    }

    fn limits(&self) -> Limits {
        let connections = self.max_connections.min(open_files::raise());
        let (per_address, per_local_address) = match self.per_address {
            PerAddress::Any => (None, None),
            PerAddress::UnlessLocal(so_many) => (Some(so_many), Some(connections * 3 / 4)),
            PerAddress::Each(so_many) => (Some(so_many), Some(so_many)),
        };
        tracing::info!(connections, per_address, "most connections at once");
        Limits {
            connections,
            per_address,
            per_local_address,
            unbounded: self.unbounded.clone(),
        }
    }
}

/// Serves until the shutdown is requested and the connections have ended; then returns.
/// Handlers find the other end of the connection as [`Peer`].
pub async fn serve(
    routes: Routes,
    listener: TcpListener,
    shutdown: &Shutdown,
    settings: &ServeSettings,
) {
    let server = Server {
        routes,
        shutdown: shutdown.clone(),
        ending: CancellationToken::new(),
        admission: Admission::new(settings.limits()),
        bounds: Bounds {
            head: settings.head_timeout,
            idle: settings.idle_timeout,
        },
    };
    let mut connections = JoinSet::new();
    let drained = async {
        shutdown.requested().await;
        tokio::time::sleep(settings.drain).await;
    };
    server
        .accept_until(drained, &listener, &mut connections)
        .await;
    if newcomers::refuse(&listener) {
        let settled = tokio::time::sleep(HANDSHAKE);
        server
            .accept_until(settled, &listener, &mut connections)
            .await;
    }
    // To a client these are connected, and may have sent a request: closing would lose it.
    for (stream, peer) in waiting(listener) {
        server.welcome(&mut connections, stream, peer);
    }
    server.ending.cancel();
    let ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(settings.deadline, ended)
        .await
        .is_err()
    {
        tracing::warn!(
            connections = connections.len(),
            "cutting connections that did not end"
        );
    }
    connections.shutdown().await;
}

fn is_out_of_files(error: &std::io::Error) -> bool {
    let errno = Errno::from_io_error(error);
    matches!(errno, Some(Errno::MFILE | Errno::NFILE))
}

/// A file that can be closed when a connection has to be accepted in order to be turned away.
fn spare_file() -> Option<File> {
    File::open("/dev/null").ok()
}

/// Closes the connection that has waited for longest, so that nobody waits for ever while the
/// process is out of files and all connections are of use.
fn turn_away(listener: &TcpListener, spare: &mut Option<File>) {
    drop(spare.take());
    drop(listener.accept().now_or_never());
    *spare = spare_file();
}

/// Closes the listener; gives the connections that it had not handed out yet.
fn waiting(listener: TcpListener) -> Vec<(TcpStream, SocketAddr)> {
    let mut waiting = Vec::new();
    let Ok(listener) = listener.into_std() else {
        return waiting;
    };
    while waiting.len() < MAX_WAITING
        && let Ok((stream, peer)) = listener.accept()
    {
        let stream = stream.set_nonblocking(true).map(|()| stream);
        if let Ok(stream) = stream.and_then(TcpStream::from_std) {
            waiting.push((stream, peer));
        }
    }
    waiting
}

/// What every connection is given.
struct Server {
    routes: Routes,
    shutdown: Shutdown,
    /// No more connections are accepted.
    ending: CancellationToken,
    admission: Arc<Admission>,
    bounds: Bounds,
}

impl Server {
    async fn accept_until(
        &self,
        end: impl Future<Output = ()>,
        listener: &TcpListener,
        connections: &mut JoinSet<()>,
    ) {
        let mut spare = spare_file();
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                () = &mut end => break,
                Some(_) = connections.join_next(), if !connections.is_empty() => {}
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.welcome(connections, stream, peer),
                    Err(error) => {
                        tracing::warn!(%error, "could not accept a connection");
                        if is_out_of_files(&error) && !self.admission.make_room() {
                            turn_away(listener, &mut spare);
                        }
                        tokio::time::sleep(PAUSE_AFTER_FAILED_ACCEPT).await;
                    }
                }
            }
        }
    }

    /// Serves a new connection, or says that there is no room.
    fn welcome(&self, connections: &mut JoinSet<()>, stream: TcpStream, peer: SocketAddr) {
        let Some(place) = self.admission.admit(peer.ip()) else {
            return;
        };
        // Answers are small and complete: waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let mut bounds = self.bounds;
        if place.is_beyond_the_limit() {
            bounds.head = bounds.head.min(HEAD_TIMEOUT_BEYOND);
        }
        let stream = Arc::new(stream);
        let activity = place.activity().clone();
        let watched = Watched::new(stream.clone(), activity.clone());
        let answering = Requests {
            routes: self.routes.clone(),
            shutdown: self.shutdown.clone(),
            peer,
            is_beyond_the_limit: place.is_beyond_the_limit(),
            activity: activity.clone(),
        };
        let service = service_fn(move |request| answering.clone().answer(request));
        let connection = http1::Builder::new()
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(watched), service);
        let ending = self.ending.clone();
        connections.spawn(async move {
            connection::run(connection, stream, activity, bounds, ending).await;
            drop::<Place>(place);
        });
    }
}

/// Answers the requests of one connection.
#[derive(Clone)]
struct Requests {
    routes: Routes,
    shutdown: Shutdown,
    peer: SocketAddr,
    is_beyond_the_limit: bool,
    activity: Arc<Activity>,
}

impl Requests {
    async fn answer(
        self,
        request: hyper::Request<Incoming>,
    ) -> Result<hyper::Response<Answering<Body>>, Infallible> {
        self.activity.begin_request();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(self.peer));
        let mut response = self.route(request).await;
        let is_last =
            self.is_beyond_the_limit || self.shutdown.is_requested() || self.activity.is_leaving();
        if is_last {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        Ok(response.map(|body| Answering::new(body, self.activity)))
    }

    async fn route(&self, request: Request) -> Response {
        if self.is_beyond_the_limit && !PROBES.contains(&request.uri().path()) {
            let problem = Problem::unavailable(RETRY_AFTER);
            let problem = problem.with_detail("too many connections at once, try again in 1 s");
            return problem.into_response();
        }
        self.routes.call(request).await
    }
}
