//! `GET /api/v1/notifications`

use jiff::Timestamp;
use kith_shared::ids::AccountId;
use serde::Serialize;
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{Page, PageQuery, Pages},
    problem::{Json, Problem},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{bodies::NotificationBody, problems};
use crate::application::App;

/// A page of notifications.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NotificationsPage {
    items: Vec<NotificationBody>,
    /// Pass it as `cursor` to get the page after this; null on the last page.
    next: Option<String>,
    /// How many are unread in all.
    unread: u64,
}

/// What the caller was told, newest first.
#[utoipa::path(
    get, path = "/api/v1/notifications", tag = "notifications", params(PageQuery),
    responses((status = 200, body = NotificationsPage), (status = 422, body = Problem))
)]
pub(super) async fn list_notifications(
    State(app): State<App>,
    caller: Caller,
    pages: Pages,
) -> Result<Json<NotificationsPage>, Problem> {
    let account = AccountId(caller.account);
    let (after, limit) = (pages.after::<(Timestamp, Uuid)>()?, pages.limit());
    let found = app
        .store
        .notifications(account, after, limit + 1)
        .await
        .map_err(problems::store)?;
    let unread = app
        .store
        .unread_count(account)
        .await
        .map_err(problems::store)?;
    let page = pages.cut(found, |last| (last.created_at, last.id));
    let Page { items, next } = page.map(NotificationBody::from);
    Ok(Json(NotificationsPage {
        items,
        next,
        unread,
    }))
}
