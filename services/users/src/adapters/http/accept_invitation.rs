//! `POST /invitations/{id}/acceptance` and `POST /invitations/acceptance`: join a circle.

use kith_shared::{
    ids::{AccountId, InvitationId},
    sharing::Sharing,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::{IntoResponse, State},
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{App, bodies::Circle, problems};
use crate::{application::accept_invitation::Means, domain::secret::Secret};

/// What I show in the circle.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptInvitation {
    /// Nothing unless told.
    #[serde(default)]
    sharing: Sharing,
}

/// The code from the mail, and what I show in the circle.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptByCode {
    #[schema(value_type = String)]
    code: SecretString,
    /// Nothing unless told.
    #[serde(default)]
    sharing: Sharing,
}

/// Accept an invitation to one of my proven addresses.
#[utoipa::path(
    post, path = "/api/v1/invitations/{id}/acceptance", tag = "invitations",
    params(("id" = Uuid, Path)), request_body = AcceptInvitation,
    responses(
        (status = 200, body = Circle),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "it is over, or I cannot join"),
    )
)]
pub(super) async fn accept_invitation(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(body): Json<AcceptInvitation>,
) -> Result<impl IntoResponse, Problem> {
    accept(app, caller, Means::Id(InvitationId(id)), body.sharing).await
}

/// Accept an invitation with the code from its mail, which proves the address it was sent to.
#[utoipa::path(
    post, path = "/api/v1/invitations/acceptance", tag = "invitations", request_body = AcceptByCode,
    responses(
        (status = 200, body = Circle),
        (status = 404, body = Problem, description = "no such code, or it was used"),
        (status = 409, body = Problem, description = "it is over, or I cannot join"),
    )
)]
pub(super) async fn accept_invitation_by_code(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<AcceptByCode>,
) -> Result<impl IntoResponse, Problem> {
    let code = Secret::new(body.code.expose_secret().trim());
    accept(app, caller, Means::Code(code), body.sharing).await
}

async fn accept(
    app: App,
    caller: Caller,
    means: Means,
    sharing: Sharing,
) -> Result<impl IntoResponse, Problem> {
    let view = app
        .accept_invitation(AccountId(caller.account), &means, sharing)
        .await
        .map_err(problems::answer)?;
    let circle = Circle::seen_by(&view, caller.account);
    Ok((ETag(circle.version), Json(circle)))
}
