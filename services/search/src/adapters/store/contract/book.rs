//! A generated book of a few thousand people in four accounts, with a few written by hand among
//! them; the same at every run.

use kith_shared::{
    events::{ingest::PersonState, network::Band, users::CircleMember},
    ids::{AccountId, PersonId},
    sharing::{Sharing, SharingException},
};
use uuid::Uuid;

use crate::{
    domain::{
        document::{Annotation, Change, Later, Part, Person, Tie},
        query::Grant,
        visibility::{Circle, Visibility},
    },
    ports::Index,
};

pub(super) const ME: AccountId = AccountId(Uuid::from_u128(0xa1));
/// Shows names, but not of those tagged `family` and not of some persons.
pub(super) const BOB: AccountId = AccountId(Uuid::from_u128(0xb0));
/// Shows organisations, of some by tag or person the name, of some nothing.
pub(super) const CAROL: AccountId = AccountId(Uuid::from_u128(0xca));
/// Shows nothing.
pub(super) const DAN: AccountId = AccountId(Uuid::from_u128(0xda));

const PEOPLE: u64 = 3_000;

const GIVEN: &[&str] = &[
    "Anna",
    "Åsa",
    "Björn",
    "Chloé",
    "Đorđe",
    "Émile",
    "François",
    "Grażyna",
    "Håkon",
    "Inês",
    "Jürgen",
    "Karel",
    "Łukasz",
    "María",
    "Noël",
    "Øyvind",
    "Paweł",
    "Quinn",
    "Renée",
    "Søren",
    "Tomáš",
    "Ulla",
    "Věra",
    "Wei",
    "Xènia",
    "Yusuf",
    "Željko",
    "Anne-Marie",
    "Ana",
    "Jan",
];
const FAMILY: &[&str] = &[
    "Andersson",
    "Anderson",
    "Andersen",
    "Brontë",
    "Čapek",
    "Dvořák",
    "Eriksson",
    "Ferreira",
    "García",
    "Größe",
    "Horváth",
    "Ibsen",
    "Jansen",
    "Janssen",
    "Kowalski",
    "Kowalska",
    "Lindgren",
    "Müller",
    "Mueller",
    "Muller",
    "Nowak",
    "O'Connor",
    "Østergård",
    "Peña",
    "Quist",
    "Rößler",
    "Strauß",
    "Šimić",
    "Tanaka",
    "Ünal",
    "Vågen",
    "Wójcik",
    "Xu",
    "Yıldız",
    "Zieliński",
];
const ORGANISATIONS: &[&str] = &[
    "Acme",
    "ACME",
    "Société Générale",
    "Norsk Hydro",
    "Bolt & Söhne",
    "Contoso Labs",
    "Żabka Polska",
    "Northern Light Studio",
    "Müller Maschinenbau",
    "Andersen Consulting",
];
const TITLES: &[&str] = &[
    "Engineer",
    "Head of Design",
    "Clerk",
    "Anderson Fellow",
    "Ökonomin",
];
const TAGS: &[&str] = &["family", "mentor", "chess", "board member"];

/// Random numbers, the same ones at every run.
pub(in crate::adapters) struct Random(pub(in crate::adapters) u64);

impl Random {
    pub(in crate::adapters) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    pub(in crate::adapters) fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    pub(in crate::adapters) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }
}

fn generated_id(n: u64) -> PersonId {
    // Scattered, so that the order of ids is no order of names.
    PersonId(Uuid::from_u128(
        u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835),
    ))
}

/// Those written by hand, all in the book of [`ME`]: name, organisation, title, everything else.
const BY_HAND: &[(&str, &str, &str, &str)] = &[
    (
        "Zoë Vandermeer-O'Toole",
        "Observatoire Zénith",
        "Astronome",
        "+44 20 7946 0958",
    ),
    (
        "Quillon Featherstone",
        "Papeterie Plume",
        "Scribe",
        "met in Reykjavik",
    ),
    ("Quillona Abel", "Papeterie Plume", "Archivist", ""),
    ("Basil Quillon", "Ink Works", "Printer", ""),
    ("Ingrid Quilon", "Quillon Press", "Editor", ""),
    (
        "Theodora Papadopoulou",
        "Observatoire Zénith",
        "Directrice",
        "q.theo@zenith.example.org",
    ),
];

pub(super) fn by_hand(n: usize) -> PersonId {
    PersonId(Uuid::from_u128(0xffff_0000 + n as u128))
}

