//! `PATCH /people/{id}`: my word on a person.

use std::collections::BTreeMap;

use kith_shared::ids::{AccountId, PersonId};
use serde::{Deserialize, Deserializer};
use skeleton_host::{
    auth::Caller,
    conditional::{ETag, IfMatch},
    http::State,
    problem::{Json, Path, Problem},
};
use utoipa::ToSchema;

use super::{App, add_person::check, bodies::Person, problems};
use crate::{application::edit_person::Patch, domain::record::Edit};

/// What I say of a person. A field left out stays; null takes my word back, so that what files
/// say shows again; an empty list or text says that there is none.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EditPerson {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    display_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    nickname: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    emails: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    phones: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Vec<String>>)]
    urls: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    organisation: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    title: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    birthday: Option<Option<String>>,
}

/// Tells null from a field that is left out.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}

/// Say what holds of a person, over everything that files say.
#[utoipa::path(
    patch, path = "/api/v1/people/{id}", tag = "people",
    params(("id" = PersonId, Path), ("If-Match" = Option<String>, Header, description = "the version that I saw")),
    request_body = EditPerson,
    responses(
        (status = 200, body = Person), (status = 404, body = Problem),
        (status = 412, body = Problem), (status = 422, body = Problem),
    )
)]
pub(super) async fn edit_person(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<PersonId>,
    matches: IfMatch,
    Json(body): Json<EditPerson>,
) -> Result<(ETag, Json<Person>), Problem> {
    let mut errors = Vec::new();
    check(&body.values(), &mut errors);
    if !errors.is_empty() {
        return Err(Problem::validation(errors));
    }
    let account = AccountId(caller.account);
    let view = app
        .edit_person(account, id, body.patch(), matches.version())
        .await;
    let view = view.map_err(problems::change)?;
    Ok((ETag(view.version), Json(Person::from(&view))))
}

impl EditPerson {
    fn values(&self) -> Edit {
        Edit {
            display_name: self.display_name.clone().flatten(),
            nickname: self.nickname.clone().flatten(),
            emails: self.emails.clone().flatten(),
            phones: self.phones.clone().flatten(),
            urls: self.urls.clone().flatten(),
            organisation: self.organisation.clone().flatten(),
            title: self.title.clone().flatten(),
            birthday: self.birthday.clone().flatten(),
            rest: BTreeMap::new(),
        }
    }

    fn patch(self) -> Patch {
        Patch {
            display_name: self.display_name,
            nickname: self.nickname,
            emails: self.emails,
            phones: self.phones,
            urls: self.urls,
            organisation: self.organisation,
            title: self.title,
            birthday: self.birthday,
        }
    }
}
