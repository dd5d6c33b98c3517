//! `POST /api/v1/templates`

use axum::{
    extract::State,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use skeleton_durable::commit::{CommitError, KeptAnswer};
use skeleton_host::{
    auth::Caller,
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Problem},
};

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
    if let Some(answer) = kept(&app, &caller, &key, &fingerprint).await? {
        return Ok(answer);
    }
    let at = app.clock.now();
    let made = app
        .create_thing(caller.account, &input.name, |thing| {
            Some(KeptAnswer {
                account: caller.account,
                key: key.get()?.to_owned(),
                fingerprint: fingerprint.clone(),
                status: 201,
                body: serde_json::to_string(&ThingBody::from(thing)).ok()?,
                at,
            })
        })
        .await;
    match made {
        Ok(thing) => Ok((StatusCode::CREATED, Json(ThingBody::from(&thing))).into_response()),
        Err(CreateThingError::Name(error)) => Err(Problem::field("/name", error.to_string())),
        // The same request came twice at once: the other one's answer is the answer.
        Err(CreateThingError::Store(CommitError::Repeated)) => {
            kept(&app, &caller, &key, &fingerprint)
                .await?
                .ok_or_else(|| Problem::conflict("the idempotency key is in use"))
        }
        Err(CreateThingError::Store(error)) => Err(store_problem(error)),
    }
}

/// The answer kept under the caller's key.
async fn kept(
    app: &App,
    caller: &Caller,
    key: &IdempotencyKey,
    fingerprint: &str,
) -> Result<Option<Response>, Problem> {
    let Some(key) = key.get() else {
        return Ok(None);
    };
    let Some(answer) = app
        .store
        .kept_answer(caller.account, key)
        .await
        .map_err(store_problem)?
    else {
        return Ok(None);
    };
    if answer.fingerprint != fingerprint {
        return Err(Problem::field(
            "/",
            "this idempotency key was used for another request",
        ));
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let body = [(axum::http::header::CONTENT_TYPE, "application/json")];
    Ok(Some((status, body, answer.body).into_response()))
}
