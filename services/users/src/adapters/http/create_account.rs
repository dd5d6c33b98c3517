//! `POST /accounts`: sign up.

use kith_shared::scopes::PROVEN_SIGN_UP;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::{Method, Response, State},
    idempotency::{IdempotencyKey, fingerprint},
    problem::{Json, Problem},
};
use skeleton_service::once::Once;
use utoipa::ToSchema;

use super::{
    App,
    bodies::{Account, Checks},
    problems,
};
use crate::{
    application::sign_up::SignUp,
    domain::{
        account::Account as SignedUp,
        text::{self, Email},
    },
    ports::sign_up_owner,
};

/// A wish for an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateAccount {
    email: String,
    /// 10 to 256 characters, not the e-mail address.
    #[schema(value_type = String, min_length = 10, max_length = 256)]
    password: SecretString,
    display_name: String,
    /// IANA name such as `Europe/Berlin`; `UTC` unless told.
    #[serde(default)]
    time_zone: Option<String>,
}

impl CreateAccount {
    fn parse(self) -> Result<SignUp, Problem> {
        let mut checks = Checks::default();
        let email = checks.take("/email", Email::parse(&self.email));
        checks.take(
            "/password",
            text::password(self.password.expose_secret(), &self.email),
        );
        let display_name = checks.take("/display_name", text::name(&self.display_name));
        let zone = self.time_zone.as_deref().unwrap_or("UTC");
        let time_zone = checks.take("/time_zone", text::time_zone(zone));
        checks.done()?;
        let (Some(email), Some(display_name), Some(time_zone)) = (email, display_name, time_zone)
        else {
            return Err(Problem::malformed(
                "expected email, password and display_name",
            ));
        };
        Ok(SignUp {
            email,
            password: self.password,
            display_name,
            time_zone,
        })
    }
}

/// Sign up. The address gets a mail with a code that proves it.
#[utoipa::path(
    post, path = "/api/v1/accounts", tag = "accounts", request_body = CreateAccount,
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless")),
    responses(
        (status = 201, body = Account),
        (status = 409, body = Problem, description = "an account with this address exists"),
        (status = 422, body = Problem, description = "some fields are not valid"),
    )
)]
pub(super) async fn create_account(
    State(app): State<App>,
    gateway: Option<Caller>,
    key: IdempotencyKey,
    Json(body): Json<CreateAccount>,
) -> Result<Response, Problem> {
    let wish = body.parse()?;
    // The password is left out: a fast hash of it must not be kept.
    let request = [wish.email.as_str(), &wish.display_name, &wish.time_zone].join("\n");
    let print = fingerprint(&Method::POST, "/api/v1/accounts", request.as_bytes());
    let owner = sign_up_owner(&wish.email);
    let once = Once::new(owner, &key, print, app.clock.now());
    let is_proven = gateway.is_some_and(|gateway| gateway.has_scope(PROVEN_SIGN_UP));
    let shown = |account: &SignedUp| (Some(ETag(account.version)), Account::from(account));
    once.create(&*app.store, shown, async |keep| {
        let made = app.sign_up(wish, is_proven, keep).await;
        made.map_err(problems::sign_up)
    })
    .await
}
