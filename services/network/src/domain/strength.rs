//! How strong a tie is, as of a day. Computed, never stored: decay needs no events.
//!
//! Every evidence gives a strength of its own in 0..1; they combine as independent reasons do:
//! `1 - Π (1 - sᵢ)`, at most [`CEILING`], at least [`FLOOR`] where there is any.
//!
//! **The owner and a person.** Of each bucket, counts fade with a half-life of [`HALF_LIFE_DAYS`]
//! since its last interaction. `S` and `R` are the faded counts sent and received in groups of up
//! to five (a small group counts [`SMALL_GROUP`] of a pair), `A` those of all sizes (medium 0.1,
//! large 0.02):
//! ```text
//! two-way   0.90 · (1 − e^(−2·min(S, R) / 6))     twelve mails to and fro: strong
//! any       0.24 · (1 − e^(−A / 10))              one-sided or one of many: weak for ever
//! ```
//! **Two persons of a book** (they wrote each other while the owner was in the group), `V` faded
//! counts in groups of up to five, `W` in larger ones:
//! ```text
//! 0.40 · (1 − e^(−V / 6))  and  0.10 · (1 − e^(−W / 10))      weak to fair
//! ```
//! **Lists** (a network 0.18, entered by hand 0.12, any other 0.08): the best of them, so that
//! lists alone are weak. **A circle** that two accounts are both in: 0.5.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use kith_shared::events::ingest::{Connection, GroupSize, InteractionBucket, ListClass};

/// Days in which the weight of an interaction halves.
pub const HALF_LIFE_DAYS: f64 = 540.0;
/// No tie is stronger.
pub const CEILING: f64 = 0.98;
/// No tie that has any evidence is weaker.
pub const FLOOR: f64 = 0.01;
/// What a mail in a group of three to five counts of one between two.
pub const SMALL_GROUP: f64 = 0.4;
/// The tie of two accounts by a circle that both joined.
pub const CIRCLE: f64 = 0.5;

/// The day of a moment, UTC.
#[must_use]
pub fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// The tie of a book's owner and a person in it; none without evidence.
#[must_use]
pub fn owner_tie(
    connections: &[Connection],
    buckets: &[InteractionBucket],
    today: Date,
) -> Option<f64> {
    combine([listed(connections), between(buckets, today)])
}

/// The tie of two persons of a book; none without evidence.
#[must_use]
pub fn third_party_tie(buckets: &[InteractionBucket], today: Date) -> Option<f64> {
    let (mut close, mut wide) = (0.0, 0.0);
    for bucket in buckets {
        let count = faded(bucket, today, count_of(bucket));
        match bucket.group_size {
            GroupSize::Pair | GroupSize::Small => close += count,
            GroupSize::Medium => wide += 0.2 * count,
            GroupSize::Large => wide += 0.03 * count,
        }
    }
    let strength = either(saturating(0.40, close, 6.0), saturating(0.10, wide, 10.0));
    combine([has_any(buckets).then_some(strength)])
}

/// By interactions of the owner and a person.
fn between(buckets: &[InteractionBucket], today: Date) -> Option<f64> {
    let (mut sent, mut received, mut any) = (0.0, 0.0, 0.0);
    for bucket in buckets {
        let (near, all) = match bucket.group_size {
            GroupSize::Pair => (1.0, 1.0),
            GroupSize::Small => (SMALL_GROUP, SMALL_GROUP),
            GroupSize::Medium => (0.0, 0.1),
            GroupSize::Large => (0.0, 0.02),
        };
        sent += near * faded(bucket, today, bucket.sent.into());
        received += near * faded(bucket, today, bucket.received.into());
        any += all * faded(bucket, today, count_of(bucket));
    }
    let two_way = saturating(0.90, 2.0 * f64::min(sent, received), 6.0);
    has_any(buckets).then(|| either(two_way, saturating(0.24, any, 10.0)))
}

/// By the best list that the person stands in.
fn listed(connections: &[Connection]) -> Option<f64> {
    connections
        .iter()
        .map(|connection| weight_of_list(connection.class()))
        .reduce(f64::max)
}

