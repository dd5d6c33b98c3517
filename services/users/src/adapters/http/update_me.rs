//! `PATCH /me`: call myself something else, live somewhere else.

use kith_shared::ids::AccountId;
use serde::{Deserialize, Deserializer};
use skeleton_host::{
    auth::Caller,
    conditional::{ETag, IfMatch},
    http::{IntoResponse, State},
    problem::{Json, Problem},
};
use utoipa::ToSchema;

use super::{
    App,
    bodies::{Account, Checks},
    problems,
};
use crate::domain::{account::Edit, text};

/// What is to change; the rest stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateMe {
    #[serde(default)]
    display_name: Option<String>,
    /// IANA name such as `Europe/Berlin`.
    #[serde(default)]
    time_zone: Option<String>,
    /// Country code such as `DE` for telephone numbers written without one; null removes it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    region: Option<Option<String>>,
}

/// Tells null from absent.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl UpdateMe {
    fn parse(self) -> Result<Edit, Problem> {
        let mut checks = Checks::default();
        let edit = Edit {
            display_name: self
                .display_name
                .and_then(|name| checks.take("/display_name", text::name(&name))),
            time_zone: self
                .time_zone
                .and_then(|zone| checks.take("/time_zone", text::time_zone(&zone))),
            region: match self.region {
                Some(Some(code)) => checks.take("/region", text::region(&code)).map(Some),
                other => other,
            },
        };
        checks.done()?;
        Ok(edit)
    }
}

/// Edit my account.
#[utoipa::path(
    patch, path = "/api/v1/me", tag = "accounts", request_body = UpdateMe,
    params(("If-Match" = Option<String>, Header, description = "the ETag of what was read")),
    responses(
        (status = 200, body = Account),
        (status = 412, body = Problem, description = "it was changed in the meantime"),
        (status = 422, body = Problem),
    )
)]
pub(super) async fn update_me(
    State(app): State<App>,
    caller: Caller,
    seen: IfMatch,
    Json(body): Json<UpdateMe>,
) -> Result<impl IntoResponse, Problem> {
    let edit = body.parse()?;
    let account = app
        .update_me(AccountId(caller.account), edit, |version| {
            seen.check(version).is_ok()
        })
        .await
        .map_err(problems::edit)?;
    Ok((ETag(account.version), Json(Account::from(&account))))
}
