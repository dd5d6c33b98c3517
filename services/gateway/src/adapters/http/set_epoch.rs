//! `PUT /operator/v1/epoch`: what the services hold was restored.

use std::sync::Arc;

use serde::Deserialize;
use skeleton_host::{
    http::{State, StatusCode},
    problem::{Json, Problem},
};
use uuid::Uuid;

use super::{front::Front, problems};

/// The epoch that begins.
#[derive(Deserialize)]
pub(super) struct Begin {
    id: Uuid,
}

/// From now on nothing counts that was read before.
pub(super) async fn set_epoch(
    State(front): State<Arc<Front>>,
    Json(begin): Json<Begin>,
) -> Result<StatusCode, Problem> {
    let begun = front.app.begin_epoch(begin.id).await;
    begun.map_err(problems::store)?;
    Ok(StatusCode::NO_CONTENT)
}
