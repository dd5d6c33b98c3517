//! One connection: what it is doing, how long it may do that, and how it ends.
//!
//! A server, told to end gracefully, closes a connection on which it has read nothing since the last
//! answer. A request that is on its way, or lies unread in the kernel, is then lost to a client
//! that was never told to stop. So this module closes instead: a connection that has just been
//! made or answered is given a moment to ask again, that answer says `connection: close`, and
//! before a quiet one is closed the kernel is asked whether something has arrived after all. Then
//! the framework is made believe that the client has hung up, whereupon it does the same.

use super::Body;
use super::workers::Connection;
use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use rustix::net::{RecvFlags, Shutdown, recv};
use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long after it was made or answered a connection is still waited for at the end. A client
/// that means to ask again does so within this even on a busy machine; a longer silence says that
/// nothing is on its way.
const LINGER: Duration = Duration::from_millis(500);
/// A head that takes longer than this may have to make room for others.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the last bytes of a connection that is being closed may take.
const CLOSING_TIMEOUT: Duration = Duration::from_secs(1);

/// How long a connection may be in one state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// From its beginning, or from a head's first byte, until a whole head was read.
    pub(super) head: Duration,
    /// From an answer until the next request's first byte; also how long a client may take
    /// nothing of an answer.
    pub(super) idle: Duration,
}

/// What a connection is doing. Clones of the `Arc` are with its stream, its requests, its task, and
/// whoever decides which connection has to go.
#[derive(Debug)]
pub(super) struct Activity(Mutex<State>);

#[derive(Debug)]
struct State {
    phase: Phase,
    since: Instant,
    /// Since when the client takes nothing of what is written to it.
    blocked_since: Option<Instant>,
    must_leave: bool,
    /// Nothing more is read.
    is_closed: bool,
    waker: Option<Waker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing was read yet.
    Fresh,
    /// Some of a request's head was read.
    Head,
    /// A request is being answered.
    Busy,
    /// The last request was answered; nothing of a next one was read.
    Idle,
}

