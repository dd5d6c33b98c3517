//! `GET /api/v1/events`: what to fetch again, as it happens.

use std::{convert::Infallible, sync::Arc, time::Duration};

use futures::{Stream, StreamExt, stream};
use secrecy::SecretString;
use skeleton_host::{
    http::{Body, HeaderMap, IntoResponse, Method, Request, Response, State, header},
    problem::Problem,
};

use super::front::{Front, identify, limits};
use crate::{
    application::live::{Refused, Seat},
    domain::updates::{Changed, Update},
};

/// A sign of life; and the moment to see whether the session still lives.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How long a browser waits before it comes back.
const COME_BACK: Duration = Duration::from_secs(2);
/// Updates read at once.
const BATCH: usize = 100;

/// Live updates (server-sent events): `import`, `notification`, `person`, `circle`, `reminder`.
///
/// The data, `{"id": …}`, only says what to fetch again; a null id means several. The first event
/// is `hello`; its data says whether updates since `Last-Event-ID` were lost.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events",
    params(("Last-Event-ID" = Option<i64>, Header, description = "replay what came after it")),
    responses(
        (status = 200, content_type = "text/event-stream", body = String),
        (status = 401, body = Problem),
        (status = 429, body = Problem, description = "too many streams or requests"),
    )
)]
pub(super) async fn stream_events(State(app): State<Arc<Front>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let client = app.proxies.client(&request);
    if let Err(exceeded) = app.limits.address(client.address) {
        return limits::refuse(exceeded);
    }
    let identity = match identify::identify(&app, &request, &client).await {
        Ok(identity) => identity,
        Err(problem) => return problem.into_response(),
    };
    if let Err(exceeded) = app.limits.account(identity.caller.account) {
        return limits::refuse(exceeded);
    }
    if request.method == Method::HEAD {
        return [(header::CONTENT_TYPE, "text/event-stream")].into_response();
    }
    let seen = last_event_id(&request.headers);
    match open(app, identity.caller.account, identity.token, seen).await {
        Ok(events) => {
            let headers = [
                ("content-type", "text/event-stream"),
                ("cache-control", "no-cache"),
                // Proxies of the nginx family would hold events back.
                ("x-accel-buffering", "no"),
            ];
            let texts = events.map(|event| Ok::<_, Infallible>(event.text()));
            (headers, Body::from_stream(texts)).into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

fn last_event_id(headers: &HeaderMap) -> Option<i64> {
    headers
        .get("last-event-id")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// What is sent.
enum Event {
    Hello {
        sent: i64,
        missed: bool,
    },
    Update(Update),
    /// A comment: nothing, said.
    SignOfLife,
}

impl Event {
    /// As `text/event-stream` has it.
    fn text(&self) -> String {
        match self {
            Self::Hello { sent, missed } => {
                let retry = COME_BACK.as_millis();
                let data = format!(r#"{{"id":null,"missed":{missed}}}"#);
                format!("event: hello\nid: {sent}\nretry: {retry}\ndata: {data}\n\n")
            }
            Self::Update(Update { id, event, data }) => {
                let data = data.replace('\n', "\ndata: ");
                format!("event: {event}\nid: {id}\ndata: {data}\n\n")
            }
            Self::SignOfLife => ":\n\n".to_owned(),
        }
    }
}

/// An open stream.
struct Listener {
    app: Arc<Front>,
    seat: Seat,
    token: Option<SecretString>,
    /// The newest update that was sent.
    sent: i64,
    hello: Option<Event>,
    /// What became of people while nobody listened is not known.
    people: Option<Changed>,
    waiting: std::vec::IntoIter<Update>,
}

async fn open(
    app: Arc<Front>,
    account: uuid::Uuid,
    token: Option<SecretString>,
    seen: Option<i64>,
) -> Result<impl Stream<Item = Event>, Problem> {
    let seat = app.live.open(account).map_err(|refused| {
        let wait = match refused {
            Refused::Account(_) => Problem::rate_limited(HEARTBEAT),
            Refused::Full => Problem::unavailable(HEARTBEAT),
        };
        wait.with_detail(refused.to_string())
    })?;
    let kept = app
        .store
        .kept(account)
        .await
        .map_err(skeleton_service::problems::store)?;
    let (sent, missed) = kept.begin(seen);
    let hello = Event::Hello { sent, missed };
    let waiting = Vec::new().into_iter();
    let listener = Listener {
        app,
        seat,
        token,
        sent,
        hello: Some(hello),
        people: seen.map(|_| Changed::Several),
        waiting,
    };
    Ok(stream::unfold(listener, async |mut listener| {
        let event = listener.next().await?;
        Some((event, listener))
    }))
}

impl Listener {
    /// The next event; none when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        if let Some(hello) = self.hello.take() {
            return Some(hello);
        }
        loop {
            if let Some(people) = self.people.take() {
                return Some(Event::Update(Update {
                    id: self.sent,
                    event: "person".to_owned(),
                    data: people.data(),
                }));
            }
            if let Some(update) = self.waiting.next() {
                self.sent = update.id;
                return Some(Event::Update(update));
            }
            let wake = self.seat.wake.clone();
            // Made before the store is read: what is committed after that wakes it.
            let woken = wake.notified();
            self.people = self.seat.people();
            if self.people.is_some() {
                continue;
            }
            let store = &self.app.store;
            match store.updates(self.seat.account, self.sent, BATCH).await {
                Ok(updates) if !updates.is_empty() => {
                    self.waiting = updates.into_iter();
                    continue;
                }
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "a stream of live updates ends");
                    return None;
                }
            }
            tokio::select! {
                () = woken => {}
                () = self.app.shutdown.requested() => return None,
                () = tokio::time::sleep(HEARTBEAT) => {
                    let alive = match &self.token {
                        Some(token) => self.app.sessions.reader(token).await,
                        None => return Some(Event::SignOfLife),
                    };
                    match alive {
                        Err(problem) if problem.status == 401 => return None,
                        _ => return Some(Event::SignOfLife),
                    }
                }
            }
        }
    }
}
