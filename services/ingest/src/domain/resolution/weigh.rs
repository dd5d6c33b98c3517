//! The weights, in one table, and their sum.
//!
//! | agrees | bits | | differs | bits |
//! |---|---|---|---|---|
//! | e-mail address, or the mailbox behind it | 16 | | given name, same family name | −10 |
//! | profile on a network of professionals | 16 | | whole name | −12 |
//! | a card's own identifier | 16 | | family name, same given name | −1 |
//! | page on another network | 10 | | birthday | −9 |
//! | number, mobile or not said | 10 | | Jr. and Sr., Mr. and Mrs. | −14 |
//! | number of a home or a firm | 7 | | two entries of one list | −4 |
//! | the end of a number, its country not known | 9; 7 of a home or a firm | | person and organisation | −30 |
//! | a value that people of different names carry | 2 | | | |
//! | whole name, by how many carry it | 4 to 10 | | | |
//! | name but for what stands in the middle | 8 | | | |
//! | name by a short form, an initial, a slip | 6 | | | |
//! | a name of one word | 4 | | | |
//! | one word of the name | 1 | | | |
//! | birthday, with and without its year | 8, 5 | | | |
//! | street and town | 4 | | | |
//! | organisation | 2 | | | |
//!
//! Two records taken at random begin at −10. What one of them does not say speaks neither way.
//! Of several values that agree the strongest counts, and each further one for 2 bits: they come
//! from one card copied as a whole as often as not.

use kith_formats::PartialDate;

use super::{
    Verdict,
    facts::{Carried, Facts},
    names::Likeness,
};
use crate::domain::key::{Key, KeyForm};

const PRIOR: i32 = -10;
const FURTHER: i32 = 2;
const SHARED: i32 = 2;
/// What differs by as much as this is not made good by what others of the same person say.
const AGAINST: i32 = -9;

/// What two records come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weighed {
    /// The sum.
    pub bits: i32,
    /// What speaks for one human, in the words of a receipt, the strongest first.
    pub speaks_for: Vec<String>,
    /// What speaks against.
    pub against: Vec<String>,
    /// Something differs that one human does not have twice: they are apart whoever stands between.
    pub contradicts: bool,
}

impl Weighed {
    /// The outcome.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        Verdict::of(self.bits)
    }

    fn agrees(&mut self, bits: i32, what: impl Into<String>) {
        self.bits += bits;
        self.speaks_for.push(what.into());
    }

    fn differs(&mut self, bits: i32, what: impl Into<String>) {
        self.bits += bits;
        self.against.push(what.into());
        self.contradicts |= bits <= AGAINST;
    }
}

/// Weighs two records. `is_shared` says whether people of different names carry a value;
/// `namesakes` how many records of the book have the name of the first.
#[must_use]
pub fn weigh(
    one: &Facts,
    two: &Facts,
    is_shared: &dyn Fn(&Key) -> bool,
    namesakes: usize,
) -> Weighed {
    let mut weighed = Weighed {
        bits: PRIOR,
        ..Weighed::default()
    };
    if one.is_organisation != two.is_organisation {
        weighed.differs(-30, "one is a person and one an organisation");
    }
    values(&mut weighed, one, two, is_shared);
    names(&mut weighed, one, two, namesakes);
    if let (Some(one), Some(two)) = (one.birthday, two.birthday) {
        birthdays(&mut weighed, one, two);
    }
    let common = |ours: &[String], theirs: &[String]| {
        ours.iter()
            .find(|it| !it.is_empty() && theirs.contains(it))
            .cloned()
    };
    if common(&one.places, &two.places).is_some() {
        weighed.agrees(4, "same postal address");
    }
    if common(&one.organisations, &two.organisations).is_some() {
        weighed.agrees(2, "same organisation");
    }
    if one.list.is_some() && one.list == two.list {
        weighed.differs(-4, "two entries of one list");
    }
    weighed
}

fn values(weighed: &mut Weighed, one: &Facts, two: &Facts, is_shared: &dyn Fn(&Key) -> bool) {
    let mut common: Vec<(KeyForm, i32, String)> = Vec::new();
    for ours in &one.carried {
        let Some(theirs) = two.carried.iter().find(|it| it.key == ours.key) else {
            continue;
        };
        let of_a_place = ours.of_a_place || theirs.of_a_place;
        let (bits, what) = value(ours, of_a_place);
        let (form, shown) = (ours.key.form(), ours.key.shown());
        common.push(if is_shared(&ours.key) {
            let what = format!("same {what} {shown}, which others carry too");
            (form, SHARED, what)
        } else {
            (form, bits, format!("same {what} {shown}"))
        });
    }
    // The end of a number says nothing beside the number itself, nor a mailbox beside its address.
    for (whole, part) in [
        (KeyForm::Phone, KeyForm::Digits),
        (KeyForm::Email, KeyForm::Mailbox),
    ] {
        if common.iter().any(|(form, ..)| *form == whole) {
            common.retain(|(form, ..)| *form != part);
        }
    }
    common.sort_by(|one, two| two.1.cmp(&one.1).then_with(|| one.2.cmp(&two.2)));
    for (at, (_, bits, what)) in common.into_iter().enumerate() {
        weighed.agrees(if at == 0 { bits } else { FURTHER.min(bits) }, what);
    }
}

