use skeleton_host::conditional::{ETag, IfMatch};
use skeleton_host::http::{Method, Routes};
use skeleton_host::idempotency::{IdempotencyKey, fingerprint};
use skeleton_host::problem::{Json, Problem};
use skeleton_host::testing::{TestClient, assert_problem, verifier_for};

async fn edit(seen: IfMatch) -> Result<Json<Option<i64>>, Problem> {
    seen.check(7)?;
    Ok(Json(seen.version()))
}

fn client() -> TestClient {
    let (_, signer) = verifier_for("things");
    let routes = Routes::new()
        .on(Method::GET, "/", async || (ETag(7), Json("seven")))
        .on(Method::PATCH, "/", edit)
        .on(Method::POST, "/", async |key: IdempotencyKey| Json(key.0));
    TestClient::new(routes, signer, "things")
}

#[tokio::test]
async fn an_edit_of_the_version_that_was_read_passes() {
    let tag = client().get("/").await.header("etag").to_owned();
    assert_eq!(tag, "\"7\"");
    let passed = client().patch("/", &()).header("if-match", &tag).await;
    assert_eq!(passed.json::<Option<i64>>(), Some(7));
    for any in ["*", "\"6\", \"7\""] {
        let passed = client().patch("/", &()).header("if-match", any).await;
        assert_eq!(passed.json::<Option<i64>>(), None, "{any}");
    }
    assert_eq!(
        client().patch("/", &()).await.json::<Option<i64>>(),
        None,
        "without the header"
    );
}

#[tokio::test]
async fn an_edit_of_another_version_is_refused_and_nonsense_is_malformed() {
    let stale = client()
        .patch("/", &())
        .header("if-match", "\"6\"")
        .await
        .expect_status(412);
    assert_problem(&stale, "version-mismatch");
    for nonsense in ["7", "W/\"7\"", "\"seven\"", ""] {
        let answer = client().patch("/", &()).header("if-match", nonsense).await;
        assert_problem(&answer, "malformed");
    }
}

#[tokio::test]
async fn an_idempotency_key_is_optional_and_bounded() {
    assert_eq!(client().post("/", &()).await.json::<Option<String>>(), None);
    let longest = "k".repeat(255);
    let sent = client()
        .post("/", &())
        .header("idempotency-key", &longest)
        .await;
    assert_eq!(sent.json::<Option<String>>(), Some(longest));
    for bad in ["", "with space", "k".repeat(256).as_str()] {
        assert_problem(
            &client().post("/", &()).header("idempotency-key", bad).await,
            "malformed",
        );
    }
}

#[test]
fn a_fingerprint_tells_requests_apart() {
    let base = fingerprint(&Method::POST, "/things", b"{}");
    assert_eq!(base, fingerprint(&Method::POST, "/things", b"{}"));
    assert_eq!(base.len(), 64);
    assert_ne!(base, fingerprint(&Method::PUT, "/things", b"{}"));
    assert_ne!(base, fingerprint(&Method::POST, "/things{", b"}"));
}
