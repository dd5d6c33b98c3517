//! `GET /api/v1/organisations`
#![allow(
    unused_qualifications,
    reason = "the derive of `IntoParams` qualifies needlessly"
)]

use kith_shared::ids::AccountId;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::State,
    pages::{Page, PageQuery, Pages},
    problem::{Json, Problem, Query},
};
use utoipa::{IntoParams, ToSchema};

use super::bodies::check_query;
use crate::application::App;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OrganisationsQuery {
    /// What is typed so far, at most 200 characters. Empty: all.
    #[serde(default)]
    q: String,
}

/// An organisation at which people are.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Organisation {
    /// As most of its people's sources write it.
    name: String,
    /// How many people whom the caller may see are there.
    people: u64,
}

/// Organisations of the people whom the caller may see; most people first, then by name.
#[utoipa::path(
    get, path = "/api/v1/organisations", tag = "organisations", params(OrganisationsQuery, PageQuery),
    responses(
        (status = 200, body = Page<Organisation>), (status = 422, body = Problem),
        (status = 503, body = Problem),
    )
)]
pub(super) async fn list_organisations(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<OrganisationsQuery>,
    pages: Pages,
) -> Result<Json<Page<Organisation>>, Problem> {
    let text = check_query(&query.q)?;
    let (from, limit) = (pages.after::<usize>()?.unwrap_or(0), pages.limit());
    let all = app
        .list_organisations(AccountId(caller.account), text)
        .await?;
    let rest: Vec<_> = all.into_iter().skip(from).take(limit + 1).collect();
    let cut = pages.cut(rest, |_| from.saturating_add(limit));
    Ok(Json(
        cut.map(|(name, people)| Organisation { name, people }),
    ))
}
