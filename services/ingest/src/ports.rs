//! Everything that ingest needs from outside, on one screen: its store. Blobs, leases, clock and
//! bus are ports of `skeleton-durable`.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use jiff::Timestamp;
use kith_shared::ids::{AccountId, ImportId, PersonId, RecordId};
use skeleton_durable::{
    commit::{Commit, CommitError},
    leases::Leases,
    reconcile::Digests,
};
use uuid::Uuid;

use crate::domain::{
    account::Account,
    book::{Book, Person},
    correspondence::Correspondent,
    import::Import,
    intake::Known,
    interactions::{BucketKey, Interactions, Pair, Tally},
    key::Key,
    receipt::{Outcome, ReceiptLine},
    record::{Arrival, Record, Source},
};

/// An answer of the store.
pub type Read<T> = Result<T, CommitError>;

/// What a use case can write.
#[derive(Clone, Debug)]
pub enum Write {
    /// The book changes: nobody else may have changed it since it was `expected`.
    Book {
        account: AccountId,
        expected: i64,
    },
    /// An account, unless a newer version is known.
    Account(Account),
    /// A file was taken; ignored where the import is there already.
    ImportQueued(Box<Import>),
    /// An import at its version, which must be the one after the stored.
    ImportSaved(Box<Import>),
    Receipt {
        import: ImportId,
        line: ReceiptLine,
    },
    Person {
        account: AccountId,
        person: Person,
        root: PersonId,
    },
    RecordAdded {
        account: AccountId,
        record: Box<Record>,
        arrival: Box<Arrival>,
        at: Timestamp,
    },
    RecordRemoved(RecordId),
    /// A record's source says something else from `at` on.
    RecordEnded {
        id: RecordId,
        at: Timestamp,
    },
    /// An import brought these again as they are.
    RecordsSeen {
        import: ImportId,
        ids: Vec<RecordId>,
    },
    /// A record is found by these keys from now on.
    RecordKeys {
        account: AccountId,
        record: Box<Record>,
    },
    /// The keys of a book were made again up to a person; to the end where there is none.
    Rekeyed {
        account: AccountId,
        keyed_for: String,
        after: Option<PersonId>,
    },
    /// A record is another person's.
    RecordMoved {
        id: RecordId,
        home: PersonId,
    },
    Different {
        account: AccountId,
        pair: (PersonId, PersonId),
    },
    NotDifferent {
        account: AccountId,
        pair: (PersonId, PersonId),
    },
    MessageCounted {
        account: AccountId,
        hash: Vec<u8>,
    },
    Correspondent {
        account: AccountId,
        correspondent: Correspondent,
    },
    /// To be added to the count.
    Tally {
        account: AccountId,
        bucket: BucketKey,
        tally: Tally,
    },
    /// A person's interactions are to be published, within an import or apart.
    Stale {
        account: AccountId,
        import: Option<ImportId>,
        person: PersonId,
    },
    /// What an import that has ended left to be published is published apart.
    StaleApart(ImportId),
    Fresh {
        account: AccountId,
        import: Option<ImportId>,
        persons: Vec<PersonId>,
    },
    Pair {
        account: AccountId,
        pair: Pair,
    },
    UploadBegun {
        id: ImportId,
        account: AccountId,
        at: Timestamp,
    },
    UploadEnded(ImportId),
    /// The import's blob is deleted.
    BlobGone(ImportId),
    /// Everything of an account goes; what remains is that it is gone.
    Erased {
        account: AccountId,
        version: i64,
    },
}

/// A record as it is shown to the owner, with the text itself.
#[derive(Clone, Debug)]
pub struct StoredRecord {
    pub id: RecordId,
    pub source: Source,
    pub file_name: Option<String>,
    pub position: String,
    pub observed_at: Timestamp,
    pub raw: String,
}

/// A line of a receipt as it is shown to the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLine {
    pub ordinal: u64,
    pub position: String,
    /// The name of an [`Outcome`], or one of a later version's.
    pub outcome: String,
    pub reason: Option<String>,
    pub person: Option<PersonId>,
    pub label: String,
}

/// Which part of a book is asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Everyone whom these keys hit.
    pub keys: Vec<Key>,
    /// These, under whatever id.
    pub persons: Vec<PersonId>,
}

impl Wanted {
    /// These persons.
    pub fn persons(persons: impl IntoIterator<Item = PersonId>) -> Self {
        Self {
            persons: persons.into_iter().collect(),
            ..Self::default()
        }
    }
}

/// A book whose records' keys are to be made again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rekeying {
    pub account: AccountId,
    /// In which region telephone numbers are read.
    pub region: Option<String>,
    /// For what they are made.
    pub keyed_for: String,
    /// The person up to which it is done.
    pub after: Option<PersonId>,
    /// Whether it is decided anew by them: not where only a version makes more of them.
    pub decides: bool,
}

/// The store: all that the use cases ask of it, by subject. All fail when it cannot be reached, or
/// when a row that is asked for cannot be read.
pub trait Store: Commit<Write> + Books + Imports + Correspondence + Census + Leases {}

