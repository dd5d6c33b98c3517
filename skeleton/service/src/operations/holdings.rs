//! What the stores hold, as counts and digests, to be compared with another service's.

use serde::Serialize;
use skeleton_host::{
    http::State,
    problem::{Json, Path, Problem},
};
use uuid::Uuid;

use super::{App, problem};

#[derive(Serialize)]
pub(super) struct Kinds {
    items: &'static [&'static str],
}

#[derive(Serialize)]
pub(super) struct List {
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    account: Uuid,
    count: u64,
    /// Hexadecimal: many readers of JSON take no integer of 64 bits.
    digest: String,
}

/// `GET /operator/v1/holdings`
pub(super) async fn kinds(State(app): State<App>) -> Json<Kinds> {
    let holdings = app.operations.holdings.as_ref();
    Json(Kinds {
        items: holdings.map_or(&[], |holdings| holdings.kinds()),
    })
}

/// `GET /operator/v1/holdings/{type}`
pub(super) async fn digests(
    State(app): State<App>,
    Path(kind): Path<String>,
) -> Result<Json<List>, Problem> {
    let holdings = app.operations.holdings.as_ref();
    let holdings = holdings.filter(|holdings| holdings.kinds().contains(&kind.as_str()));
    let holdings = holdings.ok_or_else(|| Problem::not_found("event type"))?;
    let digests = holdings.digests(&kind).await.map_err(problem)?;
    let items = digests
        .into_iter()
        .map(|(account, digest)| Item {
            account,
            count: digest.count,
            digest: format!("{:016x}", digest.digest),
        })
        .collect();
    Ok(Json(List { items }))
}
