//! When a mail was sent: by its own word, unless those who carried it know better.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};

use crate::dates;

/// How much later than it was received a mail may say that it was sent: clocks are wrong by hours.
const CLOCK_HOURS: i64 = 7 * 24;
/// How much later than its line in the mailbox: that line may be of any time after the sending, and
/// where it was made up, of any.
const SEPARATOR_HOURS: i64 = 2 * 366 * 24;

/// 1990-01-01, in seconds: hardly any mail that anybody still has is older.
const FIRST_MAIL: i64 = 631_152_000;

/// What says when a mail was sent.
pub(super) struct Moments<'a> {
    /// As the `Date` header was read.
    pub(super) date: Option<Timestamp>,
    /// The same as it was written.
    pub(super) written: Option<&'a str>,
    /// The first `Received` header, which is of the last who carried it.
    pub(super) received: Option<&'a str>,
    /// The mailbox's line before the mail.
    pub(super) separator: &'a str,
}

impl Moments<'_> {
    /// The moment to believe.
    pub(super) fn sent(&self) -> Option<Timestamp> {
        let date = self.date.filter(|date| dates::plausible(*date));
        let date = date.or_else(|| self.written.and_then(moment));
        let received = self.received.and_then(|it| moment(it.rsplit(';').next()?));
        let separator = separator_moment(self.separator);
        let is_after = |date: Timestamp, other: Timestamp, hours: i64| {
            other
                .checked_add(hours.hours())
                .is_ok_and(|latest| date > latest)
        };
        // A computer without a clock writes the day on which its clock begins.
        let is_clockless = |date: Timestamp| date.as_second() < FIRST_MAIL;
        let is_later = |other: Timestamp| !is_clockless(other);
        match (date, received, separator) {
            (Some(date), Some(other), _) | (Some(date), None, Some(other))
                if is_clockless(date) && is_later(other) =>
            {
                Some(other)
            }
            (Some(date), Some(received), _) if is_after(date, received, CLOCK_HOURS) => {
                Some(received)
            }
            (Some(date), None, Some(line)) if is_after(date, line, SEPARATOR_HOURS) => Some(line),
            (date, received, separator) => date.or(received).or(separator),
        }
    }
}

/// The moment of `From ada@example.org Sun Feb 15 00:04:28 +0000 2026`; without a zone taken as UTC.
pub(super) fn separator_moment(line: &str) -> Option<Timestamp> {
    moment(line.strip_prefix("From ")?)
}

/// A moment as mail programs write it, now and in former times: `Sun, 15 Feb 2026 01:04:28 +0100`,
/// `13 Feb 98 00:04 EST`, `Sun Feb 15 00:04:28 2026`, `2026-02-15T00:04:28Z`.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let words = text
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')'))
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>();
    if let Some(moment) = words.iter().find_map(|word| iso(word)) {
        return Some(moment);
    }
    let at = words.iter().position(|word| clock(word).is_some())?;
    let (before, after) = (&words[..at], &words[at + 1..]);
    let time = clock(words[at])?;
    let time = match after
        .first()
        .map(|word| word.to_ascii_lowercase())
        .as_deref()
    {
        Some("pm") if time.hour() < 12 => time.checked_add(12.hours()).ok()?,
        Some("am") if time.hour() == 12 => time.checked_sub(12.hours()).ok()?,
        _ => time,
    };
    let day = day_before(before, after)?;
    let zone = after.iter().find_map(|word| offset(word));
    let zone = zone.unwrap_or(Offset::UTC).to_time_zone();
    let moment = zone.to_timestamp(day.to_datetime(time)).ok()?;
    dates::plausible(moment).then_some(moment)
}

fn iso(word: &str) -> Option<Timestamp> {
    if !word
        .get(10..11)
        .is_some_and(|it| it.eq_ignore_ascii_case("T"))
    {
        return None;
    }
    let local = || {
        TimeZone::UTC
            .to_timestamp(word.parse::<DateTime>().ok()?)
            .ok()
    };
    let moment = word.parse().ok().or_else(local)?;
    dates::plausible(moment).then_some(moment)
}

