//! Why two people are tied, in sentences.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, civil::Date};
use kith_shared::events::ingest::{
    Connection, GroupSize, InteractionBucket, InteractionKind, ListClass,
};

use super::strength::day_of;

/// What an evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// Mail or messages.
    Mail,
    /// Both belong to a circle.
    Circle,
    /// The person stands in a list of the owner.
    Connection,
    /// The owner said so.
    Stated,
}

/// One reason for a tie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// In a sentence.
    pub summary: String,
    /// How many went from the owner to the person.
    pub sent: Option<u32>,
    /// How many came back.
    pub received: Option<u32>,
    /// The last of them.
    pub last_at: Option<Timestamp>,
    /// Where it was seen.
    pub source: String,
}

/// Evidence of the tie between a book's owner and a person in it.
#[must_use]
pub fn with_owner(
    connections: &[Connection],
    buckets: &[InteractionBucket],
    today: Date,
) -> Vec<Evidence> {
    let mut all = of_buckets(buckets, today, false);
    all.extend(connections.iter().map(of_list));
    all
}

/// Evidence of the tie between two persons of a book.
#[must_use]
pub fn between_persons(buckets: &[InteractionBucket], today: Date) -> Vec<Evidence> {
    of_buckets(buckets, today, true)
}

/// Evidence by a circle.
#[must_use]
pub fn of_circle(name: &str) -> Evidence {
    Evidence {
        kind: EvidenceKind::Circle,
        summary: format!("Both in the circle {name}"),
        sent: None,
        received: None,
        last_at: None,
        source: "circle".to_owned(),
    }
}

/// The first and the last moment of which something is known.
#[must_use]
pub fn first_and_last(buckets: &[InteractionBucket]) -> (Option<Date>, Option<Timestamp>) {
    (
        buckets.iter().map(|b| b.month).min(),
        buckets.iter().map(|b| b.last_at).max(),
    )
}

fn of_list(connection: &Connection) -> Evidence {
    let place = match (connection.source.as_str(), connection.class()) {
        ("linkedin", _) => "Connected on LinkedIn",
        ("google", _) => "In the Google contacts",
        (_, Some(ListClass::Stated)) => "Added by hand",
        (_, Some(ListClass::AddressBook)) => "In the address book",
        (_, Some(ListClass::Network)) => "Connected on a network",
        (_, None) => "In a contact list",
    };
    let since = connection
        .since
        .map(|day| format!(" since {}", month_and_year(day)));
    Evidence {
        kind: match connection.class() {
            Some(ListClass::Stated) => EvidenceKind::Stated,
            Some(ListClass::Network | ListClass::AddressBook) | None => EvidenceKind::Connection,
        },
        summary: format!("{place}{}", since.unwrap_or_default()),
        sent: None,
        received: None,
        last_at: None,
        source: connection.source.clone(),
    }
}

/// What buckets of one source, kind and closeness amount to.
#[derive(Default)]
struct Sum {
    sent: u32,
    received: u32,
    last_at: Option<Timestamp>,
}

fn of_buckets(buckets: &[InteractionBucket], today: Date, third_party: bool) -> Vec<Evidence> {
    let mut sums: BTreeMap<(String, bool, bool), Sum> = BTreeMap::new();
    for bucket in buckets
        .iter()
        .filter(|bucket| bucket.sent > 0 || bucket.received > 0)
    {
        let wide = matches!(bucket.group_size, GroupSize::Medium | GroupSize::Large);
        let message = bucket.kind == InteractionKind::Message;
        let sum = sums
            .entry((bucket.source.clone(), message, wide))
            .or_default();
        sum.sent = sum.sent.saturating_add(bucket.sent);
        sum.received = sum.received.saturating_add(bucket.received);
        sum.last_at = sum.last_at.max(Some(bucket.last_at));
    }
    let mut all: Vec<Evidence> = sums
        .into_iter()
        .map(|((source, message, wide), sum)| Evidence {
            kind: EvidenceKind::Mail,
            summary: sentence(&sum, message, wide, third_party, today),
            sent: Some(sum.sent),
            received: Some(sum.received),
            last_at: sum.last_at,
            source,
        })
        .collect();
    // What says most first: close before wide, then the most.
    all.sort_by_key(|e| std::cmp::Reverse(e.sent.unwrap_or(0).min(e.received.unwrap_or(0))));
    all
}

