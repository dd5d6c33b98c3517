//! Strong keys in the clear, in the one spelling in which they are stored and compared.

use kith_formats::Contact;
use kith_shared::keys::{KeyKind, StrongKey};

use super::field::{FieldName, Form, spec};

/// A key: `email:ada@example.com`, `phone:+4930901820`, `profile:github.com/ada`, or
/// `uid:…`, a card's own identifier, which merges revisions of one card but says nothing to others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub String);

/// Shorter identifiers of cards are counters, not identifiers.
const UID_LEAST_BYTES: usize = 16;
const UID_MOST_BYTES: usize = 200;

impl Key {
    /// The key of an e-mail address; none for shared mailboxes and for what is no address.
    #[must_use]
    pub fn of_email(text: &str) -> Option<Self> {
        StrongKey::email(text).as_ref().map(Self::from)
    }

    /// The key of a profile's URL.
    #[must_use]
    pub fn of_profile(text: &str) -> Option<Self> {
        StrongKey::profile(text).as_ref().map(Self::from)
    }

    /// As the strong key that other services know, hashed. None for a card's identifier.
    #[must_use]
    pub fn strong(&self) -> Option<StrongKey> {
        let (kind, value) = self.0.split_once(':')?;
        let kind = match kind {
            "email" => KeyKind::Email,
            "phone" => KeyKind::Phone,
            "profile" => KeyKind::Profile,
            _ => return None,
        };
        Some(StrongKey {
            kind,
            value: value.to_owned(),
        })
    }

    /// The e-mail address that it is.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.0.strip_prefix("email:")
    }

    /// The key without its kind, to show to the owner.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(_, value)| value)
    }
}

impl From<&StrongKey> for Key {
    fn from(key: &StrongKey) -> Self {
        let kind = match key.kind {
            KeyKind::Email => "email",
            KeyKind::Phone => "phone",
            KeyKind::Profile => "profile",
        };
        Self(format!("{kind}:{}", key.value))
    }
}

/// All keys of a set of values, sorted, each once.
#[must_use]
pub fn keys_of_values<'a>(
    values: impl IntoIterator<Item = (FieldName, &'a str)>,
    region: Option<&str>,
) -> Vec<Key> {
    let key = |(field, text): (FieldName, &str)| match spec(field).form {
        Form::Email => StrongKey::email(text),
        Form::Phone => StrongKey::phone(text, region),
        Form::Url => StrongKey::profile(text),
        Form::Text | Form::Verbatim | Form::Day => None,
    };
    let keys = values.into_iter().filter_map(key);
    let mut keys: Vec<Key> = keys.map(|key| Key::from(&key)).collect();
    keys.sort();
    keys.dedup();
    keys
}

/// All keys of a contact, sorted, each once. An organisation's numbers and addresses are many
/// people's, so an organisation has none but its card's identifier.
#[must_use]
pub fn keys_of_contact(contact: &Contact, region: Option<&str>) -> Vec<Key> {
    let values = contact.values.iter().filter(|_| !contact.is_organisation);
    let values = values.flat_map(|(field, list)| list.iter().map(move |it| (field, &*it.value)));
    let mut keys = keys_of_values(values, region);
    let uid = contact.uid.as_deref().map(str::trim);
    keys.extend(
        uid.filter(|uid| (UID_LEAST_BYTES..=UID_MOST_BYTES).contains(&uid.len()))
            .map(|uid| Key(format!("uid:{uid}"))),
    );
    keys.sort();
    keys
}
