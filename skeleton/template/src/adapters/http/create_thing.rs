//! `POST /api/v1/templates`

use skeleton_host::{
    auth::Caller,
    http::{IntoResponse, Method, Response, State, StatusCode},
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Problem},
};
use skeleton_service::once::{Once, Seen};

use super::{
    store_problem,
    thing_body::{ThingBody, ThingInput},
};
use crate::application::{App, create_thing::CreateThingError};

const PATH: &str = "/api/v1/templates";

/// Makes a thing.
#[utoipa::path(
    post, path = PATH, tag = "templates", request_body = ThingInput,
    responses((status = 201, body = ThingBody), (status = 422, body = Problem))
)]
pub(super) async fn create_thing(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(input): Json<ThingInput>,
) -> Result<Response, Problem> {
    let fingerprint = fingerprint(&Method::POST, PATH, input.name.as_bytes());
    let (me, now) = (caller.account, app.clock.now());
    let once = match Once::look_up(&*app.store, me, &key, fingerprint, now).await? {
        Seen::New(once) => once,
        Seen::Before(response) => return Ok(response),
    };
    let made = app
        .create_thing(me, &input.name, |thing| {
            once.keep(StatusCode::CREATED, &ThingBody::from(thing))
        })
        .await;
    let outcome = match made {
        Ok(thing) => Ok((StatusCode::CREATED, Json(ThingBody::from(&thing))).into_response()),
        Err(CreateThingError::Name(error)) => Err(Problem::field("/name", error.to_string())),
        Err(CreateThingError::Store(error)) => Err(store_problem(error)),
    };
    once.settle(&*app.store, outcome).await
}
