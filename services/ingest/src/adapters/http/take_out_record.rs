//! `DELETE /people/{id}/records/{record_id}`: what this record says is somebody else's.

use kith_shared::ids::{AccountId, PersonId, RecordId};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::State,
    problem::{Json, Path, Problem},
};

use super::{App, bodies::Person, problems};

/// Take one record out of a person. It becomes a person of its own, which is the answer, and is not
/// joined by rule again to those from whom it was taken.
#[utoipa::path(
    delete, path = "/api/v1/people/{id}/records/{record_id}", tag = "people",
    params(("id" = PersonId, Path), ("record_id" = RecordId, Path)),
    responses((status = 200, body = Person), (status = 404, body = Problem), (status = 409, body = Problem))
)]
pub(super) async fn take_out_record(
    State(app): State<App>,
    caller: Caller,
    Path((id, record)): Path<(PersonId, RecordId)>,
) -> Result<(ETag, Json<Person>), Problem> {
    let account = AccountId(caller.account);
    let view = app
        .take_out_record(account, id, record)
        .await
        .map_err(problems::change)?;
    Ok((ETag(view.version), Json(Person::from(&view))))
}
