//! `PATCH /api/v1/templates/{id}`

use skeleton_host::{
    auth::Caller,
    conditional::{ETag, IfMatch},
    http::State,
    problem::{Json, Path, Problem},
};
use uuid::Uuid;

use super::{
    bodies::{ThingBody, ThingInput},
    problems,
};
use crate::application::App;

/// Gives a thing another name. `If-Match` guards against overwriting what the caller has not seen.
#[utoipa::path(
    patch, path = "/api/v1/templates/{id}", tag = "templates", params(("id" = Uuid, Path)),
    request_body = ThingInput,
    responses(
        (status = 200, body = ThingBody), (status = 404, body = Problem),
        (status = 412, body = Problem), (status = 422, body = Problem),
    )
)]
pub(super) async fn rename_thing(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
    seen: IfMatch,
    Json(input): Json<ThingInput>,
) -> Result<(ETag, Json<ThingBody>), Problem> {
    let thing = app
        .rename_thing(caller.account, id, &input.name, seen.version())
        .await
        .map_err(problems::rename)?;
    Ok((ETag(thing.version), Json(ThingBody::from(&thing))))
}
