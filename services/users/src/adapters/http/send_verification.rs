//! `POST /me/addresses/{id}/verification-mails`: send the code again.

use kith_shared::ids::{AccountId, AddressId};
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Path, Problem},
};
use uuid::Uuid;

use super::{App, problems};

/// Send a new code; the one before is no good any more.
#[utoipa::path(
    post, path = "/api/v1/me/addresses/{id}/verification-mails", tag = "accounts",
    params(("id" = Uuid, Path)),
    responses(
        (status = 202),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "it is proven, or no e-mail address"),
        (status = 429, body = Problem, description = "one was sent a moment ago"),
    )
)]
pub(super) async fn send_verification(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<StatusCode, Problem> {
    app.send_verification(AccountId(caller.account), AddressId(id))
        .await
        .map_err(problems::send_verification)?;
    Ok(StatusCode::ACCEPTED)
}
