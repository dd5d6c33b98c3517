//! The form in which a file comes: whatever stands beside the file is bounded, and only so much of a
//! request is ever taken in.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use skeleton_host::{
    http::{Body, Bytes, Method},
    testing::{TestResponse, assert_problem},
};

use crate::support::{ADA, Fixture, Owner, connections};

const KIND: &str = "multipart/form-data; boundary=b";
/// What is sent after the beginning of each form.
const ENDLESS_BYTES: u64 = 300 << 20;
/// Most of a request that may have been taken in when it is answered: what is allowed beside the
/// file, before and behind it, and the chunk in hand.
const TAKEN_BYTES: u64 = 256 << 10;
const CHUNK_BYTES: usize = 64 << 10;

/// Sends a beginning and then a pattern for hundreds of megabytes, as fast as it is taken; answers
/// with how much was taken.
async fn send(owner: &Owner, head: &str, pattern: &str) -> (TestResponse, u64) {
    let taken = Arc::new(AtomicU64::new(0));
    let chunk = Bytes::from(pattern.repeat(CHUNK_BYTES / pattern.len()));
    let chunks = usize::try_from(ENDLESS_BYTES).unwrap() / chunk.len();
    let counted = taken.clone();
    let body = stream::iter([Bytes::from(head.to_owned())])
        .chain(stream::iter(std::iter::repeat_n(chunk, chunks)))
        .inspect(move |chunk| {
            counted.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        })
        .map(Ok::<_, std::io::Error>);
    let request = owner.client.request(Method::POST, "/api/v1/imports");
    let answer = request.body(KIND, Body::from_stream(body)).await;
    (answer, taken.load(Ordering::Relaxed))
}

fn part(name: &str, content: &str) -> String {
    format!("--b\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{content}")
}

fn file() -> String {
    let content = connections(&[ADA]);
    format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n{content}\r\n"
    )
}

#[tokio::test]
async fn what_stands_before_the_file_is_refused_before_it_fills_the_memory() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let header = "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"";
    for (what, head, pattern) in [
        ("a format", part("format", ""), "linkedin"),
        ("a header's value", header.to_owned(), "x"),
        ("a header's name", "--b\r\n".to_owned(), "x"),
        ("headers", "--b\r\n".to_owned(), "x: y\r\n"),
        ("a preamble", String::new(), "no boundary "),
        ("white space behind a boundary", "--b".to_owned(), " "),
        ("a field that nobody knows", part("more", ""), "x"),
        ("a field without a name", "--b\r\n\r\n".to_owned(), "x"),
    ] {
        let (answer, taken) = send(&owner, &head, pattern).await;
        let problem = assert_problem(&answer, "payload-too-large");
        let detail = problem.detail.unwrap();
        assert!(detail.contains("expected"), "{what}: {detail}");
        assert!(taken <= TAKEN_BYTES, "{what}: {taken} bytes were taken");
    }
    let (answer, taken) = send(&owner, "", &(part("more", "x") + "\r\n")).await;
    let detail = assert_problem(&answer, "malformed").detail.unwrap();
    assert!(detail.contains("more than 8 parts"), "{detail}");
    assert!(taken <= TAKEN_BYTES, "{taken} bytes were taken");
    assert_eq!(owner.get("/imports").await["items"], json!([]));
    assert_eq!(fixture.ground.files().await, 0);
}

#[tokio::test]
async fn what_stands_behind_the_file_is_refused_and_the_file_given_up() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let second = format!("{}{}", file(), file().trim_end());
    for (what, head, pattern, slug) in [
        ("a second file", second, "\r\n", "malformed"),
        ("a format", file() + &part("format", ""), "x", "validation"),
        (
            "a field",
            file() + &part("more", ""),
            "x",
            "payload-too-large",
        ),
        ("a header", file() + "--b\r\n", "x", "payload-too-large"),
    ] {
        let (answer, taken) = send(&owner, &head, pattern).await;
        let problem = assert_problem(&answer, slug);
        assert!(
            problem.detail.is_some() || !problem.errors.is_empty(),
            "{what}"
        );
        assert!(taken <= TAKEN_BYTES, "{what}: {taken} bytes were taken");
    }
    let cut_off = owner.client.request(Method::POST, "/api/v1/imports");
    let answer = cut_off.body(KIND, file() + "--b").await;
    assert_problem(&answer, "malformed");
    assert_eq!(owner.get("/imports").await["items"], json!([]));
    assert_eq!(fixture.ground.files().await, 0);
    // Nobody reads what comes behind the form.
    let (answer, taken) = send(&owner, &(file() + "--b--\r\n"), "and so on").await;
    answer.expect_status(202);
    assert!(taken <= TAKEN_BYTES, "{taken} bytes were taken");
}

#[tokio::test]
async fn fields_are_taken_once_and_short_ones_that_nobody_knows_are_passed_over() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let send = async |body: String| {
        let request = owner.client.request(Method::POST, "/api/v1/imports");
        request.body(KIND, body + "--b--\r\n").await
    };
    let format = part("format", "linkedin") + "\r\n";
    let more = part("more", "anything") + "\r\n";
    send(format!("a preamble\r\n{more}{format}{}{more}", file()))
        .await
        .expect_status(202);
    let twice = send(format!("{format}{format}{}", file())).await;
    let problem = assert_problem(&twice, "validation");
    assert_eq!(problem.errors[0].pointer, "/format");
    let long = send(part("format", &"x".repeat(65)) + "\r\n" + &file()).await;
    let detail = assert_problem(&long, "payload-too-large").detail.unwrap();
    assert!(
        detail.contains("64 bytes") && detail.contains("linkedin"),
        "{detail}"
    );
    let none = send(format).await;
    assert_eq!(
        assert_problem(&none, "validation").errors[0].pointer,
        "/file"
    );
}

#[tokio::test]
async fn a_long_file_behind_fields_is_taken_however_its_bytes_arrive() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let fields = part("more", "anything") + "\r\n" + &part("format", "linkedin") + "\r\n";
    let form = fields + &file() + "--b--\r\n";
    let long = form.replace(ADA, &format!("{ADA}\n").repeat(8_000));
    for chunk_bytes in [7, 1_000, 100_000, long.len()] {
        let chunks: Vec<_> = long
            .as_bytes()
            .chunks(chunk_bytes)
            .map(|chunk| Ok::<_, std::io::Error>(Bytes::copy_from_slice(chunk)))
            .collect();
        // Between chunks there is nothing for a moment, as on a network.
        let body = stream::iter(chunks).then(async |chunk| {
            tokio::task::yield_now().await;
            chunk
        });
        let request = owner.client.request(Method::POST, "/api/v1/imports");
        let answer = request.body(KIND, Body::from_stream(body)).await;
        let import: Value = answer.expect_status(202).json();
        let length = connections(&[ADA]).len() + 7_999 * (ADA.len() + 1) + 1;
        assert_eq!(import["bytes_total"], length, "{import}");
    }
}

#[tokio::test]
async fn a_boundary_is_of_the_length_that_the_standard_allows() {
    let fixture = Fixture::start().await;
    let owner = fixture.account("owner@example.net").await;
    let boundary = "b".repeat(71);
    let body = file().replace("--b", &format!("--{boundary}")) + &format!("--{boundary}--\r\n");
    let request = owner.client.request(Method::POST, "/api/v1/imports");
    let kind = format!("multipart/form-data; boundary={boundary}");
    let detail = assert_problem(&request.body(&kind, body).await, "malformed").detail;
    assert!(detail.unwrap().contains("1 to 70"));
}
