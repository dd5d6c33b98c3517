use axum::Router;
use axum::routing::get;
use proptest::prelude::*;
use serde::Deserialize;
use skeleton_host::pages::{Cursor, Page, PageQuery};
use skeleton_host::problem::{Json, Problem, Query};
use skeleton_host::testing::{TestClient, assert_problem, verifier_for};

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    from: u32,
    #[serde(flatten)]
    page: PageQuery,
}

/// The numbers from 0 to 449, in pages.
async fn numbers(Query(page): Query<PageQuery>) -> Result<Json<Page<u32>>, Problem> {
    let start = page.after::<u32>()?.map_or(0, |last| last + 1);
    let fetched = (start..450).take(page.limit() + 1).collect();
    Ok(Json(Page::cut(fetched, page.limit(), |last| *last)))
}

fn client() -> TestClient {
    let (_, signer) = verifier_for("numbers");
    let router = Router::new().route("/numbers", get(numbers)).route(
        "/search",
        get(async |Query(search): Query<Search>| {
            Json((search.from, search.page.limit, search.page.cursor))
        }),
    );
    TestClient::new(router, signer, "numbers")
}

#[tokio::test]
async fn following_the_cursor_gives_every_item_once() {
    for limit in ["", "limit=1&", "limit=150&", "limit=200&"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page: Page<u32> = client()
                .get(&format!("/numbers?{limit}{cursor}"))
                .await
                .json();
            if limit.is_empty() && seen.is_empty() {
                assert_eq!(page.items.len(), 50, "the default");
            }
            assert!(
                !page.items.is_empty(),
                "a cursor to nothing after {}",
                seen.len()
            );
            seen.extend(page.items);
            let Some(next) = page.next else { break };
            cursor = format!("cursor={next}");
        }
        assert_eq!(seen, (0..450).collect::<Vec<_>>(), "{limit}");
    }
}

#[tokio::test]
async fn limits_out_of_bounds_and_foreign_cursors_are_named() {
    for query in ["limit=0", "limit=201", "limit=-1", "limit=many"] {
        let answer = client().get(&format!("/numbers?{query}")).await;
        let problem = assert_problem(&answer, "validation");
        assert_eq!(problem.errors[0].pointer, "/limit");
        assert!(
            problem.errors[0].detail.contains("from 1 to 200"),
            "{problem:?}"
        );
    }
    let foreign = Cursor("a text").encode();
    for cursor in ["!!", "AAAA", foreign.as_str(), &"A".repeat(5_000)] {
        let problem = assert_problem(
            &client().get(&format!("/numbers?cursor={cursor}")).await,
            "validation",
        );
        assert_eq!(problem.errors[0].pointer, "/cursor");
    }
}

#[tokio::test]
async fn a_page_query_can_be_flattened_into_another() {
    let read: (u32, u32, Option<String>) = client().get("/search?limit=20&cursor=abc").await.json();
    assert_eq!(read, (0, 20, Some("abc".to_owned())));
}

proptest! {
    #[test]
    fn a_cursor_returns_what_was_put_in(number: i64, text: String, flag: Option<bool>) {
        let value = (number, text, flag);
        let encoded = Cursor(&value).encode();
        prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        if encoded.len() <= 2_048 {
            prop_assert_eq!(Cursor::<(i64, String, Option<bool>)>::decode(&encoded).unwrap().0, value);
        }
    }
}
