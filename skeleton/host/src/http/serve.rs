//! Serving a table of routes over HTTP/1.1 until a graceful end.
//!
//! After the shutdown is requested: keep serving for `drain` (load balancers notice late) while
//! answers ask clients to close their connections; then stop accepting, serve whoever had connected
//! until then, give those who have just been answered a moment to ask again, and finish what is in
//! flight; after `deadline` cut what is left (a stream, a stuck client). No request that a client
//! could send before it was told to close its connection is lost.
//!
//! How many connections there may be is the affair of [`admission`](super::admission), how long each
//! may do what, of [`connection`](super::connection).

use super::admission::{Admission, Limits};
use super::connection::Bounds;
use super::workers::{Arrival, Served, Workers};
use super::{Routes, newcomers, open_files};
use crate::settings::Fields;
use crate::shutdown::Shutdown;
use futures::FutureExt;
use ipnet::IpNet;
use rustix::io::Errno;
use std::fs::File;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

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

/// How a table is served and how serving ends.
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
    let mut server = Server {
        admission: Admission::new(settings.limits()),
        workers: Workers::start(&Served {
            routes,
            shutdown: shutdown.clone(),
        }),
        bounds: Bounds {
            head: settings.head_timeout,
            idle: settings.idle_timeout,
        },
    };
    let drained = async {
        shutdown.requested().await;
        tokio::time::sleep(settings.drain).await;
    };
    server.accept_until(drained, &listener).await;
    if newcomers::refuse(&listener) {
        let settled = tokio::time::sleep(HANDSHAKE);
        server.accept_until(settled, &listener).await;
    }
    // To a client these are connected, and may have sent a request: closing would lose it.
    for (stream, peer) in waiting(listener) {
        server.welcome(stream, peer);
    }
    server.workers.end(settings.deadline).await;
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

/// What connections are accepted for.
struct Server {
    admission: Arc<Admission>,
    workers: Workers,
    bounds: Bounds,
}

impl Server {
    async fn accept_until(&mut self, end: impl Future<Output = ()>, listener: &TcpListener) {
        let mut spare = spare_file();
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                () = &mut end => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, peer)) => self.welcome(stream, peer),
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

    /// Has a new connection served, or told that there is no room.
    fn welcome(&mut self, stream: TcpStream, peer: SocketAddr) {
        let Some(place) = self.admission.admit(peer.ip()) else {
            return;
        };
        // Answers are small and complete: waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let mut bounds = self.bounds;
        if place.is_beyond_the_limit() {
            bounds.head = bounds.head.min(HEAD_TIMEOUT_BEYOND);
        }
        self.workers.give(Arrival {
            stream,
            peer,
            place,
            bounds,
        });
    }
}