/// A kind of list that this version does not know weighs as little as any that it knows.
const fn weight_of_list(class: Option<ListClass>) -> f64 {
    match class {
        Some(ListClass::Network) => 0.18,
        Some(ListClass::Stated) => 0.12,
        Some(ListClass::AddressBook) | None => 0.08,
    }
}

fn combine<const N: usize>(evidence: [Option<f64>; N]) -> Option<f64> {
    evidence
        .into_iter()
        .flatten()
        .reduce(either)
        .map(|strength| strength.clamp(FLOOR, CEILING))
}

/// Two independent reasons.
fn either(a: f64, b: f64) -> f64 {
    1.0 - (1.0 - a) * (1.0 - b)
}

/// Rises from 0 towards `most`; at `scale` it is at 63 % of it.
fn saturating(most: f64, amount: f64, scale: f64) -> f64 {
    most * (1.0 - (-amount / scale).exp())
}

/// What `count` interactions of a bucket still weigh.
fn faded(bucket: &InteractionBucket, today: Date, count: f64) -> f64 {
    // Clocks of mail servers run ahead: what is in the future is of today.
    let age_days = (today - day_of(bucket.last_at)).get_days().max(0);
    count * (-f64::from(age_days) / HALF_LIFE_DAYS).exp2()
}

fn count_of(bucket: &InteractionBucket) -> f64 {
    f64::from(bucket.sent) + f64::from(bucket.received)
}

