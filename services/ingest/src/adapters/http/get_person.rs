//! `GET /people/{id}`: a person of the book.

use kith_shared::ids::{AccountId, PersonId};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::State,
    problem::{Json, Path, Problem},
};

use super::{App, bodies::Person, problems};

/// A person of my book, by any id it ever had.
#[utoipa::path(
    get, path = "/api/v1/people/{id}", tag = "people",
    params(("id" = PersonId, Path)),
    responses((status = 200, body = Person), (status = 404, body = Problem))
)]
pub(super) async fn get_person(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
) -> Result<(ETag, Json<Person>), Problem> {
    let view = app
        .get_person(AccountId(caller.account), id)
        .await
        .map_err(problems::store)?;
    let view = view.ok_or_else(|| Problem::not_found("person"))?;
    Ok((ETag(view.version), Json(Person::from(&view))))
}
