//! `POST /internal/sessions/check`: the gateway asks whose token this is. Not published, and open
//! to callers with the scope `gateway` only.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    http::State,
    problem::{Json, Problem},
};
use uuid::Uuid;

use super::{App, problems};
use crate::domain::secret::Secret;

/// Where it is asked.
pub(super) const PATH: &str = "/internal/sessions/check";
/// The scope that the gateway's own tokens carry.
const SCOPE: &str = "gateway";
/// Longer texts are no tokens of ours, in bytes.
const TOKEN_LIMIT: usize = 256;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckSession {
    token: secrecy::SecretString,
}

#[derive(Serialize)]
pub(super) struct SessionChecked {
    account_id: Uuid,
    session_id: Uuid,
    expires_at: Timestamp,
    scopes: Vec<String>,
}

/// 404 for a token that opens nothing; 401 and 403 are about the gateway itself.
pub(super) async fn check_session(
    State(app): State<App>,
    caller: Caller,
    Json(body): Json<CheckSession>,
) -> Result<Json<SessionChecked>, Problem> {
    use secrecy::ExposeSecret;
    caller.require_scope(SCOPE)?;
    let text = body.token.expose_secret();
    let found = if text.len() > TOKEN_LIMIT {
        None
    } else {
        app.check_session(&Secret::new(text))
            .await
            .map_err(problems::store)?
    };
    let session = found.ok_or_else(|| Problem::not_found("session"))?;
    Ok(Json(SessionChecked {
        account_id: session.account_id.0,
        session_id: session.id.0,
        expires_at: session.expires_at,
        scopes: Vec::new(),
    }))
}
