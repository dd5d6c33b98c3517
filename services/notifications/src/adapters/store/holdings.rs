//! What is held of other services' subjects, as digests.

use futures::TryStreamExt as _;
use kith_shared::events::users::{AccountChanged, CircleChanged, ErasureRequested};
use skeleton_durable::{
    Event as _,
    commit::CommitError,
    reconcile::{Digests, add_up},
    sql::classify,
};
use uuid::Uuid;

use super::Store;

pub(super) async fn digests(store: &Store, kind: &str) -> Result<Digests, CommitError> {
    let (text, of_accounts) = match kind {
        AccountChanged::TYPE => ("SELECT id, version FROM account WHERE erased = 0", true),
        CircleChanged::TYPE => ("SELECT id, version FROM circle", false),
        ErasureRequested::TYPE => ("SELECT id, version FROM account WHERE erased = 1", true),
        _ => return Ok(Digests::new()),
    };
    let rows = sqlx::query_as::<_, (Uuid, i64)>(text).fetch(store.reader());
    let subjects = rows.map_ok(|(id, version)| {
        let account = if of_accounts { id } else { Uuid::nil() };
        (account, id.to_string(), version)
    });
    add_up(subjects).await.map_err(classify)
}
