//! `POST /operator/v1/tasks/lease`: of several programs that could do the tasks, one does.

use std::{sync::Arc, time::Duration};

use skeleton_host::{
    http::State,
    problem::{Json, Problem},
};

use super::{
    bodies::{Lease, LeaseWish},
    front::Front,
    problems,
};

/// The longest that a lease lasts which is not prolonged, in seconds.
const LONGEST: u64 = 600;

/// Takes it or prolongs it.
pub(super) async fn take_lease(
    State(front): State<Arc<Front>>,
    Json(wish): Json<LeaseWish>,
) -> Result<Json<Lease>, Problem> {
    let time = Duration::from_secs(wish.seconds.min(LONGEST));
    let seen = front.app.take_lease(wish.holder, time).await;
    Ok(Json(seen.map_err(problems::store)?.into()))
}
