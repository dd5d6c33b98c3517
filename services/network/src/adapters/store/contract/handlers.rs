//! Replicas that handle events of one person at the same moment, on one store.

use std::time::Duration;

use kith_shared::{
    events::{
        ingest::{InteractionsChanged, PersonChanged, PersonState},
        network::Band,
    },
    ids::{AccountId, PersonId},
};
use skeleton_durable::{Cause, Envelope, Event, clock::VirtualClock, consumer::Handler};
use tokio::sync::Semaphore;

use super::*;
use crate::application::{App, graphs::Graphs};

const ROUNDS: usize = 20;

pub(super) async fn suite(store: &Arc<dyn Durable>) {
    for _ in 0..ROUNDS {
        decisions_of_one_moment_lead_to_the_band_of_the_whole(store).await;
    }
}

fn today() -> Timestamp {
    "2026-05-20T12:00:00Z".parse().unwrap()
}

fn replica(store: &Arc<dyn Durable>) -> App {
    let graphs = Graphs::new(store.clone(), 1 << 20, Duration::ZERO);
    App {
        store: store.clone(),
        inbox: store.clone(),
        clock: Arc::new(VirtualClock::at(today())),
        new_id: uuid::Uuid::now_v7,
        graphs: Arc::new(graphs),
        searches: Arc::new(Semaphore::new(1)),
    }
}

fn seal<E: Event>(event: &E) -> Envelope {
    Envelope::seal(event, today(), &Cause::default())
}

fn told(owner: AccountId, id: PersonId, version: i64, state: PersonState) -> Envelope {
    seal(&PersonChanged {
        person_id: id,
        account_id: owner,
        version,
        state,
        display_name: "Alan".into(),
        other_names: Vec::new(),
        emails: Vec::new(),
        phones: Vec::new(),
        employments: Vec::new(),
        labels: Vec::new(),
        keys: Vec::new(),
        connections: Vec::new(),
        aliases: Vec::new(),
    })
}

fn mails(owner: AccountId, id: PersonId, sent: u32, received: u32) -> Envelope {
    let mut bucket = mail(owner, id, None, 1).buckets.remove(0);
    bucket.group_size = GroupSize::Pair;
    (bucket.sent, bucket.received) = (sent, received);
    bucket.last_at = today();
    seal(&InteractionsChanged {
        account_id: owner,
        person_id: id,
        other_id: None,
        version: 1,
        buckets: vec![bucket],
    })
}

/// What was only sent, or only received, is weak; both together are strong. Each replica is told of
/// one half, and neither alone has anything to publish.
async fn decisions_of_one_moment_lead_to_the_band_of_the_whole(store: &Arc<dyn Durable>) {
    let owner = AccountId::generate();
    let [alan, alias] = [PersonId::generate(), PersonId::generate()];
    let before = [
        told(owner, alan, 1, PersonState::Active),
        told(owner, alias, 1, PersonState::Active),
        mails(owner, alias, 0, 8),
    ];
    replica(store).handle(&before).await.unwrap();
    let halves = [
        mails(owner, alan, 8, 0),
        told(owner, alias, 2, PersonState::Merged { into: alan }),
    ];
    let handled = halves.map(|event| {
        let replica = replica(store);
        tokio::spawn(async move { replica.handle(&[event]).await })
    });
    for handled in handled {
        handled.await.unwrap().unwrap();
    }
    let bands = store.bands(&[alan]).await.unwrap();
    assert_eq!(
        bands.iter().map(|band| band.band).collect::<Vec<_>>(),
        [Band::Strong]
    );
}
