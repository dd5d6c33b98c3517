//! `DELETE /circles/{id}/invitations/{invitation}`: take an invitation back.

use kith_shared::ids::{AccountId, CircleId, InvitationId};
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Path, Problem},
};
use uuid::Uuid;

use super::{App, problems};

/// Take an open invitation back.
#[utoipa::path(
    delete, path = "/api/v1/circles/{id}/invitations/{invitation}", tag = "circles",
    params(("id" = Uuid, Path), ("invitation" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(super) async fn withdraw_invitation(
    State(app): State<App>,
    caller: Caller,
    Path((id, invitation)): Path<(Uuid, Uuid)>,
) -> Result<StatusCode, Problem> {
    app.withdraw_invitation(
        AccountId(caller.account),
        CircleId(id),
        InvitationId(invitation),
    )
    .await
    .map_err(problems::withdraw)?;
    Ok(StatusCode::NO_CONTENT)
}
