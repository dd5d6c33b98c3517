//! `GET /paths`: through whom, how well, and never through what somebody hides.

use kith_shared::{
    ids::{AccountId, CircleId, PersonId},
    sharing::{Sharing, SharingException},
};
use skeleton_host::testing::assert_problem;

use crate::fixture::*;

/// Ada and Grace share a circle; Grace knows Alan, who is at Acme; Ada's book has Grace.
struct Two {
    network: Network,
    ada: AccountId,
    grace: AccountId,
    circle: CircleId,
    alan: PersonId,
}

async fn two() -> Two {
    let network = Network::start().await;
    let (ada, grace) = (AccountId::generate(), AccountId::generate());
    let (circle_id, alan) = (CircleId::generate(), PersonId::generate());
    network
        .told(&[
            seal(&account(ada, "Ada Lovelace", &[("ada", true)])),
            seal(&account(grace, "Grace Hopper", &[("grace", true)])),
            seal(&circle(
                circle_id,
                1,
                vec![
                    member(ada, "Ada Lovelace", Sharing::Name),
                    member(grace, "Grace Hopper", Sharing::Name),
                ],
            )),
            seal(
                &person(grace, alan, "Alan Turing")
                    .keyed(&["alan"])
                    .at("Acme Inc.", true),
            ),
            seal(&wrote(grace, alan, 6)),
        ])
        .await;
    Two {
        network,
        ada,
        grace,
        circle: circle_id,
        alan,
    }
}

#[tokio::test]
async fn a_path_leads_through_a_member_to_a_person_in_their_book() {
    let Two {
        network,
        ada,
        grace,
        alan,
        ..
    } = two().await;
    let paths = network.paths(ada, alan).await;
    assert_eq!(paths.len(), 1);
    assert_eq!(
        names(&paths[0]),
        ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
    );
    assert_eq!(paths[0]["people"][0]["me"], true);
    assert_eq!(paths[0]["people"][1]["account_id"], grace.to_string());
    assert_eq!(
        paths[0]["steps"][0]["evidence"][0]["summary"],
        "Both in the circle Alumni"
    );
    let said = &paths[0]["steps"][1]["evidence"][0];
    assert_eq!(said["summary"], "12 two-way mails, last 7 days ago");
    assert_eq!(said["via"]["display_name"], "Grace Hopper");
    let strength = |step: usize| paths[0]["steps"][step]["strength"].as_f64().unwrap();
    let score = paths[0]["score"].as_f64().unwrap();
    assert!((score - strength(0) * strength(1) * 0.8).abs() < 1e-12);
    assert!(!paths[0].to_string().contains("secret@example.com"));
}

#[tokio::test]
async fn withdrawing_sharing_removes_the_path_at_once() {
    let Two {
        network,
        ada,
        grace,
        circle: id,
        alan,
    } = two().await;
    assert_eq!(network.paths(ada, alan).await.len(), 1);
    let members = vec![
        member(ada, "Ada Lovelace", Sharing::Name),
        member(grace, "Grace Hopper", Sharing::Hidden),
    ];
    network.told(&[seal(&circle(id, 2, members))]).await;
    let answer = network
        .client
        .as_account(ada.0)
        .get(&format!("/api/v1/paths?to={alan}"))
        .await;
    assert_problem(&answer, "not-found");
    let to_acme = network.get(ada, "/api/v1/paths?to_organisation=acme").await;
    assert_eq!(to_acme["items"], serde_json::json!([]));
}

#[tokio::test]
async fn a_hidden_person_is_in_nobodys_path_and_one_without_a_name_is_someone() {
    let Two {
        network,
        ada,
        grace,
        circle: id,
        alan,
    } = two().await;
    let share = |version, sharing| {
        let mut grace = member(grace, "Grace Hopper", Sharing::Name);
        grace.exceptions.push(SharingException {
            person_id: Some(alan),
            tag: None,
            sharing,
        });
        seal(&circle(
            id,
            version,
            vec![member(ada, "Ada Lovelace", Sharing::Name), grace],
        ))
    };
    network.told(&[share(2, Sharing::Organisation)]).await;
    let to_acme = network.get(ada, "/api/v1/paths?to_organisation=ACME").await;
    let someone = &to_acme["items"][0]["people"][2];
    assert_eq!(someone["display_name"], "Someone at Acme Inc.");
    assert_eq!(someone["id"], serde_json::Value::Null);
    network.told(&[share(3, Sharing::Hidden)]).await;
    let to_acme = network.get(ada, "/api/v1/paths?to_organisation=ACME").await;
    assert_eq!(to_acme["items"], serde_json::json!([]));
    assert_eq!(
        network.paths(grace, alan).await.len(),
        1,
        "the owner still sees it"
    );
}

