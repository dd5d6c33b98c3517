//! Dates as the formats spell them.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time, date},
    tz::TimeZone,
};

use crate::model::PartialDate;

/// The year with which Apple's address book marks "no year".
const APPLE_NO_YEAR: i16 = 1604;

/// A date, if the day exists. Year 1604 means no year; without a year 29 February exists.
pub(crate) fn partial(year: Option<i16>, month: i8, day: i8) -> Option<PartialDate> {
    let year = year.filter(|year| *year != APPLE_NO_YEAR);
    Date::new(year.unwrap_or(2000), month, day).ok()?;
    Some(PartialDate { year, month, day })
}

/// `1985-03-04`, `19850304`, `--03-04`, `--0304`, each maybe followed by a time.
pub(crate) fn parse_partial(text: &str) -> Option<PartialDate> {
    let text = text.trim();
    let text = text.split_once(['T', ' ']).map_or(text, |(day, _)| day);
    let (year, rest) = match text.strip_prefix("--") {
        Some(rest) => (None, rest),
        None => (
            Some(text.get(..4)?.parse().ok()?),
            text.get(4..)?.trim_start_matches('-'),
        ),
    };
    let digits = rest.replacen('-', "", 1);
    if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    partial(year, digits[..2].parse().ok()?, digits[2..].parse().ok()?)
}

/// `20240101T000000Z`, `2024-01-01T00:00:00+02:00` or a day alone, whose beginning in UTC it is.
pub(crate) fn parse_moment(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let local = text.parse::<DateTime>().ok()?;
    Some(TimeZone::UTC.to_timestamp(local).ok()?)
}

/// LinkedIn's `04 Mar 2021`, with English, German, French or Spanish months; also `2021-03-04`.
pub(crate) fn parse_day(text: &str) -> Option<Date> {
    let text = text.trim();
    if let Ok(day) = text.parse::<Date>() {
        return Some(day);
    }
    let mut parts = text.split_whitespace();
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    let day = day.trim_end_matches('.').parse().ok()?;
    Date::new(year.parse().ok()?, month_of(month)?, day).ok()
}

fn month_of(name: &str) -> Option<i8> {
    const MONTHS: [&[&str]; 12] = [
        &["jan", "ene"],
        &["feb", "fév", "fev"],
        &["mar", "mär", "mrz"],
        &["apr", "avr", "abr"],
        &["may", "mai"],
        &["jun", "juin"],
        &["jul", "juil"],
        &["aug", "aoû", "ago"],
        &["sep"],
        &["oct", "okt"],
        &["nov"],
        &["dec", "dez", "déc", "dic"],
    ];
    let name = name.trim_end_matches('.').to_lowercase();
    // "juin" and "juil" both begin as "jui": the longer spellings decide.
    let month = MONTHS
        .iter()
        .position(|names| names.iter().any(|known| name.starts_with(known)))?;
    i8::try_from(month + 1).ok()
}

/// LinkedIn's `2026-02-15 00:04:28 UTC`.
pub(crate) fn parse_utc(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_end_matches("UTC").trim_end();
    let moment: DateTime = text.parse().ok()?;
    TimeZone::UTC.to_timestamp(moment).ok()
}

/// LinkedIn's `7/8/26, 3:43 PM`: month first, two-digit years in this century, taken as UTC.
pub(crate) fn parse_us(text: &str) -> Option<Timestamp> {
    let text = text.replace(['\u{202f}', '\u{a0}'], " ");
    let (day, time) = text.split_once(',')?;
    let mut numbers = day.trim().split('/').map(|part| part.parse::<i16>().ok());
    let (month, day, year) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let year = if year < 100 { year + 2000 } else { year };
    let day = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let time = time.trim().to_ascii_uppercase();
    let (clock, half) = time.split_once(' ').unwrap_or((&time, ""));
    let (hour, minute) = clock.split_once(':')?;
    let (hour, minute) = (hour.parse::<i8>().ok()?, minute.get(..2)?.parse().ok()?);
    let hour = match half.trim() {
        "AM" => hour % 12,
        "PM" => hour % 12 + 12,
        _ => hour,
    };
    TimeZone::UTC
        .to_timestamp(day.to_datetime(Time::new(hour, minute, 0, 0).ok()?))
        .ok()
}

/// Whether a moment is one at which mail existed: an absurd date is worse than none.
pub(crate) fn plausible(moment: Timestamp) -> bool {
    let day = moment.to_zoned(TimeZone::UTC).date();
    (date(1970, 1, 2)..date(2200, 1, 1)).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_dates_are_read_with_and_without_a_year() {
        let known = |year, month, day| Some(PartialDate { year, month, day });
        assert_eq!(parse_partial("1985-03-04"), known(Some(1985), 3, 4));
        assert_eq!(parse_partial("19850304T000000Z"), known(Some(1985), 3, 4));
        assert_eq!(parse_partial("--0509"), known(None, 5, 9));
        assert_eq!(parse_partial(" --05-09"), known(None, 5, 9));
        assert_eq!(parse_partial("1604-02-29"), known(None, 2, 29));
        for bad in [
            "",
            "1985",
            "--1350",
            "1985-02-30",
            "05/09/1985",
            "--é509",
            "ééé",
        ] {
            assert_eq!(parse_partial(bad), None, "{bad}");
        }
    }

    #[test]
    fn moments_are_read_with_and_without_separators() {
        for text in [
            "20240102T030405Z",
            "2024-01-02T03:04:05Z",
            "2024-01-02T05:04:05+02:00",
        ] {
            let moment = parse_moment(text).map(|it| it.to_string());
            assert_eq!(moment.as_deref(), Some("2024-01-02T03:04:05Z"), "{text}");
        }
        let day = parse_moment("2024-01-02").map(|it| it.to_string());
        assert_eq!(day.as_deref(), Some("2024-01-02T00:00:00Z"));
        assert_eq!(parse_moment("yesterday"), None);
    }

    #[test]
    fn months_are_read_in_several_languages() {
        assert_eq!(parse_day("04 Mar 2021"), Some(date(2021, 3, 4)));
        assert_eq!(parse_day("4. März 2021"), Some(date(2021, 3, 4)));
        assert_eq!(parse_day("31 Dez. 2019"), Some(date(2019, 12, 31)));
        assert_eq!(parse_day("1 juin 2019"), Some(date(2019, 6, 1)));
        assert_eq!(parse_day("1 juil. 2019"), Some(date(2019, 7, 1)));
        assert_eq!(parse_day("31 Foo 2019"), None);
    }

    #[test]
    fn american_times_are_read_with_their_halves_of_the_day() {
        let moment = |text: &str| parse_us(text).map(|moment| moment.to_string());
        assert_eq!(
            moment("7/8/26, 3:43 PM").as_deref(),
            Some("2026-07-08T15:43:00Z")
        );
        assert_eq!(
            moment("7/8/26, 12:05\u{202f}AM").as_deref(),
            Some("2026-07-08T00:05:00Z")
        );
        assert_eq!(moment("13/8/26, 3:43 PM"), None);
    }
}
