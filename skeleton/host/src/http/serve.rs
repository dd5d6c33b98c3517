//! Serving a router over HTTP/1.1 until a graceful end.
//!
//! After the shutdown is requested: keep serving for `drain` (load balancers notice late) while
//! answers ask clients to close their connections; then stop accepting, serve whoever had connected
//! until then, and finish what is in flight; after `deadline` cut what is left (a stream, a stuck
//! client).

use crate::settings::Fields;
use crate::shutdown::Shutdown;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderValue, Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tower::ServiceExt;

/// Also how long an idle connection is kept; clients of ours drop theirs earlier.
const HEADER_TIMEOUT: Duration = Duration::from_secs(75);
/// More than an operating system lets wait.
const MAX_WAITING: usize = 4_096;
const PAUSE_AFTER_FAILED_ACCEPT: Duration = Duration::from_millis(100);

/// How a router is served and how serving ends.
#[derive(Debug, Clone)]
pub struct ServeSettings {
    /// How long to go on accepting after the shutdown was requested. Zero for one process alone.
    pub drain: Duration,
    /// How long requests in flight may then take.
    pub deadline: Duration,
    /// Connections beyond this wait to be accepted.
    pub max_connections: usize,
}

impl Default for ServeSettings {
    fn default() -> Self {
        Self {
            drain: Duration::ZERO,
            deadline: Duration::from_secs(10),
            max_connections: 8_192,
        }
    }
}

impl ServeSettings {
    /// Reads `serve.drain`, `serve.deadline` and `serve.max_connections`, for a process alone:
    /// nobody else takes its requests, so it ends at once.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        Self::read_or(fields, "0", "10s")
    }

    /// The same for one of several replicas: it goes on serving until an upstream that watches its
    /// readiness has surely noticed, and gives long uploads time.
    pub fn read_for_a_replica(fields: &mut Fields<'_>) -> Self {
        Self::read_or(fields, "4s", "30s")
    }

    fn read_or(fields: &mut Fields<'_>, drain: &str, deadline: &str) -> Self {
        fields.section("serve", |f| Self {
            drain: f.duration("drain", drain),
            deadline: f.duration("deadline", deadline),
            max_connections: usize::try_from(f.number_within(
                "max_connections",
                "8192",
                1..=1_000_000,
            ))
            .unwrap_or(usize::MAX),
        })
    }
}

/// Serves until the shutdown is requested and the connections have ended; then returns.
/// Handlers find the peer in `ConnectInfo<SocketAddr>`.
pub async fn serve(
    router: Router,
    listener: TcpListener,
    shutdown: &Shutdown,
    settings: &ServeSettings,
) {
    let graceful = GracefulShutdown::new();
    let permits = Arc::new(Semaphore::new(settings.max_connections));
    let mut connections = JoinSet::new();
    let accept = |connections: &mut JoinSet<()>, stream: TcpStream, peer, permit| {
        let connection = connect(stream, peer, router.clone(), shutdown.clone());
        let watched = graceful.watcher().watch(connection);
        connections.spawn(async move {
            // Ends by the client's fault or at our end: neither is an event.
            let _ = watched.await;
            drop(permit);
        });
    };
    let drained = async {
        shutdown.requested().await;
        tokio::time::sleep(settings.drain).await;
    };
    tokio::pin!(drained);
    loop {
        let accepted = async {
            let permit = permits.clone().acquire_owned().await;
            (listener.accept().await, permit)
        };
        tokio::select! {
            biased;
            () = &mut drained => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            (stream, permit) = accepted => match stream {
                Ok((stream, peer)) => accept(&mut connections, stream, peer, permit.ok()),
                Err(error) => {
                    tracing::warn!(%error, "could not accept a connection");
                    tokio::time::sleep(PAUSE_AFTER_FAILED_ACCEPT).await;
                }
            }
        }
    }
    // To a client these are connected, and may have sent a request: closing would lose it.
    for (stream, peer) in waiting(listener) {
        let permit = permits.clone().try_acquire_owned().ok();
        accept(&mut connections, stream, peer, permit);
    }
    if tokio::time::timeout(settings.deadline, graceful.shutdown())
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

fn connect(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    shutdown: Shutdown,
) -> http1::Connection<
    TokioIo<TcpStream>,
    impl hyper::service::Service<
        Request<Incoming>,
        Response = Response<Body>,
        Error = Infallible,
        Future: Send,
    >,
> {
    // Answers are small and complete: waiting to fill a packet only delays them.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        let shutdown = shutdown.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            let mut response = router.oneshot(request).await?;
            if shutdown.is_requested() {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
            }
            Ok(response)
        }
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
}
