//! `PATCH /people/{id}`: my word on a person.

use kith_shared::ids::{AccountId, PersonId};
use skeleton_host::{
    auth::Caller,
    conditional::{ETag, IfMatch},
    http::State,
    problem::{Json, Path, Problem},
};

use super::{
    App,
    bodies::{Person, said::EditPerson},
    problems,
};

/// Say what holds of a person, over everything that files say.
#[utoipa::path(
    patch, path = "/api/v1/people/{id}", tag = "people",
    params(("id" = PersonId, Path), ("If-Match" = Option<String>, Header, description = "the version that I saw")),
    request_body = EditPerson,
    responses(
        (status = 200, body = Person), (status = 404, body = Problem),
        (status = 412, body = Problem), (status = 422, body = Problem),
    )
)]
pub(super) async fn edit_person(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    matches: IfMatch,
    Json(body): Json<EditPerson>,
) -> Result<(ETag, Json<Person>), Problem> {
    let mut errors = Vec::new();
    body.check(&mut errors);
    if !errors.is_empty() {
        return Err(Problem::validation(errors));
    }
    let account = AccountId(caller.account);
    let view = app
        .edit_person(account, id, body.patch(), matches.version())
        .await;
    let view = view.map_err(problems::change)?;
    Ok((ETag(view.version), Json(Person::from(&view))))
}
