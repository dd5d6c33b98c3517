//! `POST /people`: add a person by hand.

use std::collections::BTreeMap;

use kith_shared::ids::AccountId;
use serde::{Deserialize, Serialize};
use skeleton_host::{
    auth::Caller,
    conditional::ETag,
    http::{Response, State},
    idempotency::IdempotencyKey,
    problem::{FieldError, Json, Problem},
};
use skeleton_service::once::Once;
use utoipa::ToSchema;

use super::{App, bodies::Person, problems};
use crate::{application::get_person::PersonView, domain::record::Edit};

const PATH: &str = "/api/v1/people";
/// Longest text of a field, in bytes.
const TEXT_BYTES: usize = 500;
/// Most values of a field.
const VALUES: usize = 50;

/// A new person.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AddPerson {
    display_name: String,
    #[serde(default)]
    nickname: Option<String>,
    #[serde(default)]
    emails: Option<Vec<String>>,
    #[serde(default)]
    phones: Option<Vec<String>>,
    #[serde(default)]
    urls: Option<Vec<String>>,
    #[serde(default)]
    organisation: Option<String>,
    #[serde(default)]
    title: Option<String>,
    /// `1815-12-10`, or `--12-10` without the year.
    #[serde(default)]
    birthday: Option<String>,
}

/// Add a person by hand. Where one of the addresses is somebody's in my book already, what is
/// said here joins that person.
#[utoipa::path(
    post, path = PATH, tag = "people", request_body = AddPerson,
    params(("Idempotency-Key" = Option<String>, Header, description = "makes a repetition harmless")),
    responses((status = 201, body = Person), (status = 422, body = Problem))
)]
pub(super) async fn add_person(
    State(app): State<App>,
    caller: Caller,
    key: IdempotencyKey,
    Json(body): Json<AddPerson>,
) -> Result<Response, Problem> {
    let me = caller.account;
    let once = Once::of(me, &key, PATH, &body, app.clock.now())?;
    let shown = |view: &PersonView| (Some(ETag(view.version)), Person::from(view));
    once.create(&*app.store, shown, async |keep| {
        let edit = body.edit();
        let mut errors = Vec::new();
        let name = edit.display_name.as_deref();
        if name.is_none_or(|name| name.trim().is_empty()) {
            errors.push(FieldError::new("/display_name", "expected a name"));
        }
        check(&edit, &mut errors);
        if !errors.is_empty() {
            return Err(Problem::validation(errors));
        }
        let made = app.add_person(AccountId(me), edit, keep).await;
        made.map_err(problems::change)
    })
    .await
}

impl AddPerson {
    fn edit(self) -> Edit {
        Edit {
            display_name: Some(self.display_name),
            nickname: self.nickname,
            emails: self.emails,
            phones: self.phones,
            urls: self.urls,
            organisation: self.organisation,
            title: self.title,
            birthday: self.birthday,
            rest: BTreeMap::new(),
        }
    }
}

/// Notes what is wrong with an edit.
pub(super) fn check(edit: &Edit, errors: &mut Vec<FieldError>) {
    let texts = [
        ("/display_name", &edit.display_name),
        ("/nickname", &edit.nickname),
        ("/organisation", &edit.organisation),
        ("/title", &edit.title),
        ("/birthday", &edit.birthday),
    ];
    for (pointer, text) in texts {
        if text.as_ref().is_some_and(|text| text.len() > TEXT_BYTES) {
            errors.push(FieldError::new(
                pointer,
                format!("expected at most {TEXT_BYTES} bytes"),
            ));
        }
    }
    let lists = [
        ("/emails", &edit.emails),
        ("/phones", &edit.phones),
        ("/urls", &edit.urls),
    ];
    for (pointer, list) in lists {
        let list = list.as_deref().unwrap_or_default();
        if list.len() > VALUES {
            errors.push(FieldError::new(
                pointer,
                format!("expected at most {VALUES} values"),
            ));
        }
        for (at, value) in list.iter().enumerate().take(VALUES) {
            if value.trim().is_empty() || value.len() > TEXT_BYTES {
                let detail = format!("expected 1 to {TEXT_BYTES} bytes");
                errors.push(FieldError::new(format!("{pointer}/{at}"), detail));
            } else if pointer == "/emails" && kith_shared::keys::normalise_email(value).is_none() {
                let detail = "expected an e-mail address such as ada@example.com";
                errors.push(FieldError::new(format!("{pointer}/{at}"), detail));
            }
        }
    }
    if let Some(birthday) = edit.birthday.as_deref().filter(|text| !text.is_empty())
        && !is_birthday(birthday)
    {
        errors.push(FieldError::new(
            "/birthday",
            "expected a day such as 1815-12-10, or --12-10 without the year",
        ));
    }
}

fn is_birthday(text: &str) -> bool {
    // 2000 was a leap year: 29 February is a birthday.
    let whole = text
        .strip_prefix("--")
        .map_or_else(|| text.to_owned(), |rest| format!("2000-{rest}"));
    whole.len() == 10 && whole.parse::<jiff::civil::Date>().is_ok()
}
