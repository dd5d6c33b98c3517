//! Who is one human across books, and who is not.

use kith_shared::{
    events::ingest::PersonState,
    ids::{AccountId, CircleId, PersonId},
    sharing::Sharing,
};
use serde_json::Value;

use crate::fixture::*;

/// Ada and Grace in a circle; Grace's book holds the target.
struct World {
    network: Network,
    ada: AccountId,
    grace: AccountId,
    target: PersonId,
}

/// Ada knows somebody; Grace knows the target through a person who is the same human, if `ada_key`
/// and `grace_key` are one. Grace herself has no own tie to the target.
async fn world(
    ada_key: &str,
    grace_key: &str,
    names: (&str, &str),
    grace_shares: Sharing,
) -> World {
    let network = Network::start().await;
    let (ada, grace, circle_id) = (
        AccountId::generate(),
        AccountId::generate(),
        CircleId::generate(),
    );
    let (of_ada, of_grace, target) = (
        PersonId::generate(),
        PersonId::generate(),
        PersonId::generate(),
    );
    let members = vec![
        member(ada, "Ada", Sharing::Name),
        member(grace, "Grace", grace_shares),
    ];
    network
        .told(&[
            seal(&account(ada, "Ada", &[])),
            seal(&account(grace, "Grace", &[])),
            seal(&circle(circle_id, 1, members)),
            seal(&person(ada, of_ada, names.0).keyed(&[ada_key])),
            seal(&wrote(ada, of_ada, 9)),
            seal(&person(grace, of_grace, names.1).keyed(&[grace_key])),
            seal(&person(grace, target, "Alan Turing").at("Acme", true)),
            seal(&together(grace, of_grace, target, 20)),
        ])
        .await;
    World {
        network,
        ada,
        grace,
        target,
    }
}

async fn to_acme(network: &Network, asker: AccountId) -> Vec<Vec<String>> {
    let answer: Value = network
        .get(asker, "/api/v1/paths?to_organisation=Acme")
        .await;
    answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(names)
        .collect()
}

#[tokio::test]
async fn a_shared_key_joins_persons_of_two_books_and_a_path_of_three_books_leads_through() {
    let World {
        network,
        ada,
        target,
        ..
    } = world("k", "k", ("Mary S.", "Mary Somerville"), Sharing::Name).await;
    let through = network.paths(ada, target).await;
    assert_eq!(names(&through[0]), ["Ada", "Mary S.", "Alan Turing"]);
    assert_eq!(
        through[0]["steps"][1]["evidence"][0]["via"]["display_name"],
        "Grace"
    );
}

#[tokio::test]
async fn a_name_never_joins() {
    let World { network, ada, .. } = world(
        "k1",
        "k2",
        ("Mary Somerville", "Mary Somerville"),
        Sharing::Name,
    )
    .await;
    assert_eq!(to_acme(&network, ada).await, Vec::<Vec<String>>::new());
}

#[tokio::test]
async fn an_invisible_book_does_not_join_what_only_it_knows_to_be_one() {
    // Grace's book says that two keys are one human. Hidden, it must not join the persons of Ada's
    // and Edith's books that hold one of them each.
    let network = Network::start().await;
    let [ada, grace, edith]: [AccountId; 3] = std::array::from_fn(|_| AccountId::generate());
    let circle_id = CircleId::generate();
    let of_ada = PersonId::generate();
    let (of_grace, of_edith, target) = (
        PersonId::generate(),
        PersonId::generate(),
        PersonId::generate(),
    );
    let with = |version, shares| {
        let members = vec![
            member(ada, "Ada", Sharing::Name),
            member(edith, "Edith", Sharing::Name),
            member(grace, "Grace", shares),
        ];
        seal(&circle(circle_id, version, members))
    };
    network
        .told(&[
            with(1, Sharing::Hidden),
            seal(&person(ada, of_ada, "M").keyed(&["k1"])),
            seal(&wrote(ada, of_ada, 9)),
            seal(&person(grace, of_grace, "Mary").keyed(&["k1", "k2"])),
            seal(&person(edith, of_edith, "Mary S").keyed(&["k2"])),
            seal(&person(edith, target, "Alan").at("Acme", true)),
            seal(&together(edith, of_edith, target, 20)),
        ])
        .await;
    assert_eq!(to_acme(&network, ada).await, Vec::<Vec<String>>::new());
    network.told(&[with(2, Sharing::Organisation)]).await;
    assert_eq!(
        to_acme(&network, ada).await,
        Vec::<Vec<String>>::new(),
        "names are withheld"
    );
    network.told(&[with(3, Sharing::Name)]).await;
    assert_eq!(to_acme(&network, ada).await, [["Ada", "M", "Alan"]]);
}

