//! What the store promises of a change: its writes have the effect that they have one after the
//! other, whatever is written together.

use jiff::{Timestamp, civil::date};
use kith_formats::Format;
use kith_shared::ids::{AccountId, ImportId, PersonId, RecordId};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestCaseError, TestRunner},
};
use skeleton_durable::{
    commit::{ChangeSet, Commit as _, CommitError},
    sql::WriteError,
};
use sqlx::{AssertSqlSafe, Connection as _, Row as _};
use uuid::Uuid;

use super::{Store, TABLES, Write as _, dialect::Connection, rows::DbRow};
use crate::{
    domain::{
        account::Account,
        book::{DecidedBy, Merged, Person},
        correspondence::Correspondent,
        import::Import,
        interactions::{BucketKey, Channel, Pair, Tally},
        key::Key,
        receipt::{Outcome, ReceiptLine},
        record::{Arrival, Record, Said, Source},
    },
    ports::Write,
};

/// Two stores with the same content: one is written by change sets, the other write by write.
pub(super) struct Twins {
    pub(super) store: Store,
    pub(super) seen: Connection,
    pub(super) reference: Connection,
}

impl Twins {
    /// Commits these in one change; they must do what they do one after the other.
    async fn agree(&mut self, writes: Vec<Write>) -> Result<(), String> {
        let expected = one_by_one(&writes, &mut self.reference).await;
        let change = ChangeSet {
            writes: writes.clone(),
            ..ChangeSet::new()
        };
        let committed = self.store.commit(change).await;
        match (&expected, &committed) {
            (Ok(()), Ok(())) | (Err(_), Err(CommitError::Conflict(_))) => {}
            _ => {
                return Err(format!(
                    "one by one {expected:?}, together {committed:?}: {writes:#?}"
                ));
            }
        }
        let (seen, reference) = (dump(&mut self.seen).await, dump(&mut self.reference).await);
        if seen == reference {
            return Ok(());
        }
        Err(format!(
            "{writes:#?}\nmust leave {reference:#?}\nand left {seen:#?}"
        ))
    }
}

async fn one_by_one(writes: &[Write], on: &mut Connection) -> Result<(), WriteError> {
    let mut transaction = on.begin().await?;
    for write in writes {
        if let Err(error) = write.apply(&mut transaction).await {
            transaction.rollback().await?;
            return Err(error);
        }
    }
    Ok(transaction.commit().await?)
}

/// Everything that a store holds, as text.
async fn dump(on: &mut Connection) -> Vec<String> {
    let mut lines = Vec::new();
    for table in TABLES {
        let text = format!("SELECT * FROM {}", table.name);
        let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(&mut *on).await;
        let rows = rows.unwrap();
        let mut found: Vec<String> = rows
            .iter()
            .map(|row| {
                let cells: Vec<String> = (0..row.len()).map(|at| cell(row, at)).collect();
                format!("{}: {}", table.name, cells.join(", "))
            })
            .collect();
        found.sort();
        lines.extend(found);
    }
    lines
}

fn cell(row: &DbRow, at: usize) -> String {
    if let Ok(number) = row.try_get::<Option<i64>, _>(at) {
        return format!("{number:?}");
    }
    if let Ok(id) = row.try_get::<Option<Uuid>, _>(at) {
        return format!("{id:?}");
    }
    if let Ok(text) = row.try_get::<Option<String>, _>(at) {
        return format!("{text:?}");
    }
    format!("{:?}", row.try_get::<Option<Vec<u8>>, _>(at).unwrap())
}

/// Few rows, so that writes meet.
#[derive(Clone, Copy)]
struct Case(u128);

impl Case {
    fn id(self, kind: u8, number: u8) -> Uuid {
        Uuid::from_u128((self.0 << 32) | (u128::from(kind) << 8) | u128::from(number))
    }

    fn account(self) -> AccountId {
        AccountId(self.id(0, 0))
    }

    fn person(self, number: u8) -> PersonId {
        PersonId(self.id(1, number))
    }

    fn import(self) -> ImportId {
        ImportId(self.id(3, 0))
    }

