//! Asks the service `users` whose session a token opens.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kith_shared::scopes::PROVEN_SIGN_UP;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use skeleton_host::{
    auth::{Caller, TokenSigner},
    http::{Request, StatusCode, header, to_bytes},
    upstream::Upstream,
};
use skeleton_service::operations;
use uuid::Uuid;

use crate::ports::{CheckError, SessionCheck};

/// What the gateway's own token is allowed to ask.
const SCOPE: &str = "gateway";
/// A session never has these: they are the gateway's to give.
const RESERVED: [&str; 3] = [SCOPE, operations::SCOPE, PROVEN_SIGN_UP];
/// How often a question is put that nobody answered: it changes nothing.
const TRIES: usize = 2;
const ANSWER_LIMIT_BYTES: usize = 64 * 1024;

/// Asks over the way to `users`, as the gateway itself.
pub(crate) struct UsersSessions {
    pub(crate) upstream: Upstream,
    pub(crate) signer: Arc<TokenSigner>,
}

#[derive(Deserialize)]
struct Answer {
    account_id: Uuid,
    session_id: Uuid,
    #[serde(default)]
    scopes: Vec<String>,
}

#[async_trait(?Send)]
impl SessionCheck for UsersSessions {
    async fn check(&self, token: &SecretString) -> Result<Option<Caller>, CheckError> {
        let gateway = Caller {
            account: Uuid::nil(),
            session: Uuid::nil(),
            scopes: vec![SCOPE.to_owned()],
        };
        let body = serde_json::json!({ "token": token.expose_secret() }).to_string();
        let signed = self.signer.authorization(&gateway, "users");
        let mut tries = 0;
        let response = loop {
            tries += 1;
            let request = Request::post("/internal/sessions/check")
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::AUTHORIZATION, signed.clone())
                .body(body.clone());
            let response = self.upstream.call(request).await;
            if response.status() != StatusCode::SERVICE_UNAVAILABLE || tries == TRIES {
                break response;
            }
        };
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::SERVICE_UNAVAILABLE => {
                return Err(unavailable(1));
            }
            status => {
                tracing::error!(%status, "users did not check a session");
                return Err(unavailable(5));
            }
        }
        let body = to_bytes(response.into_body(), ANSWER_LIMIT_BYTES)
            .await
            .map_err(|error| CheckError::Internal(error.into()))?;
        let mut answer: Answer =
            serde_json::from_slice(&body).map_err(|error| CheckError::Internal(error.into()))?;
        answer
            .scopes
            .retain(|scope| !RESERVED.contains(&scope.as_str()));
        Ok(Some(Caller {
            account: answer.account_id,
            session: answer.session_id,
            scopes: answer.scopes,
        }))
    }
}

fn unavailable(seconds: u64) -> CheckError {
    CheckError::Unavailable {
        retry_after: Duration::from_secs(seconds),
    }
}
