//! `GET /api/v1/events`: what to fetch again, as it happens.

use std::{convert::Infallible, sync::Arc, time::Duration};

use futures::StreamExt;
use skeleton_host::{
    http::{Body, HeaderMap, IntoResponse, Method, Request, Response, State, header},
    problem::Problem,
};

use super::{
    front::{Front, identify, limits},
    problems,
};
use crate::{
    application::stream_updates::Event,
    domain::{epoch::Epoch, updates::Update},
};

/// How long a browser waits before it comes back.
const COME_BACK: Duration = Duration::from_secs(2);

/// Live updates (server-sent events): `import`, `notification`, `person`, `circle`, `reminder`.
///
/// The data, `{"id": …}`, only says what to fetch again; a null id means several. The first event
/// is `hello`; its data says whether updates since `Last-Event-ID` were lost.
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "replay what came after it")),
    responses(
        (status = 200, content_type = "text/event-stream", body = String),
        (status = 401, body = Problem),
        (status = 429, body = Problem, description = "too many streams or requests"),
    )
)]
pub(super) async fn stream_events(State(front): State<Arc<Front>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let address = front.proxies.address(&request);
    if let Err(exceeded) = front.app.limits.address(address) {
        return limits::refuse(exceeded);
    }
    let identity = match identify::identify(&front, &request).await {
        Ok(identity) => identity,
        Err(problem) => return problem.into_response(),
    };
    if let Err(exceeded) = front.app.limits.account(identity.caller.account) {
        return limits::refuse(exceeded);
    }
    if request.method == Method::HEAD {
        return [(header::CONTENT_TYPE, "text/event-stream")].into_response();
    }
    let epoch = front.app.epoch.get();
    let seen = last_event_id(&request.headers).map(|position| epoch.seen(position));
    let account = identity.caller.account;
    match front
        .app
        .stream_updates(account, identity.token, seen)
        .await
    {
        Ok(events) => {
            let headers = [
                ("content-type", "text/event-stream"),
                ("cache-control", "no-cache"),
                // Proxies of the nginx family would hold events back.
                ("x-accel-buffering", "no"),
            ];
            let texts = events.map(move |event| Ok::<_, Infallible>(text(event, &epoch)));
            (headers, Body::from_stream(texts)).into_response()
        }
        Err(error) => problems::stream(error).into_response(),
    }
}

fn last_event_id(headers: &HeaderMap) -> Option<&str> {
    let position = headers.get("last-event-id")?.to_str().ok()?.trim();
    (!position.is_empty()).then_some(position)
}

/// As `text/event-stream` has it.
fn text(event: Event, epoch: &Epoch) -> String {
    match event {
        Event::Hello { sent, missed } => {
            let (sent, retry) = (epoch.position(sent), COME_BACK.as_millis());
            let data = format!(r#"{{"id":null,"missed":{missed}}}"#);
            format!("event: hello\nid: {sent}\nretry: {retry}\ndata: {data}\n\n")
        }
        Event::Update(Update { id, event, data }) => {
            let id = epoch.position(id);
            let data = data.replace('\n', "\ndata: ");
            format!("event: {event}\nid: {id}\ndata: {data}\n\n")
        }
        Event::SignOfLife => ":\n\n".to_owned(),
    }
}