fn has_any(buckets: &[InteractionBucket]) -> bool {
    buckets
        .iter()
        .any(|bucket| bucket.sent > 0 || bucket.received > 0)
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;
    use kith_shared::events::{ingest::InteractionKind, network::Band};
    use proptest::prelude::*;

    use super::*;

    const TODAY: Date = jiff::civil::date(2026, 11, 22);

    fn mail(sent: u32, received: u32, group_size: GroupSize, age_days: i32) -> InteractionBucket {
        let day = TODAY - age_days.days();
        InteractionBucket {
            source: "mail".into(),
            kind: InteractionKind::Mail,
            month: day.first_of_month(),
            sent,
            received,
            group_size,
            last_at: day.to_zoned(TimeZone::UTC).unwrap().timestamp(),
        }
    }

    fn list(source: &str) -> Connection {
        Connection {
            source: source.into(),
            class: None,
            since: None,
        }
    }

    #[test]
    fn evidence_falls_into_the_band_that_people_would_say() {
        use GroupSize::{Large, Medium, Pair, Small};
        let cases = [
            (
                "twelve mails to and fro, lately",
                vec![],
                vec![mail(6, 6, Pair, 7)],
                Band::Strong,
            ),
            (
                "six mails to and fro",
                vec![],
                vec![mail(3, 3, Pair, 7)],
                Band::Good,
            ),
            (
                "a question and an answer",
                vec![],
                vec![mail(1, 1, Pair, 3)],
                Band::Fair,
            ),
            (
                "twelve to and fro, three years ago",
                vec![],
                vec![mail(6, 6, Pair, 1095)],
                Band::Fair,
            ),
            (
                "twelve to and fro, ten years ago",
                vec![],
                vec![mail(6, 6, Pair, 3650)],
                Band::Weak,
            ),
            (
                "fifty unanswered",
                vec![],
                vec![mail(50, 0, Pair, 3)],
                Band::Weak,
            ),
            (
                "a newsletter",
                vec![],
                vec![mail(0, 500, Pair, 1)],
                Band::Weak,
            ),
            (
                "one of many",
                vec![],
                vec![mail(40, 40, Large, 1), mail(20, 20, Medium, 1)],
                Band::Weak,
            ),
            (
                "ten in small groups",
                vec![],
                vec![mail(5, 5, Small, 7)],
                Band::Fair,
            ),
            ("on LinkedIn", vec![list("linkedin")], vec![], Band::Weak),
            (
                "in every list",
                vec![list("linkedin"), list("google"), list("vcard"), list("you")],
                vec![],
                Band::Weak,
            ),
            (
                "on LinkedIn and some mail",
                vec![list("linkedin")],
                vec![mail(2, 2, Pair, 30)],
                Band::Good,
            ),
        ];
        for (what, connections, buckets, band) in cases {
            let strength = owner_tie(&connections, &buckets, TODAY).unwrap();
            assert_eq!(Band::of(strength), band, "{what}: {strength}");
        }
    }

    #[test]
    fn a_list_weighs_by_its_class_whatever_its_name() {
        let of = |source, class: Option<&str>| {
            let mut list = list(source);
            list.class = class.map(|class| serde_json::from_str(&format!("\"{class}\"")).unwrap());
            owner_tie(&[list], &[], TODAY).unwrap()
        };
        let network = of("anything", Some("network"));
        assert!((0.15..=0.2).contains(&network));
        assert!(network > of("anything", Some("stated")));
        assert!(of("anything", Some("stated")) > of("anything", Some("address_book")));
        // A class of a later version, and a list of no class, count as little as any.
        let least = of("anything", Some("address_book"));
        assert!(of("linkedin", Some("blood_brothers")).to_bits() == least.to_bits());
        assert!(of("anything", None).to_bits() == least.to_bits());
        // Events told no class once; what was told then keeps its weight.
        assert!(of("linkedin", None).to_bits() == network.to_bits());
    }

    #[test]
    fn without_evidence_there_is_no_tie() {
        assert_eq!(owner_tie(&[], &[], TODAY), None);
        assert_eq!(
            owner_tie(&[], &[mail(0, 0, GroupSize::Pair, 1)], TODAY),
            None
        );
        assert_eq!(third_party_tie(&[], TODAY), None);
    }

    #[test]
    fn two_persons_of_a_book_are_tied_weakly_to_fairly() {
        let of = |buckets: &[_]| Band::of(third_party_tie(buckets, TODAY).unwrap());
        assert_eq!(of(&[mail(1, 1, GroupSize::Small, 3)]), Band::Weak);
        assert_eq!(of(&[mail(5, 4, GroupSize::Small, 3)]), Band::Fair);
        assert_eq!(of(&[mail(500, 500, GroupSize::Small, 0)]), Band::Fair);
        assert_eq!(of(&[mail(500, 500, GroupSize::Large, 0)]), Band::Weak);
    }

    fn any_bucket() -> impl Strategy<Value = InteractionBucket> {
        let size = prop_oneof![
            Just(GroupSize::Pair),
            Just(GroupSize::Small),
            Just(GroupSize::Medium),
            Just(GroupSize::Large)
        ];
        (0..40u32, 0..40u32, size, 0..4000i32).prop_map(|(s, r, size, age)| mail(s, r, size, age))
    }

    proptest! {
        #[test]
        fn more_mail_is_never_weaker(
            buckets in proptest::collection::vec(any_bucket(), 1..6), more in any_bucket()
        ) {
            let before = owner_tie(&[], &buckets, TODAY).unwrap_or(0.0);
            let third = third_party_tie(&buckets, TODAY).unwrap_or(0.0);
            let mut buckets = buckets;
            buckets.push(more);
            prop_assert!(owner_tie(&[], &buckets, TODAY).unwrap_or(0.0) >= before);
            prop_assert!(third_party_tie(&buckets, TODAY).unwrap_or(0.0) >= third);
        }

        #[test]
        fn a_later_day_never_makes_it_stronger(
            buckets in proptest::collection::vec(any_bucket(), 1..6), days in 1..3000i32
        ) {
            let now = owner_tie(&[], &buckets, TODAY);
            let later = owner_tie(&[], &buckets, TODAY + days.days());
            prop_assert!(later <= now);
        }

        #[test]
        fn two_way_is_at_least_one_way_of_as_many(
            count in 1..60u32, back in 0..60u32, age in 0..2000i32
        ) {
            let back = back.min(count);
            let one = owner_tie(&[], &[mail(count, 0, GroupSize::Pair, age)], TODAY);
            let two = owner_tie(&[], &[mail(count - back, back, GroupSize::Pair, age)], TODAY);
            prop_assert!(two >= one);
        }

        #[test]
        fn every_strength_is_above_zero_and_below_one(
            buckets in proptest::collection::vec(any_bucket(), 0..9)
        ) {
            if let Some(strength) = owner_tie(&[list("linkedin")], &buckets, TODAY) {
                prop_assert!((FLOOR..=CEILING).contains(&strength));
            }
        }
    }
}
