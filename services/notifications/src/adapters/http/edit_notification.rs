//! `PATCH /api/v1/notifications/{id}`

use kith_shared::ids::{AccountId, NotificationId};
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    http::State,
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{bodies::NotificationBody, problems};
use crate::application::App;

/// What is to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NotificationEdit {
    /// Whether it was read.
    read: bool,
}

/// Marks a notification as read or unread.
#[utoipa::path(
    patch, path = "/api/v1/notifications/{id}", tag = "notifications",
    params(("id" = Uuid, Path)), request_body = NotificationEdit,
    responses((status = 200, body = NotificationBody), (status = 404, body = Problem))
)]
pub(super) async fn edit_notification(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(input): Json<NotificationEdit>,
) -> Result<Json<NotificationBody>, Problem> {
    let marked = app
        .mark_notification(AccountId(caller.account), NotificationId(id), input.read)
        .await
        .map_err(problems::mark)?;
    Ok(Json(marked.into()))
}