/// What is to be done when a connection's time is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing is on its way, as far as is known.
    Close,
    /// Something is, too slowly.
    Cut,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self(Mutex::new(State {
            phase: Phase::Fresh,
            since: Instant::now(),
            blocked_since: None,
            must_leave: false,
            is_closed: false,
            waker: None,
        }))
    }

    /// Since when nothing useful happens on it; none while a request is being answered. The longer
    /// ago, the sooner it may have to go.
    pub(super) fn useless_since(&self) -> Option<Instant> {
        let state = self.state();
        match state.phase {
            Phase::Busy => None,
            _ if state.blocked_since.is_some() => None,
            Phase::Fresh | Phase::Idle => Some(state.since),
            Phase::Head => (state.since.elapsed() > PATIENCE).then_some(state.since),
        }
    }

    /// Has the connection end, unless a request arrives first.
    pub(super) fn must_leave(&self) {
        let mut state = self.state();
        state.must_leave = true;
        if let Some(waker) = state.waker.take() {
            drop(state);
            waker.wake();
        }
    }

    /// Whether it was told to; the next answer should say so to the client.
    pub(super) fn is_leaving(&self) -> bool {
        self.state().must_leave
    }

    /// A request's head was read whole.
    pub(super) fn begin_request(&self) {
        self.enter(Phase::Busy);
    }

    fn end_request(&self) {
        self.enter(Phase::Idle);
    }

    /// Reads nothing more: to whoever serves it the client has hung up.
    fn close(&self) {
        self.state().is_closed = true;
    }

    fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    fn bytes_arrived(&self) {
        if matches!(self.state().phase, Phase::Fresh | Phase::Idle) {
            self.enter(Phase::Head);
        }
    }

    fn enter(&self, phase: Phase) {
        let mut state = self.state();
        state.phase = phase;
        state.since = Instant::now();
    }

    fn wrote(&self, is_blocked: bool) {
        let mut state = self.state();
        if !is_blocked {
            state.blocked_since = None;
        } else if state.blocked_since.is_none() {
            state.blocked_since = Some(Instant::now());
        }
    }

    /// When the connection's time is over, and how it ends then.
    fn deadline(&self, bounds: &Bounds, is_ending: bool, waker: &Waker) -> Option<(Instant, End)> {
        let mut state = self.state();
        state.waker = Some(waker.clone());
        if let Some(since) = state.blocked_since {
            return Some((since + bounds.idle, End::Cut));
        }
        let at_most = |allowed: Duration| match (state.must_leave, is_ending) {
            (true, _) => Duration::ZERO,
            (false, true) => allowed.min(LINGER),
            (false, false) => allowed,
        };
        match state.phase {
            Phase::Busy => None,
            Phase::Head if state.must_leave => Some((state.since + PATIENCE, End::Cut)),
            Phase::Head => Some((state.since + bounds.head, End::Cut)),
            Phase::Fresh => Some((state.since + at_most(bounds.head), End::Close)),
            Phase::Idle => Some((state.since + at_most(bounds.idle), End::Close)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves a connection until it ends by itself, its time is over, or, once `ending` says so,
/// nothing more is to be expected of it.
pub(super) async fn run(
    connection: impl Future,
    stream: Arc<TcpStream>,
    activity: Arc<Activity>,
    bounds: Bounds,
    ending: CancellationToken,
) {
    let mut connection = pin!(connection);
    let mut ended = pin!(ending.cancelled());
    let mut timer = pin!(tokio::time::sleep(bounds.head));
    let (mut is_ending, mut closing_until) = (false, None);
    poll_fn(|cx| {
        loop {
            // Ends by the client's fault or at our end: neither is an event.
            if connection.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            is_ending = is_ending || ended.as_mut().poll(cx).is_ready();
            let due = match closing_until {
                Some(until) => Some((until, End::Cut)),
                None => activity.deadline(&bounds, is_ending, cx.waker()),
            };
            let Some((deadline, end)) = due else {
                return Poll::Pending;
            };
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            ready!(timer.as_mut().poll(cx));
            if end == End::Cut {
                return Poll::Ready(());
            }
            if has_unread(&stream) {
                // The runtime has yet to hear of it; then it is read and answered.
                activity.bytes_arrived();
                continue;
            }
            activity.close();
            closing_until = Some(Instant::now() + CLOSING_TIMEOUT);
        }
    })
    .await;
}

/// Whether bytes wait in the kernel, the end of the stream not being one.
fn has_unread(stream: &TcpStream) -> bool {
    let mut byte = [0; 1];
    let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
    recv(stream, byte.as_mut_slice(), flags).is_ok_and(|(_, waiting)| waiting > 0)
}

/// A stream that tells what happens on it, and that its connection's task can look at meanwhile.
pub(super) struct Watched {
    stream: Arc<TcpStream>,
    connection: Connection,
}

impl Watched {
    pub(super) fn new(stream: Arc<TcpStream>, connection: Connection) -> Self {
        Self { stream, connection }
    }

    /// What requests on it have to know of it.
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    fn poll_write_with(
        &self,
        cx: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            if self.stream.poll_write_ready(cx)?.is_pending() {
                self.connection.activity.wrote(true);
                return Poll::Pending;
            }
            match write(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => {
                    self.connection.activity.wrote(false);
                    return Poll::Ready(outcome);
                }
            }
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.connection.activity.is_closed() {
            return Poll::Ready(Ok(()));
        }
        loop {
            ready!(self.stream.poll_read_ready(cx))?;
            match self.stream.try_read_buf(buffer) {
                Ok(read) => {
                    if read > 0 {
                        self.connection.activity.bytes_arrived();
                    }
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(cx, |stream| stream.try_write_vectored(parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // What was written is with the kernel.
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = rustix::net::shutdown(&*self.stream, Shutdown::Write);
        Poll::Ready(done.map_err(io::Error::from))
    }
}

/// An answer's body; its end, or that nobody wants it any more, ends the request.
pub(super) struct Answering {
    body: Body,
    activity: Arc<Activity>,
}

impl Answering {
    pub(super) fn new(body: Body, activity: Arc<Activity>) -> Self {
        Self { body, activity }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.activity.end_request();
    }
}

impl MessageBody for Answering {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
