//! The threads that answer. Each runs its share of the connections, and the handlers of what is
//! asked on them, which the framework wants to stay on one thread.
//!
//! They are no runtimes of their own: sockets, timers and tasks belong to the one runtime that the
//! process has, so that what a handler leaves behind (a connection in a pool, a task) outlives
//! the thread on which it was made.

use super::admission::Place;
use super::connection::{self, Activity, Answering, Bounds, Watched};
use super::{Body, IntoResponse, Response, Routes, instance};
use crate::health::PROBES;
use crate::problem::Problem;
use crate::shutdown::Shutdown;
use actix_http::body::BoxBody;
use actix_http::{ConnectionType, HttpService, KeepAlive, Request};
use actix_service::{Service, ServiceFactory, fn_service};
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinSet, LocalSet};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How long a client that was answered before it had sent its whole request may go on sending, so
/// that it comes to read the answer.
const LINGER: Duration = Duration::from_secs(5);
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What the threads answer with.
#[derive(Clone)]
pub(super) struct Served {
    pub(super) routes: Routes,
    pub(super) shutdown: Shutdown,
}

/// A new connection.
pub(super) struct Arrival {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) place: Place,
    pub(super) bounds: Bounds,
}

/// All threads of one server.
pub(super) struct Workers {
    all: Vec<Worker>,
    turn: usize,
    /// No more connections come.
    ending: CancellationToken,
    /// Those that there are are cut; also when nobody waits for the end any more.
    cut: DropGuard,
}

struct Worker {
    arrivals: mpsc::UnboundedSender<Arrival>,
    ended: oneshot::Receiver<()>,
}

impl Workers {
    /// One for each processor.
    pub(super) fn start(served: &Served) -> Self {
        let count = thread::available_parallelism().map_or(1, usize::from);
        let (ending, cut) = (CancellationToken::new(), CancellationToken::new());
        let start = |_| {
            let (arrivals, arriving) = mpsc::unbounded_channel();
            let (end, ended) = oneshot::channel();
            let share = Share {
                served: served.clone(),
                ending: ending.clone(),
                cut: cut.clone(),
            };
            let runtime = Handle::current();
            let work = move || {
                let here = LocalSet::new();
                runtime.block_on(here.run_until(share.serve(arriving)));
                drop(here);
                instance::end_here();
                // Whoever waits may have gone.
                let _ = end.send(());
            };
            let thread = thread::Builder::new().name("http".to_owned()).spawn(work);
            thread.expect("a process that starts may have threads");
            Worker { arrivals, ended }
        };
        Self {
            all: (0..count).map(start).collect(),
            turn: 0,
            cut: cut.drop_guard(),
            ending,
        }
    }

    /// Gives a connection to the next of them.
    pub(super) fn give(&mut self, arrival: Arrival) {
        self.turn = (self.turn + 1) % self.all.len();
        if self.all[self.turn].arrivals.send(arrival).is_err() {
            tracing::error!("a connection found the thread gone that should have served it");
        }
    }

    /// Ends connections as they become quiet, and cuts those that are left after `deadline`.
    pub(super) async fn end(self, deadline: Duration) {
        self.ending.cancel();
        let (arrivals, ended): (Vec<_>, Vec<_>) = self
            .all
            .into_iter()
            .map(|it| (it.arrivals, it.ended))
            .unzip();
        drop(arrivals);
        let mut ended = futures::future::join_all(ended);
        if tokio::time::timeout(deadline, &mut ended).await.is_err() {
            tracing::warn!("cutting connections that did not end");
            drop(self.cut);
            ended.await;
        }
    }
}

/// What one thread works with.
struct Share {
    served: Served,
    ending: CancellationToken,
    cut: CancellationToken,
}

impl Share {
    async fn serve(self, mut arriving: mpsc::UnboundedReceiver<Arrival>) {
        let served = self.served.clone();
        let answer = fn_service(move |request| answer(served.clone(), request));
        let service = HttpService::build()
            // Times are kept here, see `connection`.
            .keep_alive(KeepAlive::Os)
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(LINGER)
            // A client that hangs up wants no answer any more: what is done for it ends.
            .h1_allow_half_closed(false)
            .on_connect_ext(|watched: &Watched, data| {
                data.insert(watched.connection().clone());
            })
            .h1(answer);
        let Ok(service) = service.new_service(()).await else {
            tracing::error!("connections cannot be served");
            return;
        };
        let mut connections = JoinSet::new();
        let accepting = async {
            loop {
                tokio::select! {
                    arrival = arriving.recv() => match arrival {
                        Some(arrival) => {
                            let Arrival { stream, peer, place, bounds } = arrival;
                            let stream = Arc::new(stream);
                            let activity = place.activity().clone();
                            let watched = Watched::new(stream.clone(), Connection {
                                activity: activity.clone(),
                                is_beyond_the_limit: place.is_beyond_the_limit(),
                            });
                            let connection = service.call((watched, Some(peer)));
                            let ending = self.ending.clone();
                            connections.spawn_local(async move {
                                connection::run(connection, stream, activity, bounds, ending).await;
                                drop::<Place>(place);
                            });
                        }
                        None => break,
                    },
                    Some(_) = connections.join_next(), if !connections.is_empty() => {}
                }
            }
            while connections.join_next().await.is_some() {}
        };
        self.cut.run_until_cancelled(accepting).await;
        connections.shutdown().await;
    }
}

/// Of a connection, what its requests have to know.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) activity: Arc<Activity>,
    pub(super) is_beyond_the_limit: bool,
}

async fn answer(
    served: Served,
    request: Request,
) -> Result<actix_http::Response<Answering>, actix_http::Response<BoxBody>> {
    let connection = request.conn_data::<Connection>().cloned();
    let Some(connection) = connection else {
        return Err(Problem::internal_unlogged().into_response().into());
    };
    connection.activity.begin_request();
    let response = route(&served.routes, &connection, request).await;
    let mut response = actix_http::Response::from(response);
    let is_last = connection.is_beyond_the_limit
        || served.shutdown.is_requested()
        || connection.activity.is_leaving();
    if is_last {
        let head = response.head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    Ok(response.map_body(|_, body| Answering::new(Body::from(body), connection.activity)))
}

async fn route(routes: &Routes, connection: &Connection, request: Request) -> Response {
    if connection.is_beyond_the_limit && !PROBES.contains(&request.path()) {
        let problem = Problem::unavailable(RETRY_AFTER);
        let problem = problem.with_detail("too many connections at once, try again in 1 s");
        return problem.into_response();
    }
    routes.answer(request).await
}
