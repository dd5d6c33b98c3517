//! `GET /api/v1/reminders`
#![allow(
    unused_qualifications,
    reason = "the derive of `IntoParams` qualifies needlessly"
)]

use jiff::Timestamp;
use kith_shared::ids::AccountId;
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{Page, PageQuery, Pages},
    problem::{Json, Problem, Query},
};
use utoipa::IntoParams;
use uuid::Uuid;

use super::{
    bodies::{ReminderBody, StatusBody},
    problems,
};
use crate::application::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only those that stand so.
    status: Option<StatusBody>,
}

/// The caller's reminders, the next due first.
#[utoipa::path(
    get, path = "/api/v1/reminders", tag = "reminders", params(Which, PageQuery),
    responses((status = 200, body = Page<ReminderBody>), (status = 422, body = Problem))
)]
pub(super) async fn list_reminders(
    State(app): State<App>,
    caller: Caller,
    Query(which): Query<Which>,
    pages: Pages,
) -> Result<Json<Page<ReminderBody>>, Problem> {
    let (after, limit) = (pages.after::<(Timestamp, Uuid)>()?, pages.limit());
    let found = app
        .store
        .reminders(
            AccountId(caller.account),
            which.status.map(Into::into),
            after,
            limit + 1,
        )
        .await
        .map_err(problems::store)?;
    let page = pages.cut(found, |last| (last.due_at, last.id));
    Ok(Json(page.map(|reminder| ReminderBody::from(&reminder))))
}