#[tokio::test]
async fn a_path_vanishes_with_the_key_that_joined_it() {
    let World {
        network,
        ada,
        target,
        grace,
    } = world("k", "k", ("Mary", "Mary"), Sharing::Name).await;
    assert_eq!(network.paths(ada, target).await.len(), 1);
    let mut changed = person(grace, target, "Alan Turing");
    changed.version = 2;
    changed.state = PersonState::Removed;
    network.told(&[seal(&changed)]).await;
    assert_eq!(to_acme(&network, ada).await, Vec::<Vec<String>>::new());
}

/// Grace's book holds Ada's address; Edith's book holds Grace's. Ada is in a circle with Edith only
/// by way of Grace when addresses link.
async fn standing_in(verified: bool) -> (Network, AccountId, PersonId) {
    let network = Network::start().await;
    let (ada, edith) = (AccountId::generate(), AccountId::generate());
    let (of_edith, target) = (PersonId::generate(), PersonId::generate());
    let members = vec![
        member(ada, "Ada", Sharing::Name),
        member(edith, "Edith", Sharing::Name),
    ];
    network
        .told(&[
            seal(&account(ada, "Ada", &[("ada's address", verified)])),
            seal(&account(edith, "Edith", &[])),
            seal(&circle(CircleId::generate(), 1, members)),
            seal(&person(edith, of_edith, "A. Lovelace").keyed(&["ada's address"])),
            seal(&person(edith, target, "Alan").at("Acme", true)),
            seal(&together(edith, of_edith, target, 20)),
        ])
        .await;
    (network, ada, target)
}

#[tokio::test]
async fn an_account_stands_for_a_person_by_a_verified_address() {
    let (network, ada, target) = standing_in(true).await;
    let paths = network.paths(ada, target).await;
    assert_eq!(
        names(&paths[0]),
        ["Ada", "Alan"],
        "Edith's book knows Ada by her address"
    );
}

#[tokio::test]
async fn an_address_that_is_not_verified_stands_for_nobody() {
    let (network, ada, target) = standing_in(false).await;
    assert_eq!(network.paths(ada, target).await, Vec::<Value>::new());
}

#[tokio::test]
async fn books_that_share_no_circle_are_not_joined_by_an_asker_who_is_in_both() {
    let network = Network::start().await;
    let [ada, grace, edith]: [AccountId; 3] = std::array::from_fn(|_| AccountId::generate());
    let (of_grace, of_edith, target) = (
        PersonId::generate(),
        PersonId::generate(),
        PersonId::generate(),
    );
    let with = |other, name| {
        vec![
            member(ada, "Ada", Sharing::Name),
            member(other, name, Sharing::Name),
        ]
    };
    network
        .told(&[
            seal(&circle(CircleId::generate(), 1, with(grace, "Grace"))),
            seal(&circle(CircleId::generate(), 1, with(edith, "Edith"))),
            seal(&person(grace, of_grace, "Mary").keyed(&["k"])),
            seal(&wrote(grace, of_grace, 9)),
            seal(&person(edith, of_edith, "Mary").keyed(&["k"])),
            seal(&person(edith, target, "Alan").at("Acme", true)),
            seal(&together(edith, of_edith, target, 20)),
        ])
        .await;
    assert_eq!(to_acme(&network, ada).await, Vec::<Vec<String>>::new());
}
