//! `PATCH /circles/{id}/membership`: what I show in a circle.

use kith_shared::{
    ids::{AccountId, CircleId},
    sharing::{Sharing, SharingException},
};
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    conditional::{ETag, IfMatch},
    http::{IntoResponse, State},
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    App,
    bodies::{Checks, Circle},
    problems,
};
use crate::domain::circle::EXCEPTION_LIMIT;

/// Longest tag, in characters.
const TAG_LIMIT: usize = 100;

/// What is to change; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateMembership {
    #[serde(default)]
    sharing: Option<Sharing>,
    /// All exceptions: they replace those before.
    #[serde(default)]
    exceptions: Option<Vec<SharingException>>,
}

impl UpdateMembership {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        let exceptions = self.exceptions.as_deref().unwrap_or_default();
        if exceptions.len() > EXCEPTION_LIMIT {
            checks.reject(
                "/exceptions",
                &format!("expected at most {EXCEPTION_LIMIT}"),
            );
            return checks.done();
        }
        for (index, exception) in exceptions.iter().enumerate() {
            let tag_fits = |tag: &str| !tag.trim().is_empty() && tag.chars().count() <= TAG_LIMIT;
            match (exception.person_id, exception.tag.as_deref()) {
                (Some(_), None) => {}
                (None, Some(tag)) if tag_fits(tag) => {}
                (None, Some(_)) => checks.reject(
                    format!("/exceptions/{index}/tag"),
                    &format!("expected 1 to {TAG_LIMIT} characters"),
                ),
                _ => checks.reject(
                    format!("/exceptions/{index}"),
                    "expected either person_id or tag",
                ),
            }
        }
        checks.done()
    }
}

/// Change what I show in a circle.
#[utoipa::path(
    patch, path = "/api/v1/circles/{id}/membership", tag = "circles",
    params(
        ("id" = Uuid, Path),
        ("If-Match" = Option<String>, Header, description = "the ETag of the circle that was read"),
    ),
    request_body = UpdateMembership,
    responses(
        (status = 200, body = Circle),
        (status = 404, body = Problem),
        (status = 412, body = Problem, description = "the circle was changed in the meantime"),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn update_membership(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(body): Json<UpdateMembership>,
) -> Result<impl IntoResponse, Problem> {
    body.check()?;
    let view = app
        .update_membership(
            AccountId(caller.account),
            CircleId(id),
            body.sharing,
            body.exceptions,
            |version| seen.check(version).is_ok(),
        )
        .await
        .map_err(problems::circle)?;
    let circle = Circle::seen_by(&view, caller.account);
    Ok((ETag(circle.version), Json(circle)))
}
