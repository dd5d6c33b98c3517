//! Properties of resolution: the order of arrival does not matter, every decision is listed with its
//! reason, and undoing restores exactly, in any order.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kith_formats::{Contact, FieldName, Labelled};
use kith_ingest::domain::{
    book::{Book, BookError, DecidedBy},
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

const NAMES: [&str; 9] = [
    "",
    "Ada Lovelace",
    "A. Lovelace",
    "Byron Lovelace",
    "Ada King",
    "Lovelace, Ada",
    "Grace Hopper",
    "Grace B. Hopper",
    "Ada",
];

/// What a record says: a name, addresses, numbers, a list.
#[derive(Clone, Debug)]
struct Card {
    name: &'static str,
    addresses: Vec<u8>,
    numbers: Vec<u8>,
    source: &'static str,
}

fn contact(card: &Card) -> Contact {
    let mut contact = Contact::default();
    card.name.clone_into(&mut contact.name.full);
    let emails = card.addresses.iter();
    let emails = emails.map(|n| Labelled::new(format!("a{n}@example.com")));
    contact.values.extend(FieldName::Email, emails);
    let phones = card.numbers.iter();
    let phones = phones.map(|n| Labelled::new(format!("+49 30 90182{n}")));
    contact.values.extend(FieldName::Phone, phones);
    contact
}

fn arrival(place: usize, card: &Card) -> Arrival {
    let contact = contact(card);
    Arrival {
        source: Source::named(card.source),
        file_name: None,
        import: None,
        position: String::new(),
        observed_at: Timestamp::UNIX_EPOCH,
        keys: keys_of_contact(&contact, None),
        hash: vec![u8::try_from(place).unwrap()],
        raw: String::new(),
        left_out: None,
        said: Said::Contact(Box::new(contact)),
    }
}

fn empty() -> Book {
    Book::load(AccountId(Uuid::nil()), 0, Vec::new(), Vec::new(), [])
}

type Homes = BTreeMap<usize, PersonId>;

/// The records by person, as sets of the records' places.
fn partition(book: &Book, homes: &Homes) -> BTreeSet<BTreeSet<usize>> {
    let mut groups: BTreeMap<PersonId, BTreeSet<usize>> = BTreeMap::new();
    for (place, home) in homes {
        let root = book.root(*home).unwrap();
        groups.entry(root).or_default().insert(*place);
    }
    groups.into_values().collect()
}

/// Admits them in this order. The home of each is the first id that was given for it.
fn admit_all(order: &[(usize, Card)]) -> (Book, Homes) {
    let (mut book, mut new_id, mut homes) = (empty(), ids(), BTreeMap::new());
    for (place, card) in order {
        let mut first = None;
        let mut next = || {
            let id = new_id();
            first.get_or_insert(id);
            id
        };
        book.admit(arrival(*place, card), Timestamp::UNIX_EPOCH, &mut next);
        homes.insert(*place, PersonId(first.unwrap()));
    }
    (book, homes)
}

/// Names of the decisions that hold.
fn decisions(book: &Book, homes: &Homes) -> BTreeMap<Uuid, PersonId> {
    let persons = homes.values().filter_map(|home| book.person(*home));
    persons
        .filter_map(|person| Some((person.merged.as_ref()?.merge_id, person.id)))
        .collect()
}

fn card() -> impl Strategy<Value = Card> {
    let source = prop_oneof![Just("vcard"), Just("google"), Just("linkedin")];
    let few = |of: u8| prop::collection::vec(0..of, 0..3);
    (prop::sample::select(NAMES.to_vec()), few(4), few(3), source).prop_map(
        |(name, addresses, numbers, source)| Card {
            name,
            addresses,
            numbers,
            source,
        },
    )
}

fn cards() -> impl Strategy<Value = Vec<(usize, Card)>> {
    prop::collection::vec(card(), 1..10).prop_map(|cards| cards.into_iter().enumerate().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_order_of_records_does_not_matter(
        (records, shuffled) in cards().prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle()))
    ) {
        let (book, homes) = admit_all(&records);
        let (other, other_homes) = admit_all(&shuffled);
        prop_assert_eq!(partition(&book, &homes), partition(&other, &other_homes));
    }

    #[test]
    fn every_join_is_a_decision_that_is_listed(records in cards()) {
        let (book, homes) = admit_all(&records);
        let persons = partition(&book, &homes).len();
        prop_assert_eq!(homes.len() - persons, decisions(&book, &homes).len());
        for home in homes.values() {
            if let Some(merged) = &book.person(*home).unwrap().merged {
                prop_assert_eq!(merged.by, DecidedBy::Rule);
                prop_assert!(merged.reason.starts_with("same "), "{}", merged.reason);
            }
        }
    }

    #[test]
    fn what_is_undone_in_any_order_leaves_what_the_rest_decides(
        records in cards(), picks in prop::collection::vec(any::<prop::sample::Index>(), 0..9)
    ) {
        let (mut book, homes) = admit_all(&records);
        for pick in picks {
            let before = decisions(&book, &homes);
            if before.is_empty() {
                break;
            }
            let merge_id = *before.keys().nth(pick.index(before.len())).unwrap();
            let parts = partition(&book, &homes).len();
            book.unmerge(before[&merge_id], merge_id).unwrap();
            // One decision less, and one person more.
            let after: BTreeSet<Uuid> = decisions(&book, &homes).into_keys().collect();
            let expected: BTreeSet<Uuid> =
                before.into_keys().filter(|it| *it != merge_id).collect();
            prop_assert_eq!(after, expected);
            prop_assert_eq!(partition(&book, &homes).len(), parts + 1);
        }
    }

    #[test]
    fn joining_by_hand_and_undoing_restores_exactly(
        records in cards(), picks in prop::collection::vec((0usize..10, 0usize..10), 1..6), order in any::<u64>()
    ) {
        let (mut book, homes) = admit_all(&records);
        let before = partition(&book, &homes);
        let profile = |book: &Book, home: &PersonId| book.profile(book.root(*home).unwrap());
        let profiles: Vec<_> = homes.values().map(|home| profile(&book, home)).collect();
        let mut done = Vec::new();
        for (n, (a, b)) in picks.into_iter().enumerate() {
            let (Some(a), Some(b)) = (homes.get(&a), homes.get(&b)) else { continue };
            let merge_id = Uuid::from_u128(1_000_000 + n as u128);
            if book.merge(*a, *b, Timestamp::UNIX_EPOCH, merge_id).is_ok() {
                done.push(merge_id);
            }
        }
        while !done.is_empty() {
            let merge_id = done.remove(usize::try_from(order).unwrap_or(0) % done.len());
            let holder = decisions(&book, &homes)[&merge_id];
            book.unmerge(holder, merge_id).unwrap();
        }
        prop_assert_eq!(partition(&book, &homes), before);
        let after: Vec<_> = homes.values().map(|home| profile(&book, home)).collect();
        prop_assert_eq!(after, profiles);
    }

    #[test]
    fn a_record_that_is_taken_out_stays_out(records in cards(), pick in any::<prop::sample::Index>()) {
        let (mut book, homes) = admit_all(&records);
        let place = *homes.keys().nth(pick.index(homes.len())).unwrap();
        let home = homes[&place];
        let root = book.root(home).unwrap();
        let before = book.members(root);
        let record = book.records_of(root).find(|it| it.home == home).unwrap().id;
        let mut new_id = { let mut next = 5_000_000u128; move || { next += 1; Uuid::from_u128(next) } };
        match book.take_out(home, record, Timestamp::UNIX_EPOCH, &mut new_id) {
            Ok(alone) => {
                prop_assert_eq!(alone, home);
                let with = book.members(book.root(home).unwrap());
                let still: Vec<_> = with.intersection(&before).collect();
                prop_assert_eq!(still, vec![&home]);
            }
            Err(error) => prop_assert_eq!(error, BookError::OnlyRecord),
        }
    }
}

