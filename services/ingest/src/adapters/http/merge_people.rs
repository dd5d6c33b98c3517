//! `POST /people/{id}/merges`: two persons are one.

use kith_shared::ids::{AccountId, PersonId};
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::State,
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;

use super::{App, bodies::Person, problems};

/// Who is the same person.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MergePeople {
    person_id: PersonId,
}

/// Say that two persons are one. Both ids go on to work; it can be undone.
#[utoipa::path(
    post, path = "/api/v1/people/{id}/merges", tag = "people",
    params(("id" = PersonId, Path)), request_body = MergePeople,
    responses((status = 200, body = Person), (status = 404, body = Problem), (status = 409, body = Problem))
)]
pub(super) async fn merge_people(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(body): Json<MergePeople>,
) -> Result<(ETag, Json<Person>), Problem> {
    let account = AccountId(caller.account);
    let view = app
        .merge_people(account, id, body.person_id)
        .await
        .map_err(problems::change)?;
    Ok((ETag(view.version), Json(Person::from(&view))))
}
