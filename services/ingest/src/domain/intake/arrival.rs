//! What becomes of an entry of a file before anything is decided: whose it is, by what it is found,
//! and by what it is known again.

use kith_formats::{Contact, FieldName, Labelled, Photo};
use kith_shared::keys::{KeyHasher, normalise_email};

use super::What;
use crate::domain::{
    account::Account,
    correspondence::Correspondent,
    import::Import,
    key::keys_of_contact,
    receipt::Outcome,
    record::{Arrival, Said, Source},
    resolution::PersonName,
    revision::content,
};

pub(super) fn contact_arrives(
    mut contact: Contact,
    raw: String,
    position: &str,
    import: &Import,
    owner: &Account,
    hasher: &KeyHasher,
) -> What {
    let source = import.format.source();
    let mut left_out = None;
    if let Some(Photo::Bytes { bytes, .. }) = &contact.photo {
        // A picture is left to the verbatim record.
        let kilobytes = bytes.len().div_ceil(1000);
        left_out = Some(format!(
            "its picture ({kilobytes} kB) is kept with the record and not shown"
        ));
        contact.photo = None;
    }
    let mut keys = keys_of_contact(&contact, owner.region.as_deref());
    if keys.iter().any(|key| owner.owns(key, hasher)) {
        if is_the_owner(&contact, owner) {
            let label = contact.name.full;
            return What::NotTaken {
                outcome: Outcome::LeftOut,
                label,
                reason: "that is you".to_owned(),
            };
        }
        // Somebody's card that names the owner too, for an emergency, as a parent: the owner's
        // address is nothing of theirs.
        keys.retain(|key| !owner.owns(key, hasher));
    }
    What::Contact(Box::new(Arrival {
        file_name: Some(import.file_name.clone()),
        import: Some(import.id),
        position: position.to_owned(),
        observed_at: contact.revised_at.unwrap_or(import.created_at),
        keys,
        hash: hash(&source, &content_of(&contact)),
        source,
        said: Said::Contact(Box::new(contact)),
        raw,
        left_out,
    }))
}

/// Whether a card with one of the owner's addresses is the owner's: unless its name is that of an
/// address of its own that stands there too, and not that of the owner's.
fn is_the_owner(contact: &Contact, owner: &Account) -> bool {
    let name = PersonName::of(&contact.name);
    let words: Vec<&str> = name.words().into_iter().filter(|it| it.len() > 2).collect();
    let bears = |address: &str| {
        let local = address.split('@').next().unwrap_or_default().to_lowercase();
        words.iter().any(|word| local.contains(word))
    };
    let (owners, others): (Vec<String>, Vec<String>) = contact.values[FieldName::Email]
        .iter()
        .filter_map(|it| normalise_email(&it.value))
        .partition(|address| owner.emails.contains(address));
    let of_another = others.iter().any(|it| bears(it));
    owners.iter().any(|it| bears(it)) || !of_another
}

/// What a contact says, however it is written.
fn content_of(contact: &Contact) -> String {
    serde_json::to_string(&content(contact)).unwrap_or_default()
}

/// The hash of a record that says what a former one said, where the source dates it.
pub(super) fn said_again(arrival: &Arrival) -> Option<Vec<u8>> {
    let Said::Contact(contact) = &arrival.said else {
        return None;
    };
    let revised_at = contact.revised_at?;
    // Whether it is known already was asked by content; the place makes it a record of its own.
    let place = (arrival.import, &arrival.position);
    let said = format!("{place:?}\0{revised_at}\0{}", content_of(contact));
    Some(hash(&arrival.source, &said))
}

fn hash(source: &Source, raw: &str) -> Vec<u8> {
    let mut hash = blake3::Hasher::new();
    hash.update(source.as_str().as_bytes())
        .update(b"\0")
        .update(raw.as_bytes());
    hash.finalize().as_bytes().to_vec()
}

/// A record that says that somebody corresponds with the owner.
pub(super) fn correspondent_arrives(
    correspondent: &Correspondent,
    import: &Import,
    position: &str,
) -> Arrival {
    let address = correspondent.key.shown();
    let name = correspondent.name.clone().unwrap_or_default();
    let (raw, said) = if name.is_empty() {
        (address.to_owned(), correspondent.key.0.clone())
    } else {
        let said = format!("{}\0{name}", correspondent.key.0);
        (format!("{name} <{address}>"), said)
    };
    let mut contact = Contact::default();
    contact.name.full = name;
    let (field, value) = if correspondent.key.email().is_some() {
        (FieldName::Email, address.to_owned())
    } else {
        (FieldName::Url, format!("https://{address}"))
    };
    contact.values.push(field, Labelled::new(value));
    let mut keys = keys_of_contact(&contact, None);
    if !keys.contains(&correspondent.key) {
        keys.push(correspondent.key.clone());
        keys.sort();
    }
    Arrival {
        source: Source::MAIL,
        file_name: Some(import.file_name.clone()),
        import: Some(import.id),
        position: position.to_owned(),
        observed_at: correspondent.last_at,
        keys,
        hash: hash(&Source::MAIL, &said),
        said: Said::Contact(Box::new(contact)),
        raw,
        left_out: None,
    }
}
