//! A finished decision on a book as writes and events; common to all use cases that change one.

use jiff::Timestamp;
use kith_shared::ids::{AccountId, ImportId, PersonId};
use skeleton_durable::{Cause, commit::ChangeSet};

use crate::{domain::book::Decision, ports::Write};

/// That interactions of these persons are to be published, within an import or apart.
pub(super) fn make_stale(
    account: AccountId,
    import: Option<ImportId>,
    persons: impl IntoIterator<Item = PersonId>,
) -> impl Iterator<Item = Write> {
    persons.into_iter().map(move |person| Write::Stale {
        account,
        import,
        person,
    })
}

/// Appends what was decided to a change. Nothing where nothing was changed.
///
/// Which persons' interactions become stale is the caller's affair: see
/// [`crate::domain::book::Changes::regrouped`].
pub(super) fn append(
    mut change: ChangeSet<Write>,
    account: AccountId,
    decision: Decision,
    at: Timestamp,
    cause: &Cause,
) -> ChangeSet<Write> {
    let Decision {
        changes,
        saved,
        events,
        version,
    } = decision;
    change.writes.push(Write::Book {
        account,
        expected: version,
    });
    let writes = &mut change.writes;
    writes.extend(changes.removed.into_iter().map(Write::RecordRemoved));
    let ended = changes.ended.into_iter();
    writes.extend(ended.map(|(id, at)| Write::RecordEnded { id, at }));
    writes.extend(
        changes
            .different
            .into_iter()
            .map(|pair| Write::Different { account, pair }),
    );
    writes.extend(
        changes
            .same_after_all
            .into_iter()
            .map(|pair| Write::NotDifferent { account, pair }),
    );
    writes.extend(saved.into_iter().map(|(person, root)| Write::Person {
        account,
        person,
        root,
    }));
    writes.extend(
        changes
            .added
            .into_iter()
            .map(|(record, arrival)| Write::RecordAdded {
                account,
                record: Box::new(record),
                arrival: Box::new(arrival),
                at,
            }),
    );
    let rekeyed = changes.rekeyed.into_iter().map(Box::new);
    writes.extend(rekeyed.map(|record| Write::RecordKeys { account, record }));
    // To a person that is saved by now.
    let moved = changes.moved.into_iter();
    writes.extend(moved.map(|(id, home)| Write::RecordMoved { id, home }));
    for event in &events {
        change = change.event(event, at, cause);
    }
    change
}