#[tokio::test]
async fn a_graph_that_knows_of_no_change_is_overruled_by_the_store_and_the_search_goes_on() {
    let network = Network::start().await;
    let [ada, grace, edith]: [AccountId; 3] = std::array::from_fn(|_| AccountId::generate());
    let (by_grace, by_edith) = (PersonId::generate(), PersonId::generate());
    let members = [(ada, "Ada"), (grace, "Grace"), (edith, "Edith")];
    let members = members
        .map(|(id, name)| member(id, name, Sharing::Name))
        .to_vec();
    let mut mail = wrote(grace, by_grace, 8);
    network
        .told(&[
            seal(&circle(CircleId::generate(), 1, members)),
            seal(
                &person(grace, by_grace, "Alan")
                    .keyed(&["alan"])
                    .at("Acme", true),
            ),
            seal(&mail),
            seal(
                &person(edith, by_edith, "Alan T.")
                    .keyed(&["alan"])
                    .at("Acme", true),
            ),
            seal(&wrote(edith, by_edith, 2)),
        ])
        .await;
    let firsts = async |id: PersonId| -> Vec<Vec<String>> {
        network.paths(ada, id).await.iter().map(names).collect()
    };
    let both = firsts(by_edith).await;
    assert_eq!(both[0], ["Ada", "Grace", "Alan"]);
    assert_eq!(both[1], ["Ada", "Edith", "Alan"]);

    let beside = network.start_beside().await;
    mail.version = 2;
    mail.buckets.clear();
    beside.told(&[seal(&mail)]).await;
    let left = firsts(by_edith).await;
    assert!(
        left.iter()
            .all(|path| path[1] != "Grace" || path[2] == "Edith"),
        "{left:?}"
    );
    assert!(
        left.contains(&vec!["Ada".into(), "Edith".into(), "Alan".into()]),
        "{left:?}"
    );

    let mut apart = person(grace, by_grace, "Alan").keyed(&["another"]);
    apart.version = 2;
    beside.told(&[seal(&apart)]).await;
    let answer = network.get(ada, "/api/v1/paths?to_organisation=acme").await;
    let found: Vec<Vec<String>> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(names)
        .collect();
    assert_eq!(
        found[0],
        ["Ada", "Edith", "Alan T."],
        "no longer known as Grace's Alan"
    );
}

#[tokio::test]
async fn without_patience_the_old_graph_answers_until_its_successor_is_made() {
    let network = Network::start_with(std::time::Duration::ZERO).await;
    let (ada, alan) = (AccountId::generate(), PersonId::generate());
    network.told(&[seal(&person(ada, alan, "Alan"))]).await;
    assert_eq!(network.paths(ada, alan).await.len(), 0);
    network.told(&[seal(&wrote(ada, alan, 3))]).await;
    eventually("the new tie is found", async || {
        (network.paths(ada, alan).await.len() == 1).then_some(())
    })
    .await;
    let mut gone = wrote(ada, alan, 3);
    gone.version = 2;
    gone.buckets.clear();
    network.told(&[seal(&gone)]).await;
    assert_eq!(
        network.paths(ada, alan).await.len(),
        0,
        "what is gone is gone at once"
    );
}

#[tokio::test]
async fn those_who_are_at_an_organisation_come_before_those_who_were() {
    let network = Network::start().await;
    let ada = AccountId::generate();
    let [now, then, elsewhere]: [PersonId; 3] = std::array::from_fn(|_| PersonId::generate());
    network
        .told(&[
            seal(&person(ada, now, "Now").at("ACME, Inc.", true)),
            seal(
                &person(ada, then, "Then")
                    .at("Other", true)
                    .at("Acme", false),
            ),
            seal(&person(ada, elsewhere, "Elsewhere").at("Acme Labs", true)),
            seal(&wrote(ada, now, 1)),
            seal(&wrote(ada, then, 9)),
            seal(&wrote(ada, elsewhere, 9)),
        ])
        .await;
    let answer = network.get(ada, "/api/v1/paths?to_organisation=acme").await;
    let found: Vec<Vec<String>> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(names)
        .collect();
    assert_eq!(found, [["You", "Now"], ["You", "Then"]]);
}

#[tokio::test]
async fn a_path_is_no_longer_than_was_asked_for_and_none_is_an_empty_answer() {
    let Two {
        network, ada, alan, ..
    } = two().await;
    let short = network
        .get(ada, &format!("/api/v1/paths?to={alan}&max_steps=1"))
        .await;
    assert_eq!(
        short,
        serde_json::json!({ "items": [], "next": null, "approximate": false })
    );
}
