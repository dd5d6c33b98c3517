//! `POST /sessions`: sign in.

use jiff::Timestamp;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    http::{Headers, IntoResponse, State, StatusCode, header},
    problem::{Json, Problem},
};
use utoipa::ToSchema;

use super::{App, bodies::Account, problems};

/// Credentials.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateSession {
    email: String,
    #[schema(value_type = String)]
    password: SecretString,
}

/// A new session. The token is shown this once; a browser gets it as a cookie instead.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionCreated {
    token: String,
    expires_at: Timestamp,
    account: Account,
}

/// Sign in.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "sessions", request_body = CreateSession,
    responses(
        (status = 201, body = SessionCreated),
        (status = 401, body = Problem, description = "the address or the password is wrong"),
        (status = 429, body = Problem, description = "too many failed attempts for this address"),
    )
)]
pub(super) async fn create_session(
    State(app): State<App>,
    Headers(headers): Headers,
    Json(body): Json<CreateSession>,
) -> Result<impl IntoResponse, Problem> {
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok());
    let signed_in = app
        .sign_in(&body.email, body.password, agent)
        .await
        .map_err(problems::sign_in)?;
    let answer = SessionCreated {
        token: signed_in.token.expose().to_owned(),
        expires_at: signed_in.session.expires_at,
        account: Account::from(&signed_in.account),
    };
    Ok((
        StatusCode::CREATED,
        [(header::CACHE_CONTROL, "no-store")],
        Json(answer),
    ))
}