/// How many people cards are that stand in these lists in turn.
fn people(lists: &[&'static str], cards: &[(&'static str, &[u8], &[u8])]) -> usize {
    let cards: Vec<(usize, Card)> = cards
        .iter()
        .zip(lists.iter().cycle())
        .map(|((name, addresses, numbers), list)| Card {
            name,
            addresses: addresses.to_vec(),
            numbers: numbers.to_vec(),
            source: list,
        })
        .enumerate()
        .collect();
    let (book, homes) = admit_all(&cards);
    partition(&book, &homes).len()
}

#[test]
fn strangers_in_a_chain_of_shared_values_stay_apart() {
    let chain: [(&str, &[u8], &[u8]); 4] = [
        ("Vera Novak", &[1], &[1]),
        ("Jan Novotny", &[2], &[1]),
        ("Klara Svoboda", &[2], &[2]),
        ("Petr Kolar", &[], &[2]),
    ];
    assert_eq!(people(&["vcard"], &chain), 4);
}

#[test]
fn one_human_is_found_through_every_spelling() {
    let spellings: [(&str, &[u8], &[u8]); 4] = [
        ("Ada Lovelace", &[1], &[]),
        ("Lovelace, Ada", &[1], &[2]),
        ("A. Lovelace", &[1], &[2]),
        ("Ada King Lovelace", &[], &[2]),
    ];
    assert_eq!(people(&["vcard", "google"], &spellings), 1);
}

/// A nameless record with an address of two people belongs to neither.
#[test]
fn nobody_joins_two_strangers_by_saying_nothing() {
    let nameless: [(&str, &[u8], &[u8]); 3] = [
        ("Ada Lovelace", &[1], &[]),
        ("Grace Hopper", &[2], &[]),
        ("", &[1, 2], &[]),
    ];
    assert_eq!(people(&["vcard", "google", "linkedin"], &nameless), 2);
}