fn value(carried: &Carried, of_a_place: bool) -> (i32, &'static str) {
    match carried.key.form() {
        KeyForm::Email => (16, "e-mail address"),
        KeyForm::Mailbox => (16, "mailbox"),
        KeyForm::Phone if of_a_place => (7, "telephone number"),
        KeyForm::Phone => (10, "telephone number"),
        KeyForm::Digits => (if of_a_place { 7 } else { 9 }, "end of a number"),
        KeyForm::Profile if carried.key.shown().starts_with("linkedin.com/in/") => (16, "profile"),
        KeyForm::Profile if carried.key.shown().starts_with("xing.com/") => (16, "profile"),
        KeyForm::Profile => (10, "page"),
        KeyForm::Uid => (16, "card identifier"),
        // A kind of key that a later version knows.
        KeyForm::Name | KeyForm::Other => (10, "key"),
    }
}

fn names(weighed: &mut Weighed, one: &Facts, two: &Facts, namesakes: usize) {
    let pairs = one
        .names
        .iter()
        .flat_map(|a| two.names.iter().map(move |b| (a, b)));
    if pairs.clone().any(|(a, b)| a.set_apart_from(b)) {
        weighed.differs(-14, "another suffix or form of address");
    }
    // The names that are most alike: a person may have several.
    let best = pairs.map(|(a, b)| a.compare(b)).max_by_key(|it| rank(*it));
    match best {
        None | Some(Likeness::Unknown) => {}
        Some(Likeness::Same) => {
            let bits = 10 - i32::try_from(namesakes.max(2).ilog2()).unwrap_or(6) + 1;
            weighed.agrees(bits.clamp(4, 10), "same name");
        }
        Some(Likeness::Contained) => weighed.agrees(8, "same name"),
        Some(Likeness::Similar) => weighed.agrees(6, "a form of the same name"),
        Some(Likeness::SameWord) => weighed.agrees(4, "same name"),
        Some(Likeness::Partial) => weighed.agrees(1, "a part of the same name"),
        Some(Likeness::OtherFamily) => weighed.differs(-1, "another family name"),
        Some(Likeness::OtherGiven) => weighed.differs(-10, "another given name"),
        Some(Likeness::Different) => weighed.differs(-12, "another name"),
    }
}

const fn rank(likeness: Likeness) -> u8 {
    match likeness {
        Likeness::Same => 8,
        Likeness::Contained => 7,
        Likeness::Similar => 6,
        Likeness::SameWord => 5,
        Likeness::Partial => 4,
        Likeness::Unknown => 3,
        Likeness::OtherFamily => 2,
        Likeness::OtherGiven => 1,
        Likeness::Different => 0,
    }
}

fn birthdays(weighed: &mut Weighed, one: PartialDate, two: PartialDate) {
    let same_day = (one.month, one.day) == (two.month, two.day);
    match (one.year, two.year) {
        (Some(a), Some(b)) if a == b && same_day => weighed.agrees(8, "same birthday"),
        (Some(_), Some(_)) => weighed.differs(-9, "another birthday"),
        _ if same_day => weighed.agrees(5, "same birthday"),
        _ => weighed.differs(-9, "another birthday"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::resolution::PersonName;

    fn facts(name: &str, keys: &[&str]) -> Facts {
        let carried = keys.iter().map(|key| Carried {
            key: Key((*key).to_owned()),
            of_a_place: false,
        });
        Facts {
            names: vec![PersonName::in_one(name)],
            carried: carried.collect(),
            ..Facts::default()
        }
    }

    fn verdict(one: &Facts, two: &Facts) -> Verdict {
        let there = weigh(one, two, &|_| false, 1);
        let back = weigh(two, one, &|_| false, 1);
        assert_eq!(there.bits, back.bits);
        there.verdict()
    }

    #[test]
    fn an_address_under_names_that_agree_is_one_human() {
        let ada = facts("Ada Lovelace", &["email:ada@example.com"]);
        for other in ["A. Lovelace", "Lovelace, Ada", "", "Ada"] {
            let other = facts(other, &["email:ada@example.com"]);
            assert_eq!(verdict(&ada, &other), Verdict::Same, "{other:?}");
        }
    }

    #[test]
    fn an_address_under_names_that_differ_is_two() {
        let ada = facts("Ada Lovelace", &["email:family@example.com"]);
        let byron = facts("Byron Lovelace", &["email:family@example.com"]);
        assert_eq!(verdict(&ada, &byron), Verdict::Apart);
        let married = facts("Ada King", &["email:family@example.com"]);
        assert_eq!(verdict(&ada, &married), Verdict::Same);
        let twice = |facts: &Facts| Facts {
            list: Some("google".to_owned()),
            ..facts.clone()
        };
        assert_eq!(verdict(&twice(&ada), &twice(&married)), Verdict::Doubtful);
    }

    #[test]
    fn a_name_alone_is_asked() {
        let (one, two) = (facts("Ada Lovelace", &[]), facts("Ada Lovelace", &[]));
        assert_eq!(verdict(&one, &two), Verdict::Doubtful);
        let born = |year, facts: Facts| Facts {
            birthday: Some(PartialDate {
                year: Some(year),
                month: 12,
                day: 10,
            }),
            ..facts
        };
        let (one, two) = (born(1815, one), born(1915, two));
        assert_eq!(verdict(&one, &two), Verdict::Apart);
        assert!(weigh(&one, &two, &|_| false, 1).contradicts);
        assert_eq!(
            verdict(&one, &born(1815, facts("Ada Lovelace", &[]))),
            Verdict::Same
        );
    }

    #[test]
    fn a_shared_value_says_next_to_nothing() {
        let one = facts("", &["phone:+4930901820"]);
        let two = facts("Nils Aas", &["phone:+4930901820"]);
        assert_eq!(verdict(&one, &two), Verdict::Doubtful);
        assert_eq!(weigh(&one, &two, &|_| true, 1).verdict(), Verdict::Apart);
    }
}