impl<S: Commit<Write> + Books + Imports + Correspondence + Census + Leases> Store for S {}

/// Accounts, and the persons and records of their books.
#[async_trait]
pub trait Books: Send + Sync {
    /// What users published of an account; none where nothing yet, or where it was erased.
    async fn account(&self, id: AccountId) -> Read<Option<Account>>;
    /// The wanted persons with all who are one with them, and all their records. Those of whom a
    /// row cannot be read are closed in it: see [`Book::closed`].
    async fn book(&self, account: AccountId, wanted: &Wanted) -> Read<Book>;
    /// A book whose keys were made for another region or by an older version.
    async fn book_to_rekey(&self) -> Read<Option<Rekeying>>;
    /// Persons of a book in the order of their ids, behind `after`.
    async fn persons_of(
        &self,
        account: AccountId,
        after: Option<PersonId>,
        limit: usize,
    ) -> Read<Vec<PersonId>>;
    /// Who holds for a person of the account now; none for a stranger.
    async fn root(&self, account: AccountId, person: PersonId) -> Read<Option<PersonId>>;
    /// Those of these hashes whose records are there, former ones included.
    async fn known_records(
        &self,
        account: AccountId,
        hashes: &[Vec<u8>],
    ) -> Read<HashMap<Vec<u8>, Known>>;
    /// The records of a person and all who are one with it, newest first, after `after`.
    async fn records(
        &self,
        account: AccountId,
        root: PersonId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Read<Vec<StoredRecord>>;
}

/// Imports, their receipts and their files.
#[async_trait]
pub trait Imports: Send + Sync {
    /// An import of an account.
    async fn import(&self, id: ImportId) -> Read<Option<Import>>;
    /// An account's imports, newest first, after `after`.
    async fn imports(
        &self,
        account: AccountId,
        after: Option<ImportId>,
        limit: usize,
    ) -> Read<Vec<Import>>;
    /// A receipt's lines in the file's order, after `after`.
    async fn receipt(
        &self,
        import: ImportId,
        outcome: Option<Outcome>,
        after: u64,
        limit: usize,
    ) -> Read<Vec<StoredLine>>;
    /// Of each account the oldest import that a worker of this version has something to do with;
    /// those not begun and those begun in turn, oldest first. One that cannot be read is left out.
    async fn waiting_imports(&self, limit: usize) -> Read<Vec<Import>>;
    /// Imports that are over and whose files are not deleted.
    async fn ended_with_file(&self, limit: usize) -> Read<Vec<ImportId>>;
    /// Uploads begun before `before` that came to nothing.
    async fn abandoned_uploads(&self, before: Timestamp, limit: usize) -> Read<Vec<ImportId>>;
    /// Every file that may be there for an account.
    async fn files_of(&self, account: AccountId) -> Read<Vec<ImportId>>;
}

/// Who wrote with whom, and what of it is published.
#[async_trait]
pub trait Correspondence: Send + Sync {
    /// Those of these who take part in the account's correspondence.
    async fn correspondents(&self, account: AccountId, keys: &[Key]) -> Read<Vec<Correspondent>>;
    /// Those of these messages that were counted.
    async fn counted(&self, account: AccountId, hashes: &[Vec<u8>]) -> Read<HashSet<Vec<u8>>>;
    /// Everything that decides what is to be published of these persons' interactions.
    async fn interactions(&self, account: AccountId, persons: &[PersonId]) -> Read<Interactions>;
    /// Persons whose interactions are to be published within an import.
    async fn stale(&self, import: ImportId, limit: usize) -> Read<Vec<PersonId>>;
    /// The same, of changes of this account that no import caused.
    async fn stale_apart(&self, account: AccountId, limit: usize) -> Read<Vec<PersonId>>;
    /// Accounts that have any such, in their order, behind `after`.
    async fn accounts_with_stale(
        &self,
        after: Option<AccountId>,
        limit: usize,
    ) -> Read<Vec<AccountId>>;
}

/// All persons and pairs of all books, in the order of their ids, a page behind `after`.
#[async_trait]
pub trait Census: Send + Sync {
    /// Persons, merged ones included, and whose they are.
    async fn persons_after(
        &self,
        after: Option<PersonId>,
        limit: u32,
    ) -> Read<Vec<(AccountId, PersonId)>>;
    /// Pairs, those that are no more included, and whose they are.
    async fn pairs_after(
        &self,
        after: Option<PairPlace>,
        limit: u32,
    ) -> Read<Vec<(AccountId, Pair)>>;
    /// Versions of persons, of pairs, and of accounts as users published them, by the type of their
    /// event.
    async fn digests(&self, kind: &str) -> Read<Digests>;
}

/// Names a pair of any account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairPlace {
    /// In whose book it is.
    pub account: AccountId,
    pub person: PersonId,
    /// The other end; none for the owner.
    pub other: Option<PersonId>,
}

/// The other end of a pair, or the import of a stale person, where there is none.
pub const NOBODY: Uuid = Uuid::nil();
