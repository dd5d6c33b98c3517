//! `GET /operator/v1/tasks`: what the operator's regular tasks came to.

use std::sync::Arc;

use skeleton_host::{
    http::State,
    problem::{Json, Problem},
};

use super::{bodies::Tasks, front::Front, problems};

/// The last word on each.
pub(super) async fn list_tasks(State(front): State<Arc<Front>>) -> Result<Json<Tasks>, Problem> {
    let items = front.app.tasks().await.map_err(problems::store)?;
    Ok(Json(Tasks { items }))
}
