//! `GET /api/v1/people/{id}/neighbourhood`: a picture of the people around somebody.
#![allow(
    unused_qualifications,
    reason = "the derive of `IntoParams` qualifies needlessly"
)]

use kith_shared::ids::PersonId;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::State,
    problem::{Json, Path, Problem, Query},
};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::application::{
    App,
    check::Shown,
    show_neighbourhood::{Neighbourhood, ShowNeighbourhood},
};

const LIMITS: std::ops::RangeInclusive<usize> = 1..=100;

/// How many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Size {
    /// How many people besides the one in the centre.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 100, default = 40)]
    limit: usize,
}

fn default_limit() -> usize {
    40
}

/// The picture.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Neighbourhood)]
pub(super) struct Picture {
    /// The one in the centre first, then the nearest.
    nodes: Vec<Node>,
    /// Ties among them, the strongest first.
    edges: Vec<Edge>,
}

/// Somebody in the picture.
#[derive(Debug, Serialize, ToSchema)]
struct Node {
    /// Identifies the node: the person's id, else the account's, else one made up for the picture.
    id: Uuid,
    /// The person to look up; null for the caller, and for whoever is shown without a name.
    person_id: Option<PersonId>,
    /// The name, `Someone at …` where it is withheld.
    display_name: String,
    /// Where they work.
    organisation: Option<String>,
    /// Whether it is the caller.
    me: bool,
    /// Whether it is the one that was asked about.
    centre: bool,
    /// To the right, -1 to 1.
    x: f64,
    /// Downwards, -1 to 1.
    y: f64,
}

/// A tie in the picture.
#[derive(Debug, Serialize, ToSchema)]
struct Edge {
    /// Id of one node.
    a: Uuid,
    /// Id of the other.
    b: Uuid,
    /// Between 0 and 1.
    strength: f64,
}

/// The people around a person and the ties among them, with places in a picture.
///
/// The person is one of the own book, one that a circle shows, or the caller's own account id.
#[utoipa::path(
    get, path = "/api/v1/people/{id}/neighbourhood", tag = "people",
    operation_id = "get_neighbourhood",
    params(("id" = PersonId, Path, description = "a person"), Size),
    responses(
        (status = 200, body = Picture),
        (status = 401, body = Problem),
        (status = 404, description = "no such person, or none that the caller sees", body = Problem),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn get_neighbourhood(
    caller: Caller,
    State(app): State<App>,
    Path(id): Path<PersonId>,
    Query(size): Query<Size>,
) -> Result<Json<Picture>, Problem> {
    if !LIMITS.contains(&size.limit) {
        return Err(Problem::field(
            "/limit",
            "expected a whole number from 1 to 100",
        ));
    }
    let question = ShowNeighbourhood {
        viewer: caller.account.into(),
        of: id,
        limit: size.limit,
    };
    Ok(Json(app.show_neighbourhood(question).await?.into()))
}

impl From<Neighbourhood> for Picture {
    fn from(found: Neighbourhood) -> Self {
        let ids: Vec<Uuid> = (1..)
            .zip(&found.people)
            .map(|(place, (shown, _))| node_id(place, shown))
            .collect();
        let edge = |(a, b, strength): (usize, usize, f64)| Edge {
            a: ids[a],
            b: ids[b],
            strength,
        };
        Self {
            edges: found.ties.into_iter().map(edge).collect(),
            nodes: found
                .people
                .into_iter()
                .zip(&ids)
                .enumerate()
                .map(|(place, ((shown, at), id))| Node {
                    id: *id,
                    person_id: shown.person,
                    display_name: shown.display_name,
                    organisation: shown.organisation,
                    me: shown.me,
                    centre: place == 0,
                    x: at.x,
                    y: at.y,
                })
                .collect(),
        }
    }
}

/// Nobody without a name is given an id that could be followed elsewhere.
fn node_id(place: u128, shown: &Shown) -> Uuid {
    let known = shown.person.map(|id| id.0).or(shown.account.map(|id| id.0));
    known.unwrap_or(Uuid::from_u128(place))
}