/// `00:04` or `00:04:28`.
fn clock(word: &str) -> Option<Time> {
    let mut parts = word.split(':');
    let two = |part: &str| {
        let is_two = (1..=2).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit());
        is_two.then(|| part.parse::<i8>().ok())?
    };
    let (hour, minute) = (two(parts.next()?)?, two(parts.next()?)?);
    let second = parts.next().map_or(Some(0), two)?;
    let none_left = parts.next().is_none();
    none_left.then(|| Time::new(hour, minute, second.min(59), 0).ok())?
}

/// The day before a time: `15 Feb 2026`, or `Feb 15` and the year after the time.
fn day_before(before: &[&str], after: &[&str]) -> Option<Date> {
    if let [.., day, month, year] = before
        && let Some(year) = full_year(year)
        && let Some(day) = dates::parse_day(&format!("{day} {month} {year}"))
    {
        return Some(day);
    }
    if let [.., month, day] = before
        && month.chars().all(char::is_alphabetic)
        && let Some(year) = after.iter().rev().find_map(|word| full_year(word))
        && let Some(day) = dates::parse_day(&format!("{day} {month} {year}"))
    {
        return Some(day);
    }
    dates::parse_day(before.last()?)
}

/// A year of two digits is of 1950 to 2049, one of three counts from 1900 (RFC 5322, section 4.3).
fn full_year(word: &str) -> Option<i16> {
    let year = word.parse::<i16>().ok()?;
    match word.len() {
        4 => Some(year),
        3 => Some(year + 1900),
        2 if year < 50 => Some(year + 2000),
        2 => Some(year + 1900),
        _ => None,
    }
}

/// `+0100`, `EST`.
fn offset(word: &str) -> Option<Offset> {
    let named = |hours| Offset::from_hours(hours).ok();
    match word {
        "UT" | "UTC" | "GMT" | "Z" => return Some(Offset::UTC),
        "EDT" => return named(-4),
        "EST" | "CDT" => return named(-5),
        "CST" | "MDT" => return named(-6),
        "MST" | "PDT" => return named(-7),
        "PST" => return named(-8),
        "CET" | "MEZ" | "BST" => return named(1),
        "CEST" | "MESZ" | "EET" => return named(2),
        "JST" => return named(9),
        _ => {}
    }
    let digits = word.strip_prefix(['+', '-'])?;
    if digits.len() != 4 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (
        digits[..2].parse::<i32>().ok()?,
        digits[2..].parse::<i32>().ok()?,
    );
    let seconds = (hours * 60 + minutes) * 60;
    Offset::from_seconds(if word.starts_with('-') {
        -seconds
    } else {
        seconds
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_were_ever_written() {
        for (text, expected) in [
            ("Sun, 15 Feb 2026 01:04:28 +0100", "2026-02-15T00:04:28Z"),
            ("13 Feb 98 00:04 EST", "1998-02-13T05:04:00Z"),
            ("Fri, 13 Feb 04 00:04:00 -0030", "2004-02-13T00:34:00Z"),
            ("13 Feb 103 00:04", "2003-02-13T00:04:00Z"),
            ("Sun Feb 15 00:04:28 2026", "2026-02-15T00:04:28Z"),
            ("Sun Feb 15 00:04:28 +0000 2026", "2026-02-15T00:04:28Z"),
            ("2026-02-15T00:04:28Z", "2026-02-15T00:04:28Z"),
            ("Sonntag, 15. Februar 2026 00:04", "2026-02-15T00:04:00Z"),
            ("15.02.2026 00:04", "2026-02-15T00:04:00Z"),
            ("Sun, 15-Feb-2026 00:04:28 GMT", "2026-02-15T00:04:28Z"),
            ("Sun, 15 Feb 2026 11:04:28 PM", "2026-02-15T23:04:28Z"),
        ] {
            let found = moment(text).map(|moment| moment.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "at 10:15 yesterday",
            "10:15",
            "Feb 15",
            "99 Feb 2026 00:04",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
