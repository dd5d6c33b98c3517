//! `POST /people`: add a person by hand.

use kith_shared::ids::AccountId;
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::{Response, State},
    idempotency::IdempotencyKey,
    problem::{FieldError, Json, Problem},
};
use skeleton_service::once::Once;

use super::{
    App,
    bodies::{Person, said::AddPerson},
    problems,
};
use crate::{application::get_person::PersonView, domain::field::FieldName};

const PATH: &str = "/api/v1/people";

/// Add a person by hand. Where one of the addresses is somebody's in my book already, what is
/// said here joins that person.
#[utoipa::path(
    post, path = PATH, tag = "people", request_body = AddPerson,
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless")),
    responses((status = 201, body = Person), (status = 422, body = Problem))
)]
pub(super) async fn add_person(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(body): Json<AddPerson>,
) -> Result<Response, Problem> {
    let me = caller.account;
    let once = Once::of(me, &key, PATH, &body, app.clock.now())?;
    let shown = |view: &PersonView| (Some(ETag(view.version)), Person::from(view));
    once.create(&*app.store, shown, async |keep| {
        let edit = body.edit();
        let mut errors = Vec::new();
        let name = edit.text(FieldName::Name);
        if name.is_none_or(|name| name.trim().is_empty()) {
            errors.push(FieldError::new("/display_name", "expected a name"));
        }
        body.check(&mut errors);
        if !errors.is_empty() {
            return Err(Problem::validation(errors));
        }
        let made = app.add_person(AccountId(me), edit, keep).await;
        made.map_err(problems::change)
    })
    .await
}
