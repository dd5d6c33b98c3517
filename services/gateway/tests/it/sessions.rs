use std::time::Duration;

use kith_shared::{events::users::ErasureRequested, ids::AccountId};

use crate::support::{eventually, get, request, world};

#[tokio::test]
async fn reading_asks_for_a_session_once_in_five_seconds() {
    let world = world().await;
    world.sign_in("t");
    let me = || get("/api/v1/me").header("authorization", "Bearer t");
    for _ in 0..3 {
        assert_eq!(world.ask(me()).await.status, 200);
    }
    assert_eq!(world.checks(), 1);
    world.clock.advance(Duration::from_millis(4_999));
    world.ask(me()).await;
    assert_eq!(world.checks(), 1);
    world.clock.advance(Duration::from_millis(1));
    world.ask(me()).await;
    assert_eq!(world.checks(), 2);
}

#[tokio::test]
async fn a_change_is_never_let_through_on_a_remembered_session() {
    let world = world().await;
    world.sign_in("t");
    let bearer = |method, path| request(method, path).header("authorization", "Bearer t");
    assert_eq!(world.ask(bearer("GET", "/api/v1/me")).await.status, 200);
    // The session is ended somewhere else.
    world.sign_out("t");
    assert_eq!(
        world.ask(bearer("GET", "/api/v1/me")).await.status,
        200,
        "remembered"
    );
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(
            world.ask(bearer(method, "/api/v1/circles")).await.status,
            401,
            "{method}"
        );
    }
    assert_eq!(
        world.ask(bearer("GET", "/api/v1/me")).await.status,
        401,
        "found out meanwhile"
    );
}

#[tokio::test]
async fn an_ended_session_reads_for_five_seconds_at_most() {
    let world = world().await;
    world.sign_in("t");
    let me = || get("/api/v1/me").header("authorization", "Bearer t");
    world.ask(me()).await;
    world.sign_out("t");
    world.clock.advance(Duration::from_secs(5));
    let answer = world.ask(me()).await;
    assert_eq!(
        (answer.status, answer.slug().as_str()),
        (401, "unauthenticated")
    );
}

#[tokio::test]
async fn signing_out_here_counts_at_once_for_every_session_of_the_account() {
    let world = world().await;
    let caller = world.sign_in("one");
    world
        .users
        .sessions
        .lock()
        .unwrap()
        .insert("two".to_owned(), caller);
    let me = |token: &str| get("/api/v1/me").header("authorization", format!("Bearer {token}"));
    world.ask(me("one")).await;
    world.ask(me("two")).await;
    let out = request("DELETE", "/api/v1/sessions").header("authorization", "Bearer one");
    assert_eq!(world.ask(out).await.status, 204);
    world.sign_out("one");
    world.sign_out("two");
    assert_eq!(world.ask(me("one")).await.status, 401);
    assert_eq!(world.ask(me("two")).await.status, 401);
}

#[tokio::test]
async fn nobody_gets_in_without_a_token_that_users_knows() {
    let world = world().await;
    for (name, value) in [
        ("x-nothing", ""),
        ("authorization", "Bearer unknown"),
        ("authorization", "Bearer "),
        ("authorization", "Basic YTpi"),
        ("cookie", "kith=unknown"),
        ("cookie", "kith="),
        ("cookie", "__Host-kith=unknown"),
    ] {
        let answer = world.ask(get("/api/v1/people").header(name, value)).await;
        assert_eq!(answer.status, 401, "{name}: {value}");
        assert_eq!(answer.slug(), "unauthenticated");
    }
}

#[tokio::test]
async fn what_becomes_of_an_account_elsewhere_ends_what_is_remembered_of_its_sessions() {
    let world = world().await;
    let (ada, _) = (world.sign_in("ada"), world.sign_in("bob"));
    let me = |token: &str| get("/api/v1/me").header("authorization", format!("Bearer {token}"));
    for token in ["ada", "bob"] {
        assert_eq!(world.ask(me(token)).await.status, 200);
        world.sign_out(token);
    }
    world
        .publish(&[ErasureRequested {
            account_id: AccountId(ada.account),
            version: 9,
        }])
        .await;
    // The clock stands still: nothing runs out.
    eventually("the session was forgotten", async || {
        world.ask(me("ada")).await.status == 401
    })
    .await;
    assert_eq!(world.ask(me("bob")).await.status, 200, "remembered");
}
