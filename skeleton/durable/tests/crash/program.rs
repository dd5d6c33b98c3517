//! The program that is killed: it commits changes, tells of them, and lets two consumers have an
//! effect of each. Started again it goes on where it was; it ends when all is settled.

use std::{sync::Arc, time::Duration};

use skeleton_durable::{
    clock::SystemClock,
    contract::balance::{self, Round},
    relay::{self, Relay},
};
use tokio_util::sync::CancellationToken;

use super::stores::Place;

/// How many keys a round has:
/// enough that four batches are left when two were handed over side by side before the first kill.
pub(crate) const KEYS: usize = 36;

/// What its environment tells it, run to the end.
pub(crate) fn main() {
    let variable = |name| std::env::var(name).unwrap();
    let place: Place = serde_json::from_str(&variable("KITH_CRASH_PLACE")).unwrap();
    let round = Round {
        id: variable("KITH_CRASH_ROUND").parse().unwrap(),
        keys: KEYS,
    };
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(run(place, round));
}

async fn run(place: Place, round: Round) {
    let stop = CancellationToken::new();
    let stores = place.open().await;
    let bus = place.bus(&stop);
    balance::subscribe(&*bus, stores.consumers.clone(), 5, &stop).await;
    let relay = Relay {
        outbox: stores.publisher.clone(),
        bus,
        clock: Arc::new(SystemClock),
        options: relay::Options {
            batch: 5,
            lease: Duration::from_millis(600),
            poll: Duration::from_millis(100),
            ..relay::Options::default()
        },
    };
    let relay = tokio::spawn(relay.run(stop.clone()));
    round.commit_all(&*stores.publisher, Duration::ZERO).await;
    let [one, two] = &stores.consumers;
    while !round.settled(&*stores.publisher, [&**one, &**two]).await {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop.cancel();
    relay.await.unwrap();
    stores.close().await;
}
