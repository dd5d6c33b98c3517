use skeleton_host::http::{Body, Method, Request};
use std::io::Read;

use crate::support::{Answer, World, get, request, world};

/// The stand-in answers with what it was sent: a long query makes a long answer.
fn long(path: &str) -> Request {
    let query = "q=".to_owned() + &"abc".repeat(700);
    get(&format!("{path}?{query}")).header("authorization", "Bearer t")
}

fn long_by(method: Method) -> Request {
    let mut request = long("/api/v1/people");
    request.head_mut().method = method;
    request
}

async fn ask(world: &World, request: Request, accepted: &str) -> Answer {
    world
        .ask(request.header("accept-encoding", accepted.to_owned()))
        .await
}

#[tokio::test]
async fn a_long_answer_is_sent_small_to_whoever_takes_it() {
    let world = world().await;
    world.sign_in("t");
    let plain = world.ask(long("/api/v1/people")).await;
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.header("vary"), "accept-encoding");
    for (accepted, encoding) in [("br, gzip", "br"), ("gzip", "gzip"), ("gzip;q=0, br", "br")] {
        let answer = ask(&world, long("/api/v1/people"), accepted).await;
        assert_eq!(answer.header("content-encoding"), encoding, "{accepted}");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert!(answer.body.len() < plain.body.len() / 2, "{accepted}");
        let mut text = Vec::new();
        let mut packed = answer.body.as_slice();
        if encoding == "br" {
            brotli::BrotliDecompress(&mut packed, &mut text).unwrap();
        } else {
            let mut unpacked = flate2::read::GzDecoder::new(packed);
            unpacked.read_to_end(&mut text).unwrap();
        }
        let read: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(read["query"], plain.json()["query"]);
    }
    for accepted in ["identity", "deflate", ""] {
        let answer = ask(&world, long("/api/v1/people"), accepted).await;
        assert_eq!(answer.header("content-encoding"), "", "{accepted}");
        assert_eq!(answer.status, 200);
    }
}

#[tokio::test]
async fn what_is_short_a_secret_asked_by_another_site_or_no_reading_is_sent_as_it_is() {
    let world = world().await;
    world.sign_in("t");
    let as_it_is = async |what: &str, request: Request| {
        let answer = ask(&world, request, "br, gzip").await;
        assert_eq!(answer.header("content-encoding"), "", "{what}");
    };
    let short = get("/api/v1/people").header("authorization", "Bearer t");
    as_it_is("short", short).await;
    as_it_is("the token", request("POST", "/api/v1/sessions")).await;
    let of_another_site = long("/api/v1/people").header("sec-fetch-site", "cross-site");
    as_it_is("of another site", of_another_site).await;
    as_it_is("a change", long_by(Method::POST)).await;
    as_it_is("a head", long_by(Method::HEAD)).await;
    let events = get("/api/v1/events").header("authorization", "Bearer t");
    let stream = world
        .open(events.header("accept-encoding", "br, gzip"), Body::empty())
        .await;
    assert_eq!(
        stream.headers().get("content-type").unwrap(),
        "text/event-stream"
    );
    assert!(!stream.headers().contains_key("content-encoding"));
}

#[tokio::test]
async fn a_compressed_answer_has_a_tag_of_its_own_and_edits_go_by_it() {
    let world = world().await;
    world.sign_in("t");
    let tagged = || long("/api/v1/people").header("x-test-etag", "\"8\"");
    let plain = world.ask(tagged()).await;
    assert_eq!(plain.header("etag"), "\"8\"");
    for (accepted, tag) in [("br", "\"8-br\""), ("gzip", "\"8-gzip\"")] {
        let answer = ask(&world, tagged(), accepted).await;
        assert_eq!(answer.header("etag"), tag);
        let edit = request("PATCH", "/api/v1/people/7")
            .header("authorization", "Bearer t")
            .header("if-match", tag);
        let seen = world.ask(edit).await.json();
        assert_eq!(seen["headers"]["if-match"], "\"8\"", "{tag}");
        let again = tagged().header("if-none-match", tag);
        let answer = ask(&world, again, accepted).await;
        assert_eq!(answer.status, 304);
        assert_eq!(answer.header("etag"), tag, "of what the client holds");
        assert_eq!(answer.header("content-encoding"), "");
    }
}
