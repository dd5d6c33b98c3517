//! The part of the API that the test asks, with the field that is new.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use skeleton_durable::{
    Cause,
    clock::Clock,
    commit::{ChangeSet, Commit as _, CommitError},
    sql::postgres::Store,
};
use skeleton_host::{
    auth::Caller,
    http::{IntoResponse, Method, Response, Routes, State, StatusCode},
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Problem},
};
use skeleton_service::once::{Once, Seen};
use uuid::Uuid;

use crate::{
    store::{self, Write},
    thing::{NEW, Thing, ThingChanged},
};

const PATH: &str = "/api/v1/templates";

#[derive(Clone)]
pub(crate) struct App {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<dyn Clock>,
}

pub(crate) fn routes(app: App) -> Routes {
    Routes::new()
        .on(Method::POST, PATH, create_thing)
        .on(Method::GET, PATH, list_things)
        .on(Method::GET, "/api/v1/templates/activity", get_activity)
        .with_state(app)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    name: String,
}

async fn create_thing(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(input): Json<Input>,
) -> Result<Response, Problem> {
    let (me, now) = (caller.account, app.clock.now());
    // As the version before makes it, to which the same request may have come first.
    let fingerprint = fingerprint(&Method::POST, PATH, input.name.as_bytes());
    let once = match Once::look_up::<Write>(&*app.store, me, &key, fingerprint, now).await? {
        Seen::New(once) => once,
        Seen::Before(response) => return Ok(response),
    };
    let thing = Thing {
        id: Uuid::now_v7(),
        account: me,
        version: 1,
        name: input.name,
        colour: NEW.to_owned(),
    };
    let change = ChangeSet::new()
        .answer(once.keep(StatusCode::CREATED, &thing))
        .write(Write::New(thing.clone()))
        .event(&ThingChanged::from(&thing), now, &Cause::default());
    let outcome = match app.store.commit(change).await {
        Ok(()) => Ok((StatusCode::CREATED, Json(thing)).into_response()),
        Err(CommitError::Repeated) => Err(Problem::conflict("the idempotency key is in use")),
        Err(error) => Err(Problem::internal(&error)),
    };
    once.settle::<Write>(&*app.store, outcome).await
}

async fn list_things(State(app): State<App>, caller: Caller) -> Result<Json<Value>, Problem> {
    let things = store::things(&app.store, caller.account)
        .await
        .map_err(|error| Problem::internal(&error))?;
    Ok(Json(json!({"items": things, "next": null})))
}

async fn get_activity(State(app): State<App>, caller: Caller) -> Result<Json<Value>, Problem> {
    let (changes, by_this_version) = store::activity(&app.store, caller.account)
        .await
        .map_err(|error| Problem::internal(&error))?;
    Ok(Json(
        json!({"changes": changes, "by_this_version": by_this_version}),
    ))
}
