//! Which archives are kept, by their age: of the last hours one each, of the last days, of the last
//! months; and none longer than a hard maximum, whatever else says to keep it.
//!
//! What counts as an hour, a day, a month is a piece of the calendar (UTC) of which there is an archive,
//! counted back from the newest, so that weeks in which nothing ran use up nothing. The maximum counts
//! from now: it is the promise that whoever was erased is gone from the backups as well.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

/// How many are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Hours of which one archive is kept.
    pub hours: usize,
    /// Days of which one is.
    pub days: usize,
    /// Months of which one is.
    pub months: usize,
    /// None is kept longer, but by whoever copied it elsewhere.
    pub longest: SignedDuration,
}

/// What is decided on an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is kept, for this reason.
    Keep(&'static str),
    /// It is removed, for this reason.
    Remove(&'static str),
}

impl Decision {
    /// Whether it is removed.
    #[must_use]
    pub fn removes(self) -> bool {
        matches!(self, Self::Remove(_))
    }
}

/// Clocks of several machines differ by less.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// What is decided on each of these archives, which show these moments, at `now`.
#[must_use]
pub fn decide(moments: &[Timestamp], kept: &Kept, now: Timestamp) -> Vec<Decision> {
    let mut newest_first: Vec<usize> = (0..moments.len()).collect();
    newest_first.sort_by_key(|at| std::cmp::Reverse(moments[*at]));
    let mut decisions = vec![Decision::Remove("there are newer ones of its time"); moments.len()];
    let mut newest = None;
    let rules: [(usize, &str, &str); 3] = [
        (kept.hours, "%Y%m%dT%H", "the newest of its hour"),
        (kept.days, "%Y%m%d", "the newest of its day"),
        (kept.months, "%Y%m", "the newest of its month"),
    ];
    let mut seen: [BTreeSet<String>; 3] = Default::default();
    let mut oldest = None;
    for at in newest_first {
        let moment = moments[at];
        if moment.duration_since(now) > AHEAD {
            // A clock was wrong, that one's or this one's: neither counted nor thrown away.
            decisions[at] = Decision::Keep("of a time that has not come");
            continue;
        }
        if now.duration_since(moment) > kept.longest {
            decisions[at] = Decision::Remove("older than any may be");
            continue;
        }
        if newest.replace(at).is_none() {
            decisions[at] = Decision::Keep("the newest");
        }
        oldest = Some(at);
        for ((most, piece, reason), seen) in rules.iter().zip(&mut seen) {
            let piece = moment.to_zoned(TimeZone::UTC).strftime(piece).to_string();
            if seen.len() < *most && seen.insert(piece) && decisions[at].removes() {
                decisions[at] = Decision::Keep(reason);
            }
        }
    }
    // Until there are archives of as many months as are kept, the oldest stays: it is all that is known
    // of the time before.
    if let Some(at) = oldest
        && decisions[at].removes()
        && seen[2].len() < kept.months
    {
        decisions[at] = Decision::Keep("the oldest");
    }
    decisions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEPT: Kept = Kept {
        hours: 24,
        days: 14,
        months: 12,
        longest: SignedDuration::from_hours(24 * 370),
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn hours(hours: i64) -> SignedDuration {
        SignedDuration::from_hours(hours)
    }

    fn left(moments: &[Timestamp], kept: &Kept, now: Timestamp) -> Vec<Timestamp> {
        let decisions = decide(moments, kept, now);
        let decisions = moments.iter().zip(decisions);
        decisions
            .filter(|(_, decision)| !decision.removes())
            .map(|(moment, _)| *moment)
            .collect()
    }

    #[test]
    fn hour_by_hour_for_two_years_there_is_one_of_each_day_and_month_that_is_promised() {
        let mut there: Vec<Timestamp> = Vec::new();
        let mut now = at("2025-01-01T00:17:00Z");
        for hour in 0..24 * 731 {
            there.push(now);
            there = left(&there, &KEPT, now);
            let days = |at: &Timestamp| now.duration_since(*at).as_hours() / 24;
            if hour % 24 == 11 && hour > 24 * 400 {
                for day in 0..13 {
                    assert!(
                        there.iter().any(|at| days(at) == day),
                        "{day} days ago, {now}"
                    );
                }
                let months: BTreeSet<String> = there
                    .iter()
                    .map(|at| at.to_zoned(TimeZone::UTC).strftime("%Y%m").to_string())
                    .collect();
                assert!(months.len() >= 12, "{months:?}");
                assert!((45..=50).contains(&there.len()), "{}", there.len());
                assert!(there.iter().all(|at| days(at) <= 370));
            }
            now += hours(1);
        }
    }

    #[test]
    fn the_first_is_kept_until_months_have_passed() {
        let first = at("2026-05-03T00:00:00Z");
        let mut there = Vec::new();
        for hour in 0..24 * 27 {
            there.push(first + hours(hour));
            there = left(&there, &KEPT, first + hours(hour));
        }
        assert!(there.contains(&first));
    }

    #[test]
    fn whatever_is_kept_goes_when_it_is_older_than_any_may_be() {
        let now = at("2026-05-01T00:00:00Z");
        let kept = Kept {
            longest: hours(24 * 30),
            ..KEPT
        };
        let old = [now - hours(24 * 31), now - hours(24 * 29)];
        assert_eq!(left(&old, &kept, now), [old[1]]);
        assert_eq!(left(&old[..1], &kept, now), [], "the only one as well");
    }

    #[test]
    fn one_of_a_time_to_come_neither_counts_nor_goes() {
        let now = at("2026-05-01T00:00:00Z");
        let ahead = at("2031-01-01T00:00:00Z");
        let there = [ahead, now - hours(3), now - hours(2)];
        let decisions = decide(&there, &KEPT, now);
        assert_eq!(decisions[0], Decision::Keep("of a time that has not come"));
        assert_eq!(decisions[2], Decision::Keep("the newest"));
    }

    proptest! {
        #[test]
        fn the_newest_stays_and_thinning_again_takes_nothing(
            ages in prop::collection::vec(0_i64..24 * 800, 1..200),
            (hours_kept, days, months, longest) in (1_usize..48, 1_usize..30, 1_usize..24, 1_i64..500),
        ) {
            let now = at("2026-05-01T10:30:00Z");
            let kept = Kept { hours: hours_kept, days, months, longest: hours(24 * longest) };
            let there: Vec<Timestamp> = ages.iter().map(|age| now - hours(*age)).collect();
            let once = left(&there, &kept, now);
            prop_assert_eq!(&left(&once, &kept, now), &once);
            let newest = there.iter().max().unwrap();
            let is_old = now.duration_since(*newest) > kept.longest;
            prop_assert_eq!(once.contains(newest), !is_old);
            prop_assert!(once.iter().all(|at| now.duration_since(*at) <= kept.longest));
            let distinct: BTreeSet<&Timestamp> = once.iter().collect();
            prop_assert!(distinct.len() <= hours_kept + days + months + 2);
        }
    }
}
