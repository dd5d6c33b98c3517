//! `GET /api/v1/people`
#![allow(
    unused_qualifications,
    reason = "the derive of `IntoParams` qualifies needlessly"
)]

use kith_shared::{
    events::network::Band,
    ids::{AccountId, PersonId},
};
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{PageQuery, Pages},
    problem::{Json, Problem, Query},
};
use utoipa::{IntoParams, ToSchema};

use super::bodies::check_query;
use crate::{
    application::{App, list_people::ShownPerson},
    domain::query::After,
};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PeopleQuery {
    /// What is typed so far, at most 200 characters. Every word must begin a word of the person;
    /// accents and case do not matter, typos are tolerated. Empty: everybody.
    #[serde(default)]
    q: String,
}

/// A person in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PersonSummary {
    id: PersonId,
    /// `Someone at Acme` where a member shows no names.
    display_name: String,
    organisation: Option<String>,
    title: Option<String>,
    /// Of the caller's own people only.
    emails: Vec<String>,
    /// Of the caller's own people only.
    tags: Vec<String>,
    /// How strong the owner's tie is, 0 to 1: the middle of its band.
    strength: f64,
    band: Band,
    owner: Owner,
}

/// Whose book a person is in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PersonOwner)]
pub(super) struct Owner {
    account_id: AccountId,
    display_name: String,
    /// Whether it is the caller.
    me: bool,
}

/// A page of people.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PeoplePage {
    items: Vec<PersonSummary>,
    /// Pass it as `cursor` to get the page after this; null on the last page.
    next: Option<String>,
    /// How many match in all.
    total: u64,
}

/// People as one types: the caller's own, and those that members of its circles share. Best match
/// first, then warmest, then by name; own people before others that match as well.
#[utoipa::path(
    get, path = "/api/v1/people", tag = "people", params(PeopleQuery, PageQuery),
    responses(
        (status = 200, body = PeoplePage), (status = 422, body = Problem),
        (status = 503, body = Problem),
    )
)]
pub(super) async fn list_people(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<PeopleQuery>,
    pages: Pages,
) -> Result<Json<PeoplePage>, Problem> {
    let text = check_query(&query.q)?;
    let after = pages.after::<After>()?;
    let me = AccountId(caller.account);
    let found = app.list_people(me, text, after, pages.limit()).await?;
    Ok(Json(PeoplePage {
        items: found
            .people
            .into_iter()
            .map(|person| summary(person, me))
            .collect(),
        next: found.next.map(|after| pages.next(&after)),
        total: found.total,
    }))
}

fn summary(person: ShownPerson, me: AccountId) -> PersonSummary {
    PersonSummary {
        id: person.id,
        display_name: person.display_name,
        organisation: person.organisation,
        title: person.title,
        emails: person.emails,
        tags: person.tags,
        strength: person.strength,
        band: person.band,
        owner: Owner {
            me: person.owner == me,
            account_id: person.owner,
            display_name: person.owner_name,
        },
    }
}