/// Everything that was told of everybody.
pub(in crate::adapters) fn changes() -> Vec<Change> {
    let mut random = Random(7);
    let mut all = Vec::new();
    for n in 0..PEOPLE {
        let account = [ME, ME, BOB, CAROL, DAN][random.below(5)];
        let id = generated_id(n);
        let mut one = blank(&format!("{} {}", random.one(GIVEN), random.one(FAMILY)));
        if random.below(4) > 0 {
            let title = (random.below(2) == 0).then(|| random.one(TITLES).to_owned());
            one.employments = vec![(random.one(ORGANISATIONS).to_owned(), title)];
        }
        if random.below(5) == 0 {
            one.other_names = vec![random.one(GIVEN).to_owned()];
        }
        if random.below(20) == 0 {
            one.aliases = vec![generated_id(PEOPLE + n)];
        }
        one.state = match random.below(40) {
            0 => PersonState::Removed,
            1 => PersonState::Merged {
                into: generated_id(0),
            },
            _ => PersonState::Active,
        }
        .into();
        all.push(change(id, account, Part::Person(one)));
        if random.below(3) == 0 {
            let tags = vec![random.one(TAGS).to_owned()];
            all.push(change(id, account, annotated(tags, Vec::new())));
        }
        if random.below(3) == 0 {
            let band = [Band::Fair, Band::Good, Band::Strong][random.below(3)];
            all.push(change(id, account, tie(band)));
        }
    }
    for (n, (name, organisation, title, more)) in BY_HAND.iter().enumerate() {
        let mut one = blank(name);
        one.employments = vec![((*organisation).to_owned(), Some((*title).to_owned()))];
        if more.starts_with('+') {
            one.phones = vec![(*more).to_owned()];
        } else if more.contains('@') {
            one.emails = vec![(*more).to_owned()];
        } else if !more.is_empty() {
            let notes = vec![(*more).to_owned()];
            all.push(change(
                by_hand(n),
                ME,
                annotated(vec!["Stammtisch".to_owned()], notes),
            ));
        }
        all.push(change(by_hand(n), ME, Part::Person(one)));
    }
    let band = Band::Strong;
    all.push(change(by_hand(3), ME, tie(band)));
    random.shuffle(&mut all);
    all
}

/// Takes it all in, in batches.
pub(in crate::adapters) async fn apply(index: &dyn Index) {
    for batch in changes().chunks(1_500) {
        index.apply(batch.to_vec()).await.unwrap();
    }
}

/// What [`ME`] may see, being in a circle with all the others.
pub(super) fn grants() -> Vec<Grant> {
    let exception = |person_id, tag: Option<&str>, sharing| SharingException {
        person_id,
        tag: tag.map(str::to_owned),
        sharing,
    };
    let some = |step: usize, sharing| {
        // Some ids are those of persons that were merged into others.
        (0..PEOPLE * 2)
            .step_by(step)
            .map(move |n| exception(Some(generated_id(n)), None, sharing))
    };
    let mut of_bob = vec![exception(None, Some("family"), Sharing::Hidden)];
    of_bob.extend(some(113, Sharing::Organisation));
    let mut of_carol = vec![
        exception(None, Some("mentor"), Sharing::Name),
        exception(None, Some("board member"), Sharing::Hidden),
    ];
    of_carol.extend(some(101, Sharing::Name));
    of_carol.extend(some(211, Sharing::Hidden));
    let member = |account_id, sharing, exceptions| CircleMember {
        account_id,
        display_name: "A Member".to_owned(),
        since: jiff::Timestamp::UNIX_EPOCH,
        sharing,
        exceptions,
    };
    let members = vec![
        member(ME, Sharing::Hidden, Vec::new()),
        member(BOB, Sharing::Name, of_bob),
        member(CAROL, Sharing::Organisation, of_carol),
        member(DAN, Sharing::Hidden, Vec::new()),
    ];
    Visibility::of(ME, vec![Circle { members }]).grants()
}

fn blank(name: &str) -> Person {
    Person {
        version: 1,
        state: PersonState::Active.into(),
        display_name: name.to_owned(),
        other_names: Vec::new(),
        emails: Vec::new(),
        phones: Vec::new(),
        employments: Vec::new(),
        labels: Vec::new(),
        aliases: Vec::new(),
        later: Later::new(),
    }
}

fn tie(band: Band) -> Part {
    Part::Tie(Tie {
        version: 1,
        band: band.into(),
        later: Later::new(),
    })
}

fn annotated(tags: Vec<String>, notes: Vec<String>) -> Part {
    Part::Annotation(Annotation {
        version: 1,
        tags,
        notes,
        later: Later::new(),
    })
}

fn change(id: PersonId, account: AccountId, part: Part) -> Change {
    Change { id, account, part }
}
