//! `POST /api/v1/templates`

use skeleton_host::{
    auth::Caller,
    http::{Response, State},
    idempotency::IdempotencyKey,
    problem::{Json, Problem},
};
use skeleton_service::once::Once;

use super::{
    bodies::{ThingBody, ThingInput},
    problems,
};
use crate::{application::App, domain::thing::Thing};

const PATH: &str = "/api/v1/templates";

/// Makes a thing.
#[utoipa::path(
    post, path = PATH, tag = "templates", request_body = ThingInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless")),
    responses((status = 201, body = ThingBody), (status = 422, body = Problem))
)]
pub(super) async fn create_thing(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(input): Json<ThingInput>,
) -> Result<Response, Problem> {
    let me = caller.account;
    let once = Once::of(me, &key, PATH, &input, app.clock.now())?;
    let shown = |thing: &Thing| (None, ThingBody::from(thing));
    once.create(&*app.store, shown, async |keep| {
        let made = app.create_thing(me, &input.name, keep).await;
        made.map_err(problems::create)
    })
    .await
}
