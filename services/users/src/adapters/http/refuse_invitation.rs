//! `POST /invitations/{id}/refusal`: say no.

use kith_shared::ids::{AccountId, InvitationId};
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Path, Problem},
};
use uuid::Uuid;

use super::{App, problems};

/// Refuse an invitation to one of my proven addresses.
#[utoipa::path(
    post, path = "/api/v1/invitations/{id}/refusal", tag = "invitations", params(("id" = Uuid, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem))
)]
pub(super) async fn refuse_invitation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.refuse_invitation(AccountId(caller.account), InvitationId(id))
        .await
        .map_err(problems::answer)?;
    Ok(StatusCode::NO_CONTENT)
}