fn sentence(sum: &Sum, message: bool, wide: bool, third_party: bool, today: Date) -> String {
    let count = sum.sent.saturating_add(sum.received);
    let noun = |n: u32| match (message, n) {
        (false, 1) => "mail",
        (false, _) => "mails",
        (true, 1) => "message",
        (true, _) => "messages",
    };
    let last = sum
        .last_at
        .map(|at| ago(day_of(at), today))
        .unwrap_or_default();
    match (third_party, wide) {
        (true, false) => format!(
            "In {count} small-group {} together, last {last}",
            noun(count)
        ),
        (_, true) => format!("In {count} {} to many, last {last}", noun(count)),
        (false, false) if sum.sent > 0 && sum.received > 0 => {
            format!("{count} two-way {}, last {last}", noun(count))
        }
        (false, false) if sum.sent > 0 => {
            format!("{count} {} sent, none came back, last {last}", noun(count))
        }
        (false, false) => format!("{count} {} received, none sent, last {last}", noun(count)),
    }
}

/// A day in the past, as one speaks of it: `3 weeks ago`, `in May`, `in May 2021`.
#[must_use]
pub fn ago(day: Date, today: Date) -> String {
    let days = (today - day).get_days();
    let year_ago = today.saturating_sub(11.months()).first_of_month();
    match days {
        ..=0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        2..=13 => format!("{days} days ago"),
        14..=59 => format!("{} weeks ago", days / 7),
        _ if day >= year_ago => format!("in {}", month(day)),
        _ => format!("in {}", month_and_year(day)),
    }
}

fn month_and_year(day: Date) -> String {
    format!("{} {}", month(day), day.year())
}

fn month(day: Date) -> &'static str {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    // Months are 1 to 12.
    MONTHS[usize::try_from(day.month() - 1).unwrap_or(0) % 12]
}

#[cfg(test)]
mod tests {
    use jiff::{civil::date, tz::TimeZone};

    use super::*;

    const TODAY: Date = date(2026, 11, 22);

    fn bucket(sent: u32, received: u32, group_size: GroupSize, day: Date) -> InteractionBucket {
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

    #[test]
    fn mail_is_told_by_count_direction_and_age() {
        let said = |buckets: &[_]| with_owner(&[], buckets, TODAY)[0].summary.clone();
        let (pair, november) = (GroupSize::Pair, date(2026, 11, 1));
        assert_eq!(
            said(&[
                bucket(5, 4, pair, november),
                bucket(2, 1, GroupSize::Small, date(2026, 9, 1))
            ]),
            "12 two-way mails, last 3 weeks ago"
        );
        assert_eq!(
            said(&[bucket(3, 0, pair, date(2026, 5, 3))]),
            "3 mails sent, none came back, last in May"
        );
        assert_eq!(
            said(&[bucket(0, 1, pair, TODAY)]),
            "1 mail received, none sent, last today"
        );
        assert_eq!(
            said(&[bucket(0, 90, GroupSize::Large, date(2019, 5, 3))]),
            "In 90 mails to many, last in May 2019"
        );
        assert_eq!(
            between_persons(&[bucket(3, 1, GroupSize::Small, date(2026, 5, 3))], TODAY)[0].summary,
            "In 4 small-group mails together, last in May"
        );
    }

    #[test]
    fn lists_and_circles_are_named() {
        let linkedin = Connection {
            source: "linkedin".into(),
            class: None,
            since: Some(date(2021, 3, 5)),
        };
        assert_eq!(
            of_list(&linkedin).summary,
            "Connected on LinkedIn since March 2021"
        );
        assert_eq!(of_circle("Alumni").summary, "Both in the circle Alumni");
    }

    #[test]
    fn days_are_told_as_one_speaks() {
        for (day, said) in [
            (date(2026, 11, 21), "yesterday"),
            (date(2026, 11, 17), "5 days ago"),
            (date(2026, 10, 20), "4 weeks ago"),
            (date(2026, 1, 20), "in January"),
            (date(2025, 12, 20), "in December"),
            (date(2025, 11, 20), "in November 2025"),
            (date(2027, 1, 1), "today"),
        ] {
            assert_eq!(ago(day, TODAY), said);
        }
    }
}