    fn saved_person(self, number: u8, version: i64) -> Write {
        let merged = (version > 1).then(|| Merged {
            into: self.person(number + 1),
            merge_id: self.id(4, number),
            reason: "same profile".to_owned(),
            at: at(version),
            by: DecidedBy::Rule,
            bits: Some(12),
        });
        Write::Person {
            account: self.account(),
            person: Person {
                id: self.person(number),
                version,
                merged,
                display_name: format!("at {version}"),
                created_at: at(0),
            },
            root: self.person(number),
        }
    }

    fn record(self, number: u8) -> Write {
        let said = Said::Edit(Box::default());
        let keys = vec![key(number), key(number + 1)];
        let arrival = Arrival {
            source: Source::You,
            file_name: None,
            import: None,
            position: String::new(),
            observed_at: at(0),
            said,
            keys,
            hash: self.id(2, number).as_bytes().to_vec(),
            raw: "{}".to_owned(),
            left_out: None,
        };
        Write::RecordAdded {
            account: self.account(),
            record: Box::new(Record {
                id: RecordId(self.id(2, number)),
                home: self.person(number),
                source: arrival.source.clone(),
                file_name: None,
                observed_at: at(0),
                import: None,
                seen: None,
                until: None,
                said: arrival.said.clone(),
                keys: arrival.keys.clone(),
            }),
            arrival: Box::new(arrival),
            at: at(0),
        }
    }

    fn rekeyed(self, number: u8) -> Write {
        let Write::RecordAdded { mut record, .. } = self.record(number) else {
            unreachable!("a record is added");
        };
        record.keys = vec![key(number + 1), key(number + 2)];
        Write::RecordKeys {
            account: self.account(),
            record,
        }
    }

    fn queued(self) -> Import {
        let (id, account) = (self.import(), self.account());
        Import::queued(id, account, "a.csv".to_owned(), Format::Mbox, 9, at(0))
    }

    fn saved_import(self, version: i64) -> Write {
        let mut import = self.queued().started(at(version)).unwrap();
        import.version = version;
        Write::ImportSaved(Box::new(import))
    }

    fn stale(self, number: u8) -> Write {
        Write::Stale {
            account: self.account(),
            import: None,
            person: self.person(number),
        }
    }

    fn fresh(self, numbers: &[u8]) -> Write {
        Write::Fresh {
            account: self.account(),
            import: None,
            persons: numbers.iter().map(|number| self.person(*number)).collect(),
        }
    }

    fn tally(self, number: u8, count: u32) -> Write {
        Write::Tally {
            account: self.account(),
            bucket: BucketKey {
                a: key(number),
                b: None,
                channel: Channel::Mail,
                month: date(2026, 1, 1),
                group: 0,
            },
            tally: Tally {
                sent: count,
                received: 1,
                last_at: at(i64::from(count)),
            },
        }
    }

    fn correspondent(self, number: u8, count: u32) -> Write {
        Write::Correspondent {
            account: self.account(),
            correspondent: Correspondent {
                key: key(number),
                name: None,
                other_names: count,
                written_to: count,
                wrote: 0,
                last_at: at(0),
                recorded: count > 1,
            },
        }
    }

    fn pair(self, number: u8, version: i64) -> Write {
        Write::Pair {
            account: self.account(),
            pair: Pair {
                person: self.person(number),
                other: None,
                version,
                digest: vec![number],
            },
        }
    }

