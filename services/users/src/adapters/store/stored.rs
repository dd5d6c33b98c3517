//! The JSON that stands in columns. The version before reads what this one writes, and this one
//! everything in `tests/golden`.

use kith_shared::{ids::AccountId, open::OpenException, sharing::SharingException};
use serde::{Deserialize, Serialize};
use skeleton_durable::stored::Stored;

use crate::domain::sample::Persona;

/// `circle_member.exceptions`. It is only written when the member replaces its exceptions, so what a
/// later version keeps in them is not lost by other changes of the circle.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredExceptions(pub(super) Vec<OpenException>);

impl Stored for StoredExceptions {
    const TABLE: &'static str = "circle_member";
    const COLUMN: &'static str = "exceptions";
}

impl StoredExceptions {
    pub(super) fn of(exceptions: &[SharingException]) -> Self {
        Self(
            exceptions
                .iter()
                .cloned()
                .map(OpenException::from)
                .collect(),
        )
    }
}

/// `sample_network.personas`. Written once.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredPersonas(Vec<StoredPersona>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct StoredPersona {
    account_id: AccountId,
    display_name: String,
    email: String,
}

impl Stored for StoredPersonas {
    const TABLE: &'static str = "sample_network";
    const COLUMN: &'static str = "personas";
}

impl StoredPersonas {
    pub(super) fn of(personas: &[Persona]) -> Self {
        let stored = personas.iter().map(|persona| StoredPersona {
            account_id: persona.account_id,
            display_name: persona.display_name.clone(),
            email: persona.email.clone(),
        });
        Self(stored.collect())
    }

    pub(super) fn personas(self) -> Vec<Persona> {
        let personas = self.0.into_iter().map(|stored| Persona {
            account_id: stored.account_id,
            display_name: stored.display_name,
            email: stored.email,
        });
        personas.collect()
    }
}

#[cfg(test)]
mod tests {
    use kith_shared::{ids::PersonId, sharing::Sharing};
    use skeleton_durable::stored::golden::Golden;

    use super::*;

    #[test]
    fn every_stored_form_is_read_for_ever() {
        let id = |last: u8| {
            let text = format!("01890a5d-ac96-774b-bcce-b302099a80{last:02x}");
            text.parse::<uuid::Uuid>().unwrap()
        };
        let mut golden = Golden::of(env!("CARGO_MANIFEST_DIR"));
        golden.holds(&StoredExceptions::of(&[
            SharingException {
                person_id: Some(PersonId(id(1))),
                tag: None,
                sharing: Sharing::Hidden,
            },
            SharingException {
                person_id: None,
                tag: Some("friends".to_owned()),
                sharing: Sharing::Name,
            },
        ]));
        golden.holds(&StoredPersonas::of(&[Persona {
            account_id: AccountId(id(2)),
            display_name: "Juniper Vale".to_owned(),
            email: "juniper.vale.99a8@example.org".to_owned(),
        }]));
        golden.finish();
    }
}
