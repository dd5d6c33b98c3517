//! `GET /api/v1/people/{id}/ties`: whom somebody is tied to.

use jiff::{Timestamp, civil::Date};
use kith_shared::{events::network::Band, ids::PersonId};
use serde::Serialize;
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{Page, PageQuery, Pages},
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;

use super::bodies::{Evidence, Somebody, evidence_of};
use crate::application::{
    App,
    list_ties::{ListTies, ListedTie},
};

/// A tie, from the end that was asked about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonTie)]
pub(super) struct Tie {
    /// The other end.
    person: Somebody,
    /// Between 0 and 1, as of today.
    strength: f64,
    /// The strength as people speak of it.
    band: Band,
    /// First day of the first month of which something is known.
    first_at: Option<Date>,
    /// The last interaction.
    last_at: Option<Timestamp>,
    /// Why they are tied, what says most first.
    evidence: Vec<Evidence>,
}

/// Whom a person is tied to, strongest first, at most 1000.
///
/// The person is one of the own book, one that a circle shows, or the caller's own account id.
#[utoipa::path(
    get, path = "/api/v1/people/{id}/ties", tag = "people", operation_id = "list_ties",
    params(("id" = PersonId, Path, description = "a person"), PageQuery),
    responses(
        (status = 200, body = Page<Tie>),
        (status = 401, body = Problem),
        (status = 404, description = "no such person, or none that the caller sees", body = Problem),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn list_ties(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<PersonId>,
    pages: Pages,
) -> Result<Json<Page<Tie>>, Problem> {
    let skip: usize = pages.after()?.unwrap_or(0);
    let limit = pages.limit();
    let question = ListTies {
        viewer: caller.account.into(),
        of: id,
        skip,
        limit,
    };
    let listed = app.list_ties(question).await?;
    let next = listed.more.then(|| pages.next(&(skip + limit)));
    let items = listed.ties.into_iter().map(Tie::from).collect();
    Ok(Json(Page { items, next }))
}

impl From<ListedTie> for Tie {
    fn from(listed: ListedTie) -> Self {
        Self {
            strength: listed.tie.strength,
            band: Band::of(listed.tie.strength),
            first_at: listed.tie.first_at,
            last_at: listed.tie.last_at,
            evidence: evidence_of(&listed.tie),
            person: listed.person.into(),
        }
    }
}
