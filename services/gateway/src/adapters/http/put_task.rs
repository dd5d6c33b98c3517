//! `PUT /operator/v1/tasks/{name}`: the last word on a task, from whoever did it.

use std::sync::Arc;

use skeleton_host::{
    http::{State, StatusCode},
    problem::{Json, Path, Problem},
};

use super::{bodies, front::Front, problems};
use crate::domain::tasks::Task;

/// Keeps it.
pub(super) async fn put_task(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
    Json(task): Json<Task>,
) -> Result<StatusCode, Problem> {
    let task = bodies::named(task, name).ok_or_else(|| {
        Problem::malformed(
            "expected a name of lower-case letters, an archive of at most 200 characters and a \
             failure of at most 2000",
        )
    })?;
    front.app.keep_task(task).await.map_err(problems::store)?;
    Ok(StatusCode::NO_CONTENT)
}
