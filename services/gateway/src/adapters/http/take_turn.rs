//! `POST /operator/v1/tasks/turn`: of several programs that do the tasks, one has the turn.

use std::{sync::Arc, time::Duration};

use skeleton_host::{
    http::State,
    problem::{Json, Problem},
};

use super::{
    bodies::{Turn, TurnWish},
    front::Front,
    problems,
};

/// The longest that a turn lasts which is not prolonged.
const LONGEST: u64 = 600;

/// Takes it or prolongs it.
pub(super) async fn take_turn(
    State(front): State<Arc<Front>>,
    Json(wish): Json<TurnWish>,
) -> Result<Json<Turn>, Problem> {
    let time = Duration::from_secs(wish.seconds.min(LONGEST));
    let seen = front.app.take_turn(wish.holder, time).await;
    Ok(Json(seen.map_err(problems::store)?.into()))
}
