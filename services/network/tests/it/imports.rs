//! An import is applied once everything that it published has been.

use std::collections::BTreeMap;

use kith_shared::{
    events::{
        ingest::{ImportChanged, ImportStatus, InteractionsChanged, PersonChanged},
        network::{Band, ImportApplied, TieChanged},
    },
    ids::{AccountId, ImportId, PersonId},
};
use skeleton_durable::{Cause, Envelope, Event};

use crate::fixture::*;

#[tokio::test]
async fn an_import_is_applied_when_all_of_its_events_have_come() {
    let network = Network::start().await;
    let (ada, import, alan) = (
        AccountId::generate(),
        ImportId::generate(),
        PersonId::generate(),
    );
    let cause = Cause::correlated(import.0);
    let applying = ImportChanged {
        import_id: import,
        account_id: ada,
        version: 3,
        file_name: "Connections.csv".into(),
        status: ImportStatus::Applying,
        records: 1,
        people: 1,
        published: BTreeMap::from([
            (PersonChanged::TYPE.to_owned(), 1),
            (InteractionsChanged::TYPE.to_owned(), 1),
        ]),
        problem: None,
        cancelled: false,
    };
    let at = noon(TODAY);
    let person = Envelope::seal(&person(ada, alan, "Alan"), at, &cause);
    let mail = Envelope::seal(&wrote(ada, alan, 6), at, &cause);
    network
        .publish(&[Envelope::seal(&applying, at, &cause), person])
        .await;
    eventually("the import waits", async || {
        (network.home.deferred().await == 1).then_some(())
    })
    .await;
    network.publish(&[mail]).await;
    eventually("the mail is taken in", async || {
        (network.home.interactions_handled().await == 1).then_some(())
    })
    .await;
    // The worker may just be about to sleep from the new now on.
    eventually("the import is looked at again", async || {
        network.clock.advance(std::time::Duration::from_secs(1));
        (network.home.deferred().await == 0).then_some(())
    })
    .await;
    let tie: TieChanged = network.next().await;
    assert_eq!(
        (tie.person_id, tie.band, tie.version),
        (alan, Band::Strong, 1)
    );
    let applied: ImportApplied = network.next().await;
    assert_eq!(
        applied,
        ImportApplied {
            import_id: import,
            account_id: ada,
            parked: 0
        }
    );
}
