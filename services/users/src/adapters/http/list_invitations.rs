//! `GET /invitations`: what I am invited to.

use kith_shared::ids::{AccountId, InvitationId};
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{Page, PageQuery, Pages},
    problem::{Json, Problem},
};
use uuid::Uuid;

use super::{App, bodies::Invitation, problems};

/// Open invitations to my proven addresses, newest first.
#[utoipa::path(
    get, path = "/api/v1/invitations", tag = "invitations", params(PageQuery),
    responses((status = 200, body = Page<Invitation>), (status = 401, body = Problem))
)]
pub(super) async fn list_invitations(
    State(app): State<App>,
    caller: Caller,
    pages: Pages,
) -> Result<Json<Page<Invitation>>, Problem> {
    let before = pages.after::<Uuid>()?.map(InvitationId);
    let limit = pages.limit();
    let found = app
        .list_invitations(AccountId(caller.account), before, limit + 1)
        .await
        .map_err(problems::store)?;
    let page = pages.cut(found, |view| view.invitation.id.0);
    Ok(Json(page.map(|view| Invitation::from(&view))))
}