    /// Any write; a new kind of write is to be added here too. Those that are refused unless the
    /// store is in one certain state are rarer, so that many changes pass.
    fn any(self) -> impl Strategy<Value = Write> {
        let account = self.account();
        let (number, version, count) = (0..3_u8, 1..4_i64, 1..4_u32);
        let kind = prop_oneof![4 => 8..22_u8, 1 => 0..8_u8, 1 => 22..25_u8];
        (kind, number, version, count).prop_map(move |(kind, number, version, count)| {
            let pair = (self.person(0), self.person(number));
            match kind {
                0 => Write::Book {
                    account,
                    expected: version - 1,
                },
                8 => Write::Account(Account {
                    version,
                    ..Account::with_emails(account, ["me@example.net"])
                }),
                9 => Write::ImportQueued(Box::new(self.queued())),
                1 => self.saved_import(version),
                2 => Write::Receipt {
                    import: self.import(),
                    line: ReceiptLine {
                        ordinal: u64::from(number) * 3 + u64::from(count),
                        position: "line 1".to_owned(),
                        outcome: Outcome::Created,
                        reason: None,
                        person: None,
                        label: String::new(),
                    },
                },
                3 => self.saved_person(number, version),
                4 => self.record(number),
                5 => Write::RecordRemoved(RecordId(self.id(2, number))),
                10 => Write::Different { account, pair },
                11 => Write::NotDifferent { account, pair },
                6 => Write::MessageCounted {
                    account,
                    hash: vec![number, u8::try_from(version).unwrap()],
                },
                12 => self.correspondent(number, count),
                13 => self.tally(number, count),
                14 => self.stale(number),
                15 => self.fresh(&[number, 0]),
                16 => self.pair(number, version),
                17 => Write::UploadBegun {
                    id: self.import(),
                    account,
                    at: at(version),
                },
                18 => Write::UploadEnded(self.import()),
                19 => Write::BlobGone(self.import()),
                20 => Write::RecordsSeen {
                    import: self.import(),
                    ids: vec![RecordId(self.id(2, number)), RecordId(self.id(2, 0))],
                },
                21 => Write::Rekeyed {
                    account,
                    keyed_for: format!("2 {number}"),
                    after: (count > 1).then(|| self.person(number)),
                },
                22 => Write::RecordEnded {
                    id: RecordId(self.id(2, number)),
                    at: at(version),
                },
                23 => self.rekeyed(number),
                24 => Write::RecordMoved {
                    id: RecordId(self.id(2, number)),
                    home: self.person(number + 1),
                },
                _ => Write::Erased { account, version },
            }
        })
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_225_600 + second).unwrap()
}

fn key(number: u8) -> Key {
    Key(format!("email:{number}@example.com"))
}

/// Changes in which a write meets what another of the same change did.
pub(super) async fn writes_of_one_change_see_each_other(twins: &mut Twins) {
    let case = Case(1);
    let removed = |number| Write::RecordRemoved(RecordId(case.id(2, number)));
    for writes in [
        vec![case.stale(0), case.fresh(&[0]), case.stale(1)],
        vec![case.record(0), removed(0), case.record(0)],
        vec![case.record(1), removed(1)],
        vec![
            case.record(2),
            case.rekeyed(2),
            Write::RecordsSeen {
                import: case.import(),
                ids: vec![RecordId(case.id(2, 2))],
            },
            Write::RecordMoved {
                id: RecordId(case.id(2, 2)),
                home: case.person(0),
            },
            Write::RecordEnded {
                id: RecordId(case.id(2, 2)),
                at: at(7),
            },
        ],
        vec![
            case.saved_person(0, 1),
            case.saved_person(0, 2),
            case.saved_person(0, 3),
        ],
        vec![case.tally(0, 1), case.tally(1, 2), case.tally(0, 3)],
        vec![case.correspondent(0, 1), case.correspondent(0, 2)],
        vec![case.pair(0, 1), case.pair(0, 2)],
        vec![
            case.tally(2, 1),
            Write::Erased {
                account: case.account(),
                version: 9,
            },
        ],
    ] {
        twins.agree(writes).await.unwrap();
    }
    let left = dump(&mut twins.seen).await;
    assert_eq!(left.len(), 1, "the account is gone: {left:#?}");
}

/// Random changes; those that fail one by one are refused as a whole.
pub(super) fn any_change_is_applied_in_order(
    twins: &mut Twins,
    runtime: &tokio::runtime::Runtime,
    cases: u32,
) {
    let mut runner = TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    });
    // Ids of one case are not those of another, which both stores hold already.
    let case = std::cell::Cell::new(1000);
    let change = (0..1_u8).prop_flat_map(|_| {
        case.set(case.get() + 1);
        let case = Case(case.get());
        vec(case.any(), 1..14)
    });
    let twins = std::cell::RefCell::new(twins);
    let checked = runner.run(&change, |writes| {
        let agreed = runtime.block_on(twins.borrow_mut().agree(writes));
        agreed.map_err(TestCaseError::fail)
    });
    checked.unwrap();
}
