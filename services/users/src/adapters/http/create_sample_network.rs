//! `POST /sample-network`: something to look at before one's own files are in.

use kith_shared::ids::AccountId;
use serde::Serialize;
use skeleton_host::{
    auth::Caller,
    http::{State, StatusCode},
    problem::{Json, Problem},
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{App, problems};

/// A circle with fictional accounts.
#[derive(Serialize, ToSchema)]
pub(super) struct SampleNetwork {
    circle_id: Uuid,
    accounts: Vec<SampleAccount>,
}

/// A fictional account.
#[derive(Serialize, ToSchema)]
pub(super) struct SampleAccount {
    id: Uuid,
    display_name: String,
    email: String,
}

/// Make five fictional accounts in a circle with me; generated files are imported for all six.
/// Asked again it answers with the same ones.
#[utoipa::path(
    post, path = "/api/v1/sample-network", tag = "circles",
    responses(
        (status = 202, body = SampleNetwork),
        (status = 404, body = Problem, description = "the account is gone"),
        (status = 409, body = Problem),
    )
)]
pub(super) async fn create_sample_network(
    State(app): State<App>,
    caller: Caller,
) -> Result<(StatusCode, Json<SampleNetwork>), Problem> {
    let sample = app
        .create_sample_network(AccountId(caller.account))
        .await
        .map_err(problems::sample)?;
    let accounts = sample.personas.into_iter().map(|persona| SampleAccount {
        id: persona.account_id.0,
        display_name: persona.display_name,
        email: persona.email,
    });
    let answer = SampleNetwork {
        circle_id: sample.circle_id.0,
        accounts: accounts.collect(),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}
