//! Somebody else's resource is not there.

use kith_shared::ids::{AccountId, NoteId, PersonId};
use serde_json::json;
use skeleton_host::{http::Method, testing::assert_problem};

use crate::fixture::*;

#[tokio::test]
async fn another_accounts_person_is_not_found_on_any_route() {
    let network = Network::start().await;
    let (ada, mallory, alan) = (
        AccountId::generate(),
        AccountId::generate(),
        PersonId::generate(),
    );
    network
        .told(&[seal(&person(ada, alan, "Alan").listed("linkedin"))])
        .await;
    let note = NoteId::generate();
    let person = format!("/api/v1/people/{alan}");
    let requests = [
        (Method::GET, format!("/api/v1/paths?to={alan}")),
        (Method::GET, format!("{person}/ties")),
        (Method::GET, format!("{person}/neighbourhood")),
        (Method::GET, format!("{person}/annotations")),
        (Method::PUT, format!("{person}/tags/friend")),
        (Method::DELETE, format!("{person}/tags/friend")),
        (Method::POST, format!("{person}/notes")),
        (Method::DELETE, format!("{person}/notes/{note}")),
    ];
    for (method, path) in requests {
        let request = |account: AccountId| {
            let request = network
                .client
                .as_account(account.0)
                .request(method.clone(), &path);
            if method == Method::POST {
                request.json(&json!({ "text": "hello" }))
            } else {
                request
            }
        };
        assert_problem(&request(mallory).await, "not-found");
        let answer = network.client.request(method.clone(), &path).await;
        assert_problem(&answer, "unauthenticated");
        let own = request(ada).await;
        let is_unknown_note = own.text().contains("no such note");
        assert!(
            own.status.is_success() || is_unknown_note,
            "{method} {path}: {}",
            own.text()
        );
    }
}

#[tokio::test]
async fn bad_questions_say_what_was_expected() {
    let network = Network::start().await;
    let ada = network.client.as_account(AccountId::generate().0);
    for (query, pointer) in [
        ("", "/to"),
        ("?to=nobody", "/to"),
        ("?to_organisation=%20", "/to_organisation"),
        ("?to_organisation=acme&limit=21", "/limit"),
        ("?to_organisation=acme&max_steps=7", "/max_steps"),
    ] {
        let answer = ada.get(&format!("/api/v1/paths{query}")).await;
        let problem = assert_problem(&answer, "validation");
        assert!(
            problem.errors.iter().any(|e| e.pointer == pointer),
            "{query}: {problem:?}"
        );
    }
}
