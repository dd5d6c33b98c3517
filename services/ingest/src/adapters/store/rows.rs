//! Rows as domain types: every column by its name. What cannot be read is an error that names the
//! table, the row and what was expected, never a default.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use kith_shared::ids::{AccountId, ImportId, PersonId, RecordId};
use skeleton_durable::stored::{self, Stored, Unreadable, known, moment};
use sqlx::{Decode, Row as _, Type, ValueRef as _};
use uuid::Uuid;

use super::dialect::Db;
use crate::{
    adapters::store::stored::{StoredEmails, StoredKeyHashes, StoredKeys, StoredSaid, words},
    domain::{
        account::Account,
        book::{DecidedBy, Merged, Person},
        correspondence::Correspondent,
        import::{Applied, FileFormat, Import, Published, Stage, StageParts},
        interactions::{BucketKey, Channel, Pair, Tally},
        key::Key,
        receipt::Counts,
        record::{Record, Source},
    },
    ports::{NOBODY, StoredLine, StoredRecord},
};

pub(super) type DbRow = <Db as sqlx::Database>::Row;

/// Values named in one statement; both databases bind more.
pub(super) const NAMED: usize = 1000;

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

// The columns that the readers below expect. They are named, since a statement that asks for all of them fails
// on connections that are open while a later version adds one.
pub(super) const ACCOUNT: &str = "id, version, region, emails, keys";
pub(super) const PERSON: &str = "id, root, version, merged_into, merge_id, merge_reason, merged_at, \
    merge_by, merge_bits, display_name, created_at";
pub(super) const RECORD: &str =
    "id, home, source, file_name, observed_at, import, seen, until, keys, said, position, raw";
pub(super) const IMPORT: &str = "id, account, version, file_name, format, status, created_at, \
    started_at, finished_at, bytes_total, bytes_done, taken, created, merged, updated, unchanged, \
    left_out, rejected, told_people, told_interactions, applied_by_search, applied_by_network, \
    problem";
pub(super) const LINE: &str = "import, ordinal, position, outcome, reason, person, label";
pub(super) const CORRESPONDENT: &str =
    "account, key, name, other_names, written_to, wrote, last_at, recorded";
pub(super) const BUCKET: &str =
    "account, a, b, channel, month, group_size, sent, received, last_at";
pub(super) const PAIR: &str = "account, person, other, version, digest";

pub(super) fn account_of(row: &DbRow) -> Result<Account, Unreadable> {
    let row = Reading::of(row, "account", &["id"]);
    Ok(Account {
        id: AccountId(row.get("id")?),
        version: row.get("version")?,
        region: row.get("region")?,
        emails: row.json::<StoredEmails>()?.into(),
        keys: row.json::<StoredKeyHashes>()?.into(),
    })
}

pub(super) fn person_of(row: &DbRow) -> Result<Person, Unreadable> {
    let row = Reading::of(row, "person", &["id"]);
    let into: Option<Uuid> = row.get("merged_into")?;
    let merged = into.map(|into| -> Result<Merged, Unreadable> {
        let since = "merged_into has one";
        let reason: String = row.needed("merge_reason", since)?;
        Ok(Merged {
            into: PersonId(into),
            merge_id: row.needed("merge_id", since)?,
            by: DecidedBy::named(row.get("merge_by")?, &reason),
            bits: row.get::<Option<i64>>("merge_bits")?.map(bits),
            reason,
            at: {
                row.needed::<i64>("merged_at", since)?;
                row.moment("merged_at")?
            },
        })
    });
    Ok(Person {
        id: PersonId(row.get("id")?),
        version: row.get("version")?,
        merged: merged.transpose()?,
        display_name: row.get("display_name")?,
        created_at: row.moment("created_at")?,
    })
}

/// A weight beyond what is ever weighed is as good as the most.
fn bits(stored: i64) -> i32 {
    i32::try_from(stored).unwrap_or(if stored < 0 { i32::MIN } else { i32::MAX })
}

pub(super) fn record_of(row: &DbRow) -> Result<Record, Unreadable> {
    let row = Reading::of(row, "record", &["id"]);
    Ok(Record {
        id: RecordId(row.get("id")?),
        home: PersonId(row.get("home")?),
        source: Source::named(row.get("source")?),
        file_name: row.get("file_name")?,
        observed_at: row.moment("observed_at")?,
        import: row.get::<Option<Uuid>>("import")?.map(ImportId),
        seen: row.get::<Option<Uuid>>("seen")?.map(ImportId),
        until: row.moment_if_any("until")?,
        said: row.json::<StoredSaid>()?.into(),
        keys: row.json::<StoredKeys>()?.into(),
    })
}

