//! Words and numbers that stand in columns of their own.
//!
//! A word that this version does not know is one of a later version: it is kept, shown and published
//! as it is, and nothing is decided by it as if it were another.
//!
//! | column | a word that is not known |
//! |---|---|
//! | `record.source` | a list under all lists that are known and over the heads of mails; published by its name |
//! | `import.format` | the file waits for a replica that knows it |
//! | `import.status` | neither waiting nor ended: nobody reads the file, nobody deletes it |
//! | `receipt.outcome` | shown by its name |
//! | `bucket.channel` | counted and published by its name, as messages |
//! | `bucket.group_size` | above 3: published as the largest groups |
//!
//! A number that can stand for nothing (a day beyond the calendar, a count below zero) is an error.

use jiff::civil::Date;

/// A day as it is stored: days since 1970.
pub(in crate::adapters::store) fn day_number(day: Date) -> i64 {
    i64::from((day - Date::constant(1970, 1, 1)).get_days())
}

/// The day of a number; none where there is no such day.
pub(in crate::adapters::store) fn day(number: i64) -> Option<Date> {
    let days = jiff::Span::new().try_days(number).ok()?;
    Date::constant(1970, 1, 1).checked_add(days).ok()
}
