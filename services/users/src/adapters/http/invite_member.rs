//! `POST /circles/{id}/invitations`: invite somebody.

use kith_shared::ids::{AccountId, CircleId};
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::{Response, State},
    idempotency::IdempotencyKey,
    problem::{Json, Path, Problem},
};
use skeleton_service::once::Once;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    App,
    bodies::{Checks, Invitation},
    problems,
};
use crate::{application::list_invitations::InvitationView, domain::text::Email};

/// Whom to invite.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct InviteMember {
    email: String,
}

/// Invite an e-mail address to one of my circles. It gets a mail with a code.
#[utoipa::path(
    post, path = "/api/v1/circles/{id}/invitations", tag = "circles", request_body = InviteMember,
    params(
        ("id" = Uuid, Path),
        ("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless"),
    ),
    responses(
        (status = 201, body = Invitation),
        (status = 404, body = Problem),
        (status = 409, body = Problem, description = "a member, invited already, or the circle is full"),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn invite_member(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    key: IdempotencyKey,
    Json(body): Json<InviteMember>,
) -> Result<Response, Problem> {
    let path = format!("/api/v1/circles/{id}/invitations");
    let once = Once::of(caller.account, &key, &path, &body, app.clock.now())?;
    let shown = |view: &InvitationView| (None, Invitation::from(view));
    once.create(&*app.store, shown, async |keep| {
        let mut checks = Checks::default();
        let Some(email) = checks.take("/email", Email::parse(&body.email)) else {
            checks.done()?;
            return Err(Problem::malformed("expected email"));
        };
        let made = app
            .invite_member(AccountId(caller.account), CircleId(id), email, keep)
            .await;
        made.map_err(problems::invite)
    })
    .await
}
