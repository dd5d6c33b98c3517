//! Telling state again, a page a request: whoever asks goes on until there is no next page.

use serde::{Deserialize, Serialize};
use skeleton_host::{
    http::State,
    problem::{Json, Problem},
};
use std::time::Duration;

use super::{App, problem};

/// Subjects told again by one request.
const PAGE: u32 = 500;

#[derive(Serialize)]
pub(super) struct Kinds {
    items: &'static [&'static str],
}

/// What to tell again, and to whom.
#[derive(Deserialize)]
pub(super) struct Wish {
    to: String,
    /// The event type.
    #[serde(rename = "type")]
    kind: String,
    /// Where the page before ended.
    after: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Told {
    sent: usize,
    next: Option<String>,
}

/// `GET /operator/v1/announce`
pub(super) async fn kinds(State(app): State<App>) -> Json<Kinds> {
    let current = app.operations.current.as_ref();
    Json(Kinds {
        items: current.map_or(&[], |current| current.kinds()),
    })
}

/// `POST /operator/v1/announce`
pub(super) async fn announce(
    State(app): State<App>,
    Json(wish): Json<Wish>,
) -> Result<Json<Told>, Problem> {
    let current = app.operations.current.as_ref();
    let current = current.filter(|current| current.kinds().contains(&wish.kind.as_str()));
    let current = current.ok_or_else(|| {
        Problem::field(
            "/type",
            format!("{} does not tell of {}", app.name, wish.kind),
        )
    })?;
    let page = current
        .page(&wish.kind, wish.after.as_deref(), PAGE)
        .await
        .map_err(problem)?;
    app.bus
        .send_to(&wish.to, &page.events)
        .await
        .map_err(|error| {
            Problem::unavailable(Duration::from_secs(1)).with_detail(error.to_string())
        })?;
    Ok(Json(Told {
        sent: page.events.len(),
        next: page.next,
    }))
}
