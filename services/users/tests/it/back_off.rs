use std::time::Duration;

use skeleton_host::testing::assert_problem;

use crate::world::{PASSWORD, World};

#[tokio::test]
async fn guessing_is_held_back_for_known_and_unknown_addresses_alike() {
    let world = World::new().await;
    world.sign_up("Ada").await;
    for email in ["ada@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            assert_problem(
                &world.sign_in(email, "wrong horse battery").await,
                "unauthenticated",
            );
        }
        let held = world.sign_in(email, PASSWORD).await;
        assert_problem(&held, "rate-limited");
        assert_eq!(held.header("retry-after"), "2");
    }
    world.clock.advance(Duration::from_secs(2));
    world
        .sign_in("ada@example.com", PASSWORD)
        .await
        .expect_status(201);
    // A success forgets the failures.
    for _ in 0..5 {
        assert_problem(
            &world
                .sign_in("ada@example.com", "wrong horse battery")
                .await,
            "unauthenticated",
        );
    }
}

#[tokio::test]
async fn guessing_many_at_once_gains_nothing() {
    let world = World::new().await;
    world.sign_up("Ada").await;
    let guesses = (0..12).map(|_| world.sign_in("ada@example.com", "wrong horse battery"));
    let answers = futures::future::join_all(guesses).await;
    let looked_at = answers.iter().filter(|answer| answer.status == 401).count();
    assert!(
        (1..=5).contains(&looked_at),
        "{looked_at} guesses were looked at"
    );
}
