//! `GET /api/v1/templates/{id}`

use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::State,
    problem::{Json, Path, Problem},
};
use uuid::Uuid;

use super::{bodies::ThingBody, problems};
use crate::application::App;

/// A thing of the caller's.
#[utoipa::path(
    get, path = "/api/v1/templates/{id}", tag = "templates", params(("id" = Uuid, Path)),
    responses((status = 200, body = ThingBody), (status = 404, body = Problem))
)]
pub(super) async fn get_thing(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Result<(ETag, Json<ThingBody>), Problem> {
    let found = app
        .store
        .thing(caller.account, id)
        .await
        .map_err(problems::store)?;
    let thing = found.ok_or_else(|| Problem::not_found("thing"))?;
    Ok((ETag(thing.version), Json(ThingBody::from(&thing))))
}
