//! `GET /api/v1/paths`: who can introduce me to …?
#![allow(
    unused_qualifications,
    reason = "the derive of `IntoParams` qualifies needlessly"
)]

use kith_shared::ids::PersonId;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::State,
    problem::{FieldError, Json, Problem, Query},
};
use utoipa::{IntoParams, ToSchema};

use super::bodies::{Evidence, Somebody, evidence_of};
use crate::application::{
    App,
    find_paths::{Destination, FindPaths, FoundPath},
};

const LIMITS: std::ops::RangeInclusive<usize> = 1..=20;
const STEPS: std::ops::RangeInclusive<usize> = 1..=6;
const NAME_LIMIT: usize = 300;

/// To whom, and how many.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Question {
    /// A person of the own book, or of one that a circle shows. Give this or `to_organisation`.
    to: Option<PersonId>,
    /// The name of an organisation, however spelt. Give this or `to`.
    to_organisation: Option<String>,
    /// How many paths.
    #[serde(default = "default_limit")]
    #[param(minimum = 1, maximum = 20, default = 5)]
    limit: usize,
    /// Steps of the longest.
    #[serde(default = "default_steps")]
    #[param(minimum = 1, maximum = 6, default = 6)]
    max_steps: usize,
}

fn default_limit() -> usize {
    5
}

fn default_steps() -> usize {
    6
}

/// The best ways there.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Paths {
    /// Best first; none where there is no way.
    items: Vec<Path>,
    /// Always null: ask for more with `limit`.
    next: Option<String>,
    /// Whether a better way may be missing.
    approximate: bool,
}

/// A chain of people from the caller.
#[derive(Debug, Serialize, ToSchema)]
struct Path {
    /// The caller first.
    people: Vec<Somebody>,
    /// The ties between them, one fewer.
    steps: Vec<Step>,
    /// Product of the strengths, and of 0.8 for each step after the first.
    score: f64,
}

/// A tie on the way.
#[derive(Debug, Serialize, ToSchema)]
struct Step {
    /// Between 0 and 1.
    strength: f64,
    /// Why they are tied, what says most first.
    evidence: Vec<Evidence>,
}

/// Who can introduce me to a person, or to anybody at an organisation.
///
/// The paths run over the own book and over those that members of common circles share. Consent
/// counts at once: what somebody has just hidden is in no answer.
#[utoipa::path(
    get, path = "/api/v1/paths", tag = "paths", operation_id = "get_paths",
    params(Question),
    responses(
        (status = 200, body = Paths),
        (status = 401, body = Problem),
        (status = 404, description = "no such person, or none that the caller sees", body = Problem),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn get_paths(
    caller: Caller,
    State(app): State<App>,
    Query(question): Query<Question>,
) -> Result<Json<Paths>, Problem> {
    let found = app.find_paths(question.check(&caller)?).await?;
    let items = found.paths.into_iter().map(Path::from).collect();
    Ok(Json(Paths {
        items,
        next: None,
        approximate: found.approximate,
    }))
}

impl Question {
    fn check(self, caller: &Caller) -> Result<FindPaths, Problem> {
        let mut errors = Vec::new();
        let to = match (self.to, self.to_organisation) {
            (Some(person), None) => Some(Destination::Person(person)),
            (None, Some(name)) if name.trim().is_empty() || name.len() > NAME_LIMIT => {
                let expected = format!("expected a name of 1 to {NAME_LIMIT} bytes");
                errors.push(FieldError::new("/to_organisation", expected));
                None
            }
            (None, Some(name)) => Some(Destination::Organisation(name)),
            (None, None) => {
                errors.push(FieldError::new("/to", "expected `to` or `to_organisation`"));
                None
            }
            (Some(_), Some(_)) => {
                errors.push(FieldError::new(
                    "/to",
                    "expected one of `to` and `to_organisation`",
                ));
                None
            }
        };
        if !LIMITS.contains(&self.limit) {
            errors.push(FieldError::new(
                "/limit",
                "expected a whole number from 1 to 20",
            ));
        }
        if !STEPS.contains(&self.max_steps) {
            errors.push(FieldError::new(
                "/max_steps",
                "expected a whole number from 1 to 6",
            ));
        }
        match to {
            Some(to) if errors.is_empty() => Ok(FindPaths {
                asker: caller.account.into(),
                to,
                count: self.limit,
                max_steps: self.max_steps,
            }),
            _ => Err(Problem::validation(errors)),
        }
    }
}

impl From<FoundPath> for Path {
    fn from(found: FoundPath) -> Self {
        let steps = found.steps.iter();
        Self {
            steps: steps
                .map(|tie| Step {
                    strength: tie.strength,
                    evidence: evidence_of(tie),
                })
                .collect(),
            people: found.people.into_iter().map(Somebody::from).collect(),
            score: found.score,
        }
    }
}