pub(super) fn stored_record_of(row: &DbRow) -> Result<StoredRecord, Unreadable> {
    let row = Reading::of(row, "record", &["id"]);
    Ok(StoredRecord {
        id: RecordId(row.get("id")?),
        source: Source::named(row.get("source")?),
        file_name: row.get("file_name")?,
        position: row.get("position")?,
        observed_at: row.moment("observed_at")?,
        raw: row.get("raw")?,
    })
}

pub(super) fn import_of(row: &DbRow) -> Result<Import, Unreadable> {
    let row = Reading::of(row, "import", &["id"]);
    let status: &str = row.get("status")?;
    let stage = Stage::of(StageParts {
        name: status.to_owned(),
        started_at: row.moment_if_any("started_at")?,
        finished_at: row.moment_if_any("finished_at")?,
        problem: row.get("problem")?,
    });
    Ok(Import {
        id: ImportId(row.get("id")?),
        account: AccountId(row.get("account")?),
        version: row.get("version")?,
        file_name: row.get("file_name")?,
        format: FileFormat::named(row.get("format")?),
        stage: stage.map_err(|column| {
            row.unreadable(format!(
                "{column}: expected a value, since status is {status}"
            ))
        })?,
        created_at: row.moment("created_at")?,
        bytes_total: row.count("bytes_total")?,
        bytes_done: row.count("bytes_done")?,
        taken: row.count("taken")?,
        counts: Counts {
            created: row.count("created")?,
            merged: row.count("merged")?,
            updated: row.count("updated")?,
            unchanged: row.count("unchanged")?,
            left_out: row.count("left_out")?,
            rejected: row.count("rejected")?,
        },
        published: Published {
            people: row.count("told_people")?,
            interactions: row.count("told_interactions")?,
        },
        applied: Applied {
            by_search: row.flag("applied_by_search")?,
            by_network: row.flag("applied_by_network")?,
        },
    })
}

pub(super) fn line_of(row: &DbRow) -> Result<StoredLine, Unreadable> {
    let row = Reading::of(row, "receipt", &["import", "ordinal"]);
    Ok(StoredLine {
        ordinal: row.count("ordinal")?,
        position: row.get("position")?,
        outcome: row.get("outcome")?,
        reason: row.get("reason")?,
        person: row.get::<Option<Uuid>>("person")?.map(PersonId),
        label: row.get("label")?,
    })
}

pub(super) fn correspondent_of(row: &DbRow) -> Result<Correspondent, Unreadable> {
    let row = Reading::of(row, "correspondent", &["account", "key"]);
    Ok(Correspondent {
        key: Key(row.get("key")?),
        name: row.get("name")?,
        other_names: row.count("other_names")?,
        written_to: row.count("written_to")?,
        wrote: row.count("wrote")?,
        last_at: row.moment("last_at")?,
        recorded: row.flag("recorded")?,
    })
}

pub(super) fn tally_of(row: &DbRow) -> Result<(BucketKey, Tally), Unreadable> {
    let row = Reading::of(
        row,
        "bucket",
        &["account", "a", "b", "channel", "month", "group_size"],
    );
    let b: String = row.get("b")?;
    let bucket = BucketKey {
        a: Key(row.get("a")?),
        b: (!b.is_empty()).then_some(Key(b)),
        channel: Channel::named(row.get("channel")?),
        month: row.day("month")?,
        group: row.count("group_size")?,
    };
    let tally = Tally {
        sent: row.count("sent")?,
        received: row.count("received")?,
        last_at: row.moment("last_at")?,
    };
    Ok((bucket, tally))
}

pub(super) fn pair_of(row: &DbRow) -> Result<Pair, Unreadable> {
    let row = Reading::of(row, "pair", &["account", "person", "other"]);
    Ok(Pair {
        person: PersonId(row.get("person")?),
        other: other_end(row.get("other")?),
        version: row.get("version")?,
        digest: row.get("digest")?,
    })
}

/// The other end of a pair; none for the owner.
pub(super) fn other_end(id: Uuid) -> Option<PersonId> {
    (id != NOBODY).then_some(PersonId(id))
}
