//! Order, repetition and delay of deliveries do not matter.

use kith_shared::{
    events::ingest::{GroupSize, PersonState},
    ids::{AccountId, CircleId, PersonId},
    sharing::Sharing,
};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use skeleton_durable::Envelope;

use crate::fixture::*;

/// A history in which everything changes: names, mail, merges, membership.
pub(crate) fn history() -> Vec<Envelope> {
    let (ada, grace, circle_id) = (
        AccountId::generate(),
        AccountId::generate(),
        CircleId::generate(),
    );
    let people: [PersonId; 4] = std::array::from_fn(|_| PersonId::generate());
    let mut said = Vec::new();
    for version in 1..=3 {
        let mut changed = account(ada, &format!("Ada {version}"), &[("ada", version == 3)]);
        changed.version = version;
        said.push(seal(&changed));
        let level = [Sharing::Hidden, Sharing::Name, Sharing::Organisation][version as usize - 1];
        let mut members = vec![member(ada, "Ada", Sharing::Name)];
        if version < 3 {
            members.push(member(grace, "Grace", level));
        }
        said.push(seal(&circle(circle_id, version, members)));
        for (index, id) in people.into_iter().enumerate() {
            let mut changed = person(ada, id, &format!("Person {index}.{version}")).listed("vcard");
            changed.version = version;
            if index == 1 && version == 2 {
                changed.state = PersonState::Merged { into: people[0] };
            }
            if index == 2 && version == 3 {
                changed.state = PersonState::Removed;
            }
            if index == 3 && version == 3 {
                changed.state = PersonState::Merged { into: people[0] };
            }
            said.push(seal(&changed));
            let mut mail = wrote(ada, id, 2 * version as u32);
            mail.version = version;
            mail.buckets
                .push(mails(version as u32, 1, GroupSize::Small, 40));
            said.push(seal(&mail));
        }
        let mut pair = together(ada, people[0], people[1], version as u32);
        pair.version = version;
        said.push(seal(&pair));
    }
    said
}

/// The state after the deliveries, some of them one by one.
pub(crate) async fn state_after(deliveries: &[Envelope], batch: usize) -> Vec<Vec<String>> {
    let network = Network::start().await;
    for batch in deliveries.chunks(batch) {
        network.told(batch).await;
    }
    network.home.state().await
}

#[test]
fn shuffled_repeated_and_delayed_deliveries_end_in_the_same_state() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let history = history();
    let expected = runtime.block_on(state_after(&history, 7));
    assert!(
        expected.iter().all(|rows| !rows.is_empty()),
        "{expected:#?}"
    );
    let mut runner = TestRunner::new(Config {
        cases: 12,
        ..Config::default()
    });
    let deliveries = Just((0..history.len()).collect::<Vec<usize>>()).prop_shuffle();
    let repeated = proptest::collection::vec(0..history.len(), 0..15);
    runner
        .run(
            &(deliveries, repeated, 1..40usize),
            |(order, repeated, batch)| {
                let order = order.into_iter().chain(repeated);
                let deliveries: Vec<Envelope> = order.map(|index| history[index].clone()).collect();
                let state = runtime.block_on(state_after(&deliveries, batch));
                prop_assert_eq!(&state, &expected);
                Ok(())
            },
        )
        .unwrap();
}
