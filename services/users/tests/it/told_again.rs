use kith_shared::events::users::{
    AccountChanged, CircleChanged, ErasureRequested, InvitationChanged,
};
use serde_json::json;
use skeleton_durable::{
    Event,
    contract::reconcile::{held, reconcile_suite, told_again},
};

use skeleton_host::http::Method;

use crate::world::{PASSWORD, World};

/// Accounts, circles with members, one dissolved, invitations of every end, an erased account.
async fn populated() -> World {
    let world = World::trusting().await;
    let (ada, grace) = (world.sign_up("Ada").await, world.sign_up("Grace").await);
    let mary = world.sign_up("Mary").await;
    let circle = ada.circle("Analysts").await;
    let invitation = ada.invite(&circle, &grace.email).await;
    grace.accept(&invitation, "name").await.expect_status(200);
    ada.invite(&circle, "nobody@example.com").await;
    ada.invite(&circle, &mary.email).await;
    let left = grace.circle("Compilers").await;
    grace.leave(&left).await.expect_status(204);
    let renamed = json!({"display_name": "Grace Hopper"});
    grace
        .send(Method::PATCH, "/api/v1/me", Some(renamed))
        .await
        .expect_status(200);
    let gone = world.sign_up("Gone").await;
    gone.circle("Gone too").await;
    gone.client
        .delete("/api/v1/me")
        .json(&json!({"password": PASSWORD}))
        .await
        .expect_status(204);
    world
}

#[tokio::test]
async fn what_is_told_again_makes_an_empty_store_hold_the_same() {
    let world = populated().await;
    let operations = world.operations();
    let (current, holdings) = (operations.current.unwrap(), operations.holdings.unwrap());
    for kind in holdings.kinds() {
        reconcile_suite(current.as_ref(), holdings.as_ref(), kind).await;
    }
}

#[tokio::test]
async fn what_is_told_again_is_what_was_told_last() {
    let world = populated().await;
    let current = world.operations().current.unwrap();
    for kind in [
        AccountChanged::TYPE,
        CircleChanged::TYPE,
        InvitationChanged::TYPE,
        ErasureRequested::TYPE,
    ] {
        assert!(current.kinds().contains(&kind));
        let again = told_again(current.as_ref(), kind, 2).await;
        world.until_published(kind, &again).await;
        let before = world.envelopes(kind);
        for event in &again {
            let first = before
                .iter()
                .find(|it| {
                    (&it.subject, it.subject_version) == (&event.subject, event.subject_version)
                })
                .unwrap_or_else(|| panic!("{kind} {} was never told", event.subject));
            assert_ne!(first.id, event.id, "it is another event");
            assert_eq!(first.data.get(), event.data.get());
            assert_eq!(first.account, event.account);
        }
        if kind != AccountChanged::TYPE {
            assert_eq!(held(&again), held(&before), "nothing of {kind} is left out");
        }
    }
}
