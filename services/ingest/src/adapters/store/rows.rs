//! Reading a row: every column by its name. What cannot be read is an error that names the table, the
//! row and what was expected, never a default.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use skeleton_durable::stored::{self, Stored, Unreadable, known, moment};
use sqlx::{Decode, QueryBuilder, Row as _, Type, ValueRef as _};
use uuid::Uuid;

use super::dialect::Db;
use crate::adapters::store::stored::words;

pub(super) type DbRow = <Db as sqlx::Database>::Row;

/// Values named in one statement; both databases bind more.
pub(super) const NAMED: usize = 1000;

/// Appends `(v, v, …)`.
pub(super) fn push_list<'a, T>(query: &mut QueryBuilder<Db>, values: impl IntoIterator<Item = T>)
where
    T: 'a + sqlx::Encode<'a, Db> + Type<Db>,
{
    query.push(" (");
    let mut list = query.separated(", ");
    for value in values {
        list.push_bind(value);
    }
    query.push(")");
}

/// A limit as the databases bind it.
pub(super) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A row of a table, being read. It is displayed as its key; what of that cannot be read is a
/// question mark.
#[derive(Clone, Copy)]
pub(super) struct Reading<'r> {
    row: &'r DbRow,
    table: &'static str,
    /// The columns that name the row.
    key: &'static [&'static str],
}

impl fmt::Display for Reading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, column) in self.key.iter().enumerate() {
            let between = if at > 0 { "/" } else { "" };
            write!(f, "{between}{}", self.part(column))?;
        }
        Ok(())
    }
}

impl<'r> Reading<'r> {
    pub(super) fn of(row: &'r DbRow, table: &'static str, key: &'static [&'static str]) -> Self {
        Self { row, table, key }
    }

    /// What cannot be read of it, and why.
    fn unreadable(&self, what: impl fmt::Display) -> Unreadable {
        Unreadable::new(self.table, self, what)
    }

    fn part(&self, column: &str) -> String {
        let id = self.row.try_get::<Uuid, _>(column);
        let text = || self.row.try_get::<String, _>(column);
        let number = || self.row.try_get::<i64, _>(column);
        id.map(|id| id.to_string())
            .or_else(|_| text())
            .or_else(|_| number().map(|number| number.to_string()))
            .unwrap_or_else(|_| "?".to_owned())
    }

    /// A column of the type that the table gives it.
    pub(super) fn get<T>(&self, column: &'static str) -> Result<T, Unreadable>
    where
        T: Decode<'r, Db> + Type<Db>,
    {
        self.row
            .try_get(column)
            .map_err(|error| self.unreadable(format!("{column}: {error}")))
    }

    /// A column that must hold a value because another does.
    pub(super) fn needed<T>(&self, column: &'static str, since: &str) -> Result<T, Unreadable>
    where
        T: Decode<'r, Db> + Type<Db>,
    {
        let value = self.row.try_get_raw(column);
        if value.is_ok_and(|value| value.is_null()) {
            return Err(self.unreadable(format!("{column}: expected a value, since {since}")));
        }
        self.get(column)
    }

    pub(super) fn moment(&self, column: &'static str) -> Result<Timestamp, Unreadable> {
        self.moment_of(self.get(column)?, column)
    }

    pub(super) fn moment_if_any(
        &self,
        column: &'static str,
    ) -> Result<Option<Timestamp>, Unreadable> {
        let micros: Option<i64> = self.get(column)?;
        micros
            .map(|micros| self.moment_of(micros, column))
            .transpose()
    }

    fn moment_of(&self, micros: i64, column: &'static str) -> Result<Timestamp, Unreadable> {
        moment(micros, (self.table, column), self)
    }

    pub(super) fn day(&self, column: &'static str) -> Result<Date, Unreadable> {
        let number = self.get(column)?;
        self.known(
            column,
            words::day(number),
            "a day, counted from 1970",
            number,
        )
    }

    /// A number that fits `T`, which is unsigned.
    pub(super) fn count<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, Unreadable> {
        let number = self.get(column)?;
        let expected = "a number from 0 up that is not too large";
        self.known(column, T::try_from(number).ok(), expected, number)
    }

    pub(super) fn flag(&self, column: &'static str) -> Result<bool, Unreadable> {
        let number: i64 = self.get(column)?;
        let flag = match number {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        };
        self.known(column, flag, "0 or 1", number)
    }

    /// What stands in a column as JSON.
    pub(super) fn json<T: Stored>(&self) -> Result<T, Unreadable> {
        let text: &str = self.get(T::COLUMN)?;
        stored::read(text, self)
    }

    fn known<T>(
        &self,
        column: &'static str,
        value: Option<T>,
        expected: &str,
        found: i64,
    ) -> Result<T, Unreadable> {
        known(value, (self.table, column), self, expected, found)
    }
}
