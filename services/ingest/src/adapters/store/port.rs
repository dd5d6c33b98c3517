//! The port: each question is answered in the file of its subject.

use std::collections::{HashMap, HashSet};

use async_trait::async_trait;
use jiff::Timestamp;
use kith_shared::ids::{AccountId, ImportId, PersonId, RecordId};
use skeleton_durable::commit::CommitError;

use super::{Store, book, imports, mail};
use crate::{
    domain::{
        account::Account,
        book::Book,
        correspondence::Correspondent,
        import::{Import, Outcome},
        interactions::Constellation,
        key::Key,
    },
    ports::{IngestStore, StoredLine, StoredRecord, Wanted},
};

#[async_trait]
impl IngestStore for Store {
    async fn account(&self, id: AccountId) -> Result<Option<Account>, CommitError> {
        book::account(self.reader(), id).await
    }
    async fn book(&self, account: AccountId, wanted: &Wanted) -> Result<Book, CommitError> {
        book::book(self.reader(), account, wanted).await
    }
    async fn root(
        &self,
        account: AccountId,
        person: PersonId,
    ) -> Result<Option<PersonId>, CommitError> {
        let roots = book::roots_of(self.reader(), account, &[person]).await?;
        Ok(roots.get(&person).copied())
    }
    async fn known_records(
        &self,
        account: AccountId,
        hashes: &[Vec<u8>],
    ) -> Result<HashMap<Vec<u8>, PersonId>, CommitError> {
        book::known_records(self.reader(), account, hashes).await
    }
    async fn records(
        &self,
        account: AccountId,
        root: PersonId,
        after: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<StoredRecord>, CommitError> {
        book::records(self.reader(), account, root, after, limit).await
    }
    async fn import(&self, id: ImportId) -> Result<Option<Import>, CommitError> {
        imports::import(self.reader(), id).await
    }
    async fn imports(
        &self,
        account: AccountId,
        after: Option<ImportId>,
        limit: usize,
    ) -> Result<Vec<Import>, CommitError> {
        imports::imports(self.reader(), account, after, limit).await
    }
    async fn receipt(
        &self,
        import: ImportId,
        outcome: Option<Outcome>,
        after: u64,
        limit: usize,
    ) -> Result<Vec<StoredLine>, CommitError> {
        imports::receipt(self.reader(), import, outcome, after, limit).await
    }
    async fn waiting_imports(&self, limit: usize) -> Result<Vec<Import>, CommitError> {
        imports::waiting(self.reader(), limit).await
    }
    async fn useless_blobs(
        &self,
        before: Timestamp,
        limit: usize,
    ) -> Result<Vec<(ImportId, bool)>, CommitError> {
        imports::useless_blobs(self.reader(), before, limit).await
    }
    async fn blobs_of(&self, account: AccountId) -> Result<Vec<ImportId>, CommitError> {
        imports::blobs_of(self.reader(), account).await
    }
    async fn correspondents(
        &self,
        account: AccountId,
        keys: &[Key],
    ) -> Result<Vec<Correspondent>, CommitError> {
        mail::correspondents(self.reader(), account, keys).await
    }
    async fn counted(
        &self,
        account: AccountId,
        hashes: &[Vec<u8>],
    ) -> Result<HashSet<Vec<u8>>, CommitError> {
        mail::counted(self.reader(), account, hashes).await
    }
    async fn constellation(
        &self,
        account: AccountId,
        persons: &[PersonId],
    ) -> Result<Constellation, CommitError> {
        mail::constellation(self.reader(), account, persons).await
    }
    async fn stale(&self, import: ImportId, limit: usize) -> Result<Vec<PersonId>, CommitError> {
        mail::stale(self.reader(), import, limit).await
    }
    async fn stale_apart(
        &self,
        account: AccountId,
        limit: usize,
    ) -> Result<Vec<PersonId>, CommitError> {
        mail::stale_apart(self.reader(), account, limit).await
    }
    async fn accounts_with_stale(
        &self,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<AccountId>, CommitError> {
        mail::accounts_with_stale(self.reader(), after, limit).await
    }
}
