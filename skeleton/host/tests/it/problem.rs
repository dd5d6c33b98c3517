use serde::{Deserialize, Serialize};
use serde_json::json;
use skeleton_host::http::{HttpSettings, IntoResponse, Method, Routes, Stack, StatusCode};
use skeleton_host::problem::{FieldError, Json, Path, Problem, Query};
use skeleton_host::testing::{TestClient, assert_problem, verifier_for};
use std::time::Duration;
use uuid::Uuid;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    name: String,
    #[serde(default)]
    parts: Vec<Part>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Part {
    weight: u32,
}

#[derive(Deserialize)]
struct Filter {
    #[serde(default)]
    size: Option<u32>,
}

fn client() -> TestClient {
    let routes = Routes::new()
        .on(Method::POST, "/things", async |Json(thing): Json<Thing>| {
            Json(thing)
        })
        .on(
            Method::GET,
            "/things",
            async |Query(filter): Query<Filter>| Json(json!(filter.size)),
        )
        .on(Method::GET, "/things/{id}", async |Path(id): Path<Uuid>| {
            id.to_string()
        })
        .on(Method::GET, "/panic", async || -> String {
            panic!("secret detail")
        })
        .on(Method::GET, "/internal", internal);
    let (_, signer) = verifier_for("things");
    TestClient::new(
        Stack::new("things", &HttpSettings::default()).apply(routes),
        signer,
        "things",
    )
}

async fn internal() -> Problem {
    Problem::internal(&std::io::Error::other("secret detail"))
}

#[tokio::test]
async fn a_body_that_fits_is_taken_and_answered() {
    let thing = client().post("/things", &json!({"name": "wheel"})).await;
    assert_eq!(thing.header("content-type"), "application/json");
    assert_eq!(thing.json::<Thing>().name, "wheel");
}

#[tokio::test]
async fn a_bad_field_is_pointed_at() {
    for (body, pointer) in [
        (json!({"name": 7}), "/name"),
        (
            json!({"name": "x", "parts": [{"weight": 1}, {"weight": "heavy"}]}),
            "/parts/1/weight",
        ),
        (json!({"name": "x", "parts": [{}]}), "/parts/0/weight"),
        (json!({}), "/name"),
        (json!({"name": "x", "colour": "red"}), "/colour"),
    ] {
        let answer = client().post("/things", &body).await.expect_status(422);
        let problem = assert_problem(&answer, "validation");
        assert_eq!(problem.errors.len(), 1);
        assert_eq!(problem.errors[0].pointer, pointer, "{body}: {problem:?}");
        assert!(!problem.errors[0].detail.contains("at line"), "{problem:?}");
    }
}

#[tokio::test]
async fn a_broken_body_is_malformed_and_another_type_is_unsupported() {
    let post =
        |body: &'static str, kind| client().request(Method::POST, "/things").body(kind, body);
    assert_problem(&post("{\"name\"", "application/json").await, "malformed");
    assert_problem(
        &post("{\"name\":\"x\"} trailing", "application/json").await,
        "malformed",
    );
    assert_problem(&post("name=x", "text/plain").await, "unsupported-format");
    let merged = post(
        "{\"name\":\"x\"}",
        "application/merge-patch+json; charset=utf-8",
    )
    .await;
    assert_eq!(merged.status, StatusCode::OK);
}

#[tokio::test]
async fn a_body_over_the_limit_is_too_large() {
    let name = "x".repeat(2 * 1024 * 1024);
    let answer = client().post("/things", &json!({ "name": name })).await;
    assert_problem(&answer.expect_status(413), "payload-too-large");
}

#[tokio::test]
async fn a_bad_query_parameter_is_pointed_at_and_a_bad_id_is_not_found() {
    let problem = assert_problem(&client().get("/things?size=big").await, "validation");
    assert_eq!(problem.errors[0].pointer, "/size");
    let problem = assert_problem(&client().get("/things/seven").await, "not-found");
    assert_eq!(problem.errors[0].pointer, "/id");
}

#[tokio::test]
async fn unknown_routes_and_methods_are_problems() {
    assert_problem(
        &client().get("/nothing").await.expect_status(404),
        "not-found",
    );
    let answer = client().delete("/things").await.expect_status(405);
    assert_problem(&answer, "method-not-allowed");
    assert_eq!(answer.header("allow"), "POST,GET,HEAD");
}

#[tokio::test]
async fn a_panic_and_an_internal_error_hide_their_details() {
    for path in ["/panic", "/internal"] {
        let answer = client()
            .get(path)
            .header("x-request-id", "r-1")
            .await
            .expect_status(500);
        let problem = assert_problem(&answer, "internal");
        assert!(!answer.text().contains("secret"), "{}", answer.text());
        assert_eq!(problem.request_id.as_deref(), Some("r-1"), "{path}");
    }
}

#[tokio::test]
async fn waiting_times_round_up_and_401_names_the_scheme() {
    let response = Problem::rate_limited(Duration::from_millis(1_200)).into_response();
    assert_eq!(response.headers().get("retry-after").unwrap(), "2");
    let response = Problem::unauthenticated("x").into_response();
    assert_eq!(
        response.headers().get("www-authenticate").unwrap(),
        "Bearer"
    );
}

#[test]
fn a_problem_has_the_shape_that_clients_read() {
    let problem = Problem::validation(vec![
        FieldError::new("/email", "expected an e-mail address"),
        FieldError::new("/name", "may not be empty"),
    ]);
    insta::assert_json_snapshot!(problem, @r#"
    {
      "type": "urn:kith:problem:validation",
      "title": "some fields are not valid",
      "status": 422,
      "detail": "/email: expected an e-mail address (and 1 more)",
      "errors": [
        {
          "pointer": "/email",
          "detail": "expected an e-mail address"
        },
        {
          "pointer": "/name",
          "detail": "may not be empty"
        }
      ]
    }
    "#);
    let brief = serde_json::to_value(Problem::not_found("thing")).unwrap();
    assert_eq!(brief.get("errors"), None);
    assert_eq!(brief["detail"], "no such thing");
}
