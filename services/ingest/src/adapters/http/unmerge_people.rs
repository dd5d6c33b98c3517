//! `DELETE /people/{id}/merges/{merge_id}`: they are two persons after all.

use kith_shared::ids::{AccountId, PersonId};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::State,
    problem::{Json, Path, Problem},
};
use uuid::Uuid;

use super::{App, bodies::Person, problems};

/// Undo a merge. It restores exactly what was, and the two are not merged by an address again.
#[utoipa::path(
    delete, path = "/api/v1/people/{id}/merges/{merge_id}", tag = "people",
    params(("id" = PersonId, Path), ("merge_id" = Uuid, Path)),
    responses((status = 200, body = Person), (status = 404, body = Problem))
)]
pub(super) async fn unmerge_people(
    State(app): State<App>,
    caller: Caller,
    Path((id, merge_id)): Path<(PersonId, Uuid)>,
) -> Result<(ETag, Json<Person>), Problem> {
    let account = AccountId(caller.account);
    let view = app
        .unmerge_people(account, id, merge_id)
        .await
        .map_err(problems::change)?;
    Ok((ETag(view.version), Json(Person::from(&view))))
}
