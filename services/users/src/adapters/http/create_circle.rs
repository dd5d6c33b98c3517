//! `POST /circles`: found a circle.

use kith_shared::ids::AccountId;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::{Response, State},
    idempotency::IdempotencyKey,
    problem::{Json, Problem},
};
use skeleton_service::once::Once;
use utoipa::ToSchema;

use super::{
    App,
    bodies::{Checks, Circle},
    problems,
};
use crate::{application::circles::CircleView, domain::text};

const PATH: &str = "/api/v1/circles";

/// A new circle.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateCircle {
    name: String,
}

/// Found a circle. I am its first member and show nothing to begin with.
#[utoipa::path(
    post, path = PATH, tag = "circles", request_body = CreateCircle,
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless")),
    responses((status = 201, body = Circle), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(super) async fn create_circle(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(body): Json<CreateCircle>,
) -> Result<Response, Problem> {
    let me = caller.account;
    let once = Once::of(me, &key, PATH, &body, app.clock.now())?;
    let shown = move |view: &CircleView| {
        let circle = Circle::seen_by(view, me);
        (Some(ETag(circle.version)), circle)
    };
    once.create(&*app.store, shown, async |keep| {
        let mut checks = Checks::default();
        let name = checks.take("/name", text::name(&body.name));
        checks.done()?;
        let made = app
            .create_circle(AccountId(me), name.unwrap_or_default(), keep)
            .await;
        made.map_err(problems::circle)
    })
    .await
}
