use std::collections::BTreeSet;

use kith_shared::{
    events::users::{AccountChanged, CircleChanged, SampleRequested},
    sharing::Sharing,
};
use serde_json::{Value, json};
use skeleton_host::testing::assert_problem;

use crate::world::World;

#[tokio::test]
async fn asking_for_a_sample_network_makes_five_accounts_in_a_circle_once() {
    let world = World::trusting().await;
    let ada = world.sign_up("Ada").await;
    let ask = || ada.client.post("/api/v1/sample-network", &json!(null));
    let sample: Value = ask().await.expect_status(202).json();
    assert_eq!(ask().await.expect_status(202).json::<Value>(), sample);
    let accounts = sample["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 5);
    assert!(
        accounts
            .iter()
            .all(|a| a["email"].as_str().unwrap().ends_with("@example.org"))
    );

    let circle = world.event::<CircleChanged>(|_| true).await;
    assert_eq!(
        circle.circle_id.to_string(),
        sample["circle_id"].as_str().unwrap()
    );
    assert_eq!(circle.members.len(), 6);
    assert!(
        circle
            .members
            .iter()
            .all(|member| member.sharing == Sharing::Name)
    );
    let requested = world.event::<SampleRequested>(|_| true).await;
    assert_eq!(requested.asker.account_id.0, ada.id);
    assert_eq!(requested.others.len(), 5);
    assert!(requested.seed < 1 << 53);
    let told: BTreeSet<String> = world
        .published::<AccountChanged>()
        .into_iter()
        .filter(|event| event.addresses[0].verified)
        .map(|event| event.account_id.to_string())
        .collect();
    assert!(
        accounts
            .iter()
            .all(|a| told.contains(a["id"].as_str().unwrap()))
    );
    assert_eq!(world.published::<SampleRequested>().len(), 1);
}

#[tokio::test]
async fn nobody_signs_in_as_a_fictional_account_and_two_askers_get_different_ones() {
    let world = World::trusting().await;
    let (ada, grace) = (world.sign_up("Ada").await, world.sign_up("Grace").await);
    let hers: Value = ada
        .client
        .post("/api/v1/sample-network", &json!(null))
        .await
        .json();
    let theirs: Value = grace
        .client
        .post("/api/v1/sample-network", &json!(null))
        .await
        .json();
    assert_ne!(hers["accounts"], theirs["accounts"]);
    let email = hers["accounts"][0]["email"].as_str().unwrap();
    for password in ["", "correct horse battery"] {
        assert_problem(&world.sign_in(email, password).await, "unauthenticated");
    }
}
