//! Properties of resolution: order does not matter, undoing restores exactly.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kith_formats::{Contact, FieldName, Labelled};
use kith_ingest::domain::{
    book::Book,
    key::keys_of_contact,
    record::{Arrival, Said, Source},
};
use kith_shared::ids::{AccountId, PersonId};
use proptest::prelude::*;
use uuid::Uuid;

/// Ids that rise.
fn ids() -> impl FnMut() -> Uuid {
    let mut next = 0u128;
    move || {
        next += 1;
        Uuid::from_u128(next)
    }
}

fn arrival(name: usize, addresses: &[u8]) -> Arrival {
    let mut contact = Contact::default();
    contact.name.full = format!("Person {name}");
    let emails = addresses.iter();
    let emails = emails.map(|n| Labelled::new(format!("a{n}@example.com")));
    contact.values.extend(FieldName::Email, emails);
    Arrival {
        source: Source::named("vcard"),
        file_name: None,
        import: None,
        position: String::new(),
        observed_at: Timestamp::UNIX_EPOCH,
        keys: keys_of_contact(&contact, None),
        hash: vec![u8::try_from(name).unwrap()],
        raw: String::new(),
        said: Said::Contact(Box::new(contact)),
    }
}

fn empty() -> Book {
    Book::load(AccountId(Uuid::nil()), 0, Vec::new(), Vec::new(), [])
}

/// The records by person, as sets of the records' names.
fn partition(book: &Book, homes: &BTreeMap<usize, PersonId>) -> BTreeSet<BTreeSet<usize>> {
    let mut groups: BTreeMap<PersonId, BTreeSet<usize>> = BTreeMap::new();
    for (name, home) in homes {
        groups
            .entry(book.root(*home).unwrap())
            .or_default()
            .insert(*name);
    }
    groups.into_values().collect()
}

fn admit_all(order: &[(usize, Vec<u8>)]) -> (Book, BTreeMap<usize, PersonId>) {
    let (mut book, mut new_id, mut homes) = (empty(), ids(), BTreeMap::new());
    for (name, addresses) in order {
        let admitted = book.admit(
            arrival(*name, addresses),
            Timestamp::UNIX_EPOCH,
            &mut new_id,
        );
        homes.insert(*name, admitted.person());
    }
    (book, homes)
}

fn records() -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    prop::collection::vec(prop::collection::vec(0u8..12, 0..4), 1..14)
        .prop_map(|lists| lists.into_iter().enumerate().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_order_of_records_does_not_matter(
        (records, shuffled) in records().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))
    ) {
        let (book, homes) = admit_all(&records);
        let (other, other_homes) = admit_all(&shuffled);
        prop_assert_eq!(partition(&book, &homes), partition(&other, &other_homes));
    }

    #[test]
    fn merging_and_parting_restores_exactly(records in records(), picks in prop::collection::vec((0usize..14, 0usize..14), 1..6)) {
        let (mut book, homes) = admit_all(&records);
        let before = partition(&book, &homes);
        let profiles: Vec<_> = homes.values().map(|home| book.profile(book.root(*home).unwrap())).collect();
        let mut done = Vec::new();
        for (n, (a, b)) in picks.into_iter().enumerate() {
            let (Some(a), Some(b)) = (homes.get(&a), homes.get(&b)) else { continue };
            let merge_id = Uuid::from_u128(1_000_000 + n as u128);
            if book.merge(*a, *b, Timestamp::UNIX_EPOCH, merge_id).is_ok() {
                done.push((*a, merge_id));
            }
        }
        // In the order in which they were made, the hardest.
        for (person, merge_id) in done {
            book.unmerge(person, merge_id).or_else(|_| {
                // It went with another part: ask from everybody.
                homes.values().find_map(|home| book.unmerge(*home, merge_id).ok()).ok_or(())
            }).unwrap();
        }
        prop_assert_eq!(partition(&book, &homes), before);
        let after: Vec<_> = homes.values().map(|home| book.profile(book.root(*home).unwrap())).collect();
        prop_assert_eq!(after, profiles);
    }
}
