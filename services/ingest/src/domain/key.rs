//! Keys: what records are found by, in the one spelling in which they are stored and compared. None
//! of them is an identity by itself; what each is worth as evidence, [`super::resolution`] says.

use kith_formats::{Contact, Labelled};
use kith_shared::keys::{KeyKind, StrongKey, mailbox};

use super::{
    field::{FieldName, Form, spec},
    resolution::{PersonName, digits, name_key},
};

/// A key: `email:ada@example.com`, `mailbox:…` for one with several addresses,
/// `phone:+4930901820;ext=12`, `profile:github.com/ada`, `digits:01712345`, the end of a number whose
/// country is not known, `name:ada lovelace`, or `uid:…`, a card's own identifier.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub String);

/// What a key is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// An address.
    Email,
    /// The mailbox behind an address that is one of several.
    Mailbox,
    /// A telephone number with its country.
    Phone,
    /// The end of a telephone number.
    Digits,
    /// A page of somebody on a network.
    Profile,
    /// The first and the last word of a name. Records are found by it, and it is no value.
    Name,
    /// A card's own identifier.
    Uid,
    /// A kind that a later version knows.
    Other,
}

/// Rises when more keys are made of the same values, or other ones.
const KEYS_VERSION: u32 = 2;

/// For which form of keys, and which region, keys are made.
#[must_use]
pub fn keyed_for(region: Option<&str>) -> String {
    format!("{KEYS_VERSION} {}", region.unwrap_or_default())
}

/// As many digits at the end of a number tell numbers of one country apart.
const TAIL_DIGITS: usize = 8;
/// Fewer are an extension or a short code.
const LEAST_DIGITS: usize = 6;

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

    /// What it is of.
    #[must_use]
    pub fn form(&self) -> KeyForm {
        match self.0.split_once(':') {
            Some(("email", _)) => KeyForm::Email,
            Some(("mailbox", _)) => KeyForm::Mailbox,
            Some(("phone", _)) => KeyForm::Phone,
            Some(("digits", _)) => KeyForm::Digits,
            Some(("profile", _)) => KeyForm::Profile,
            Some(("name", _)) => KeyForm::Name,
            Some(("uid", _)) => KeyForm::Uid,
            _ => KeyForm::Other,
        }
    }

    /// Whether it is of a name: records are found by it, and it is no value.
    #[must_use]
    pub fn is_name(&self) -> bool {
        self.form() == KeyForm::Name
    }

    /// The end of the number that it is.
    #[must_use]
    pub fn tail(&self) -> Option<String> {
        match self.form() {
            KeyForm::Digits => Some(self.shown().to_owned()),
            KeyForm::Phone => {
                let number = self.shown().split(';').next().unwrap_or_default();
                Some(tail(number))
            }
            _ => None,
        }
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

fn tail(number: &str) -> String {
    let digits = digits(number);
    digits[digits.len().saturating_sub(TAIL_DIGITS)..].to_owned()
}

/// Whether two spellings end in the same digits, as many as tell numbers of one country apart.
pub(super) fn ends_alike(one: &str, two: &str) -> bool {
    let end = tail(one);
    end.len() == TAIL_DIGITS && end == tail(two)
}

/// All keys of a set of values, sorted, each once.
#[must_use]
pub fn keys_of_values<'a>(
    values: impl IntoIterator<Item = (FieldName, &'a str)>,
    region: Option<&str>,
) -> Vec<Key> {
    let mut keys = Vec::new();
    for (field, text) in values {
        let strong = match spec(field).form {
            Form::Email => {
                let address = StrongKey::email(text);
                keys.extend(address.as_ref().and_then(mailbox_key));
                address
            }
            Form::Phone => {
                let number = StrongKey::phone(text, region);
                let extended = number.as_ref().is_some_and(|it| it.value.contains(';'));
                // An extension is somebody's, the number before it everybody's.
                keys.extend((!extended).then(|| digits_key(text)).flatten());
                number
            }
            Form::Url => StrongKey::profile(text),
            Form::Text | Form::Verbatim | Form::Day => None,
        };
        keys.extend(strong.as_ref().map(Key::from));
        if field == FieldName::Name {
            keys.extend(name_key(&PersonName::in_one(text)));
        }
    }
    keys.sort();
    keys.dedup();
    keys
}

/// Of an address that is not the only one of its mailbox, or not spelled as others may.
fn mailbox_key(address: &StrongKey) -> Option<Key> {
    let mailbox = mailbox(&address.value)?;
    let (_, domain) = mailbox.split_once('@')?;
    let is_one_of_several = mailbox != address.value
        || domain.contains("xn--")
        || mailbox_of_tagged(&mailbox) == Some(true);
    is_one_of_several.then(|| Key(format!("mailbox:{mailbox}")))
}

/// Whether other addresses, with dots or tags, reach the same mailbox.
fn mailbox_of_tagged(address: &str) -> Option<bool> {
    let (local, domain) = address.split_once('@')?;
    Some(mailbox(&format!("{local}+tag@{domain}")).as_deref() == Some(address))
}

fn digits_key(text: &str) -> Option<Key> {
    let tail = tail(text);
    (tail.len() >= LEAST_DIGITS).then(|| Key(format!("digits:{tail}")))
}

/// All keys of a contact, sorted, each once. An organisation's numbers and addresses are many
/// people's, so an organisation has its name and its card's identifier alone; neither is a machine
/// (a fax, a pager) or somebody else's telephone (an assistant's) a key of a person.
#[must_use]
pub fn keys_of_contact(contact: &Contact, region: Option<&str>) -> Vec<Key> {
    let values = contact.values.iter().filter(|_| !contact.is_organisation);
    let values = values.flat_map(|(field, list)| {
        let own = list
            .iter()
            .filter(move |it| field != FieldName::Phone || is_ones_own(it));
        own.map(move |it| (field, &*it.value))
    });
    let mut keys = keys_of_values(values, region);
    keys.extend(name_key(&PersonName::of(&contact.name)));
    let uid = contact.uid.as_deref().map(str::trim);
    keys.extend(
        uid.filter(|uid| (UID_LEAST_BYTES..=UID_MOST_BYTES).contains(&uid.len()))
            .map(|uid| Key(format!("uid:{uid}"))),
    );
    keys.sort();
    keys.dedup();
    keys
}

/// Words by which a number is called a machine's or another person's.
const NOT_ONES_OWN: &[&str] = &[
    "fax",
    "pager",
    "telex",
    "assist",
    "modem",
    "isdn",
    "tty",
    "callback",
    "secretary",
    "sekret",
    "reception",
    "switchboard",
    "zentrale",
    "vermittlung",
    "doorman",
    "standard",
];

/// Whether a number is called the person's own.
pub(super) fn is_ones_own(phone: &Labelled) -> bool {
    let words = phone
        .types
        .iter()
        .map(String::as_str)
        .chain(phone.label.as_deref());
    let mut words = words.map(str::to_lowercase);
    !words.any(|word| NOT_ONES_OWN.iter().any(|wanted| word.contains(wanted)))
}
