//! What was read before the stores were restored does not count any more.

use secrecy::ExposeSecret;
use serde_json::json;
use skeleton_host::http::{Body, Request};
use uuid::Uuid;

use crate::{
    live::Stream,
    support::{World, get, request, world},
};

async fn restore(world: &World) {
    let bearer = format!("Bearer {}", world.operator.token().expose_secret());
    let asked = request("PUT", "/operator/v1/epoch")
        .header("authorization", bearer)
        .header("content-type", "application/json");
    let begin = json!({ "id": Uuid::from_u128(0x1a2b_3c4d_u128 << 96) });
    let begun = world.ask_with(asked, Body::from(begin.to_string())).await;
    assert_eq!(begun.status, 204, "{begun:?}");
}

fn person() -> Request {
    get("/api/v1/people/1")
        .header("authorization", "Bearer t")
        .header("x-test-etag", "\"7\"")
}

#[tokio::test]
async fn tags_from_before_a_restore_guard_nothing_and_match_nothing() {
    let world = world().await;
    world.sign_in("t");
    let before = world.ask(person()).await;
    assert_eq!(before.header("etag"), "\"7\"");
    restore(&world).await;
    let after = world.ask(person()).await;
    assert_eq!(after.header("etag"), "\"7.1a2b3c4d\"");

    let refused = world.ask(person().header("if-match", "\"7\"")).await;
    assert_eq!(
        (refused.status, refused.slug()),
        (412, "version-mismatch".to_owned())
    );
    let seen = world
        .ask(person().header("if-match", "\"7.1a2b3c4d\""))
        .await;
    assert_eq!(seen.json()["headers"]["if-match"], "\"7\"");
    let any = world.ask(person().header("if-match", "*")).await;
    assert_eq!(any.json()["headers"]["if-match"], "*");

    let fresh = world.ask(person().header("if-none-match", "\"7\"")).await;
    assert_eq!(fresh.status, 200, "it is another 7");
    let known = person().header("if-none-match", "\"7.1a2b3c4d-br\"");
    assert_eq!(world.ask(known).await.status, 304);
}

#[tokio::test]
async fn whoever_listened_before_a_restore_is_told_that_updates_were_missed() {
    let world = world().await;
    world.sign_in("t");
    let open = async |last: &str| {
        let mut stream = Stream::resume(&world, "t", Some(last)).await;
        stream.expect("hello").await
    };
    assert!(open("0").await.data.contains("\"missed\":false"));
    let mut listening = Stream::open(&world, "t", None).await;
    listening.expect("hello").await;
    restore(&world).await;
    // It ends, and its client comes back.
    assert_eq!(listening.next().await, None);
    let hello = open("0").await;
    assert!(hello.data.contains("\"missed\":true"), "{hello:?}");
    assert_eq!(hello.position, "1a2b3c4d.0");
    assert!(
        open(&hello.position)
            .await
            .data
            .contains("\"missed\":false")
    );
}
