//! Ties, their bands, and the picture of a neighbourhood.

use kith_shared::{
    events::{
        ingest::{GroupSize, PersonState},
        network::{Band, TieChanged},
    },
    ids::{AccountId, PersonId},
};
use serde_json::{Value, json};

use crate::fixture::*;

#[tokio::test]
async fn a_persons_ties_are_listed_strongest_first_with_their_evidence() {
    let network = Network::start().await;
    let ada = AccountId::generate();
    let (alan, joan) = (PersonId::generate(), PersonId::generate());
    network
        .told(&[
            seal(&account(ada, "Ada Lovelace", &[])),
            seal(
                &person(ada, alan, "Alan")
                    .listed("linkedin")
                    .at("Acme", true),
            ),
            seal(&person(ada, joan, "Joan")),
            seal(&wrote(ada, alan, 6)),
            seal(&together(ada, alan, joan, 4)),
        ])
        .await;
    let ties = network
        .get(ada, &format!("/api/v1/people/{alan}/ties"))
        .await;
    let first = &ties["items"][0];
    assert_eq!(first["person"]["me"], true);
    assert_eq!(first["person"]["display_name"], "Ada Lovelace");
    assert_eq!(first["band"], "strong");
    assert_eq!(
        first["evidence"][0]["summary"],
        "12 two-way mails, last 7 days ago"
    );
    assert_eq!(first["evidence"][0]["via"], Value::Null);
    assert_eq!(first["evidence"][1]["summary"], "Connected on LinkedIn");
    let second = &ties["items"][1];
    assert_eq!(second["person"]["id"], json!(joan));
    assert_eq!(
        second["evidence"][0]["summary"],
        "In 4 small-group mails together, last 7 days ago"
    );
    assert_eq!(ties["next"], Value::Null);

    let page = network
        .get(ada, &format!("/api/v1/people/{alan}/ties?limit=1"))
        .await;
    assert_eq!(page["items"].as_array().unwrap().len(), 1);
    let next = page["next"].as_str().unwrap();
    let page = network
        .get(
            ada,
            &format!("/api/v1/people/{alan}/ties?limit=1&cursor={next}"),
        )
        .await;
    assert_eq!(page["items"][0]["person"]["id"], json!(joan));
    assert_eq!(page["next"], Value::Null);
}

#[tokio::test]
async fn a_tie_is_announced_only_when_it_crosses_a_border() {
    let network = Network::start().await;
    let (ada, alan, joan) = (
        AccountId::generate(),
        PersonId::generate(),
        PersonId::generate(),
    );
    let mut mail = wrote(ada, alan, 6);
    network
        .told(&[
            seal(
                &person(ada, joan, "Joan")
                    .listed("linkedin")
                    .listed("google"),
            ),
            seal(&person(ada, alan, "Alan")),
            seal(&mail),
        ])
        .await;
    let tie: TieChanged = network.next().await;
    assert_eq!(
        (tie.person_id, tie.version, tie.band),
        (alan, 1, Band::Strong),
        "not Joan's"
    );
    mail.version = 2;
    mail.buckets.push(mails(9, 9, GroupSize::Pair, 3));
    network.told(&[seal(&mail)]).await;
    mail.version = 3;
    mail.buckets = vec![mails(9, 0, GroupSize::Pair, 3)];
    network.told(&[seal(&mail)]).await;
    let tie: TieChanged = network.next().await;
    assert_eq!(
        (tie.person_id, tie.version, tie.band),
        (alan, 2, Band::Weak)
    );
}

#[tokio::test]
async fn a_merge_moves_the_mail_to_the_survivor_and_an_unmerge_gives_it_back() {
    let network = Network::start().await;
    let (ada, old, now) = (
        AccountId::generate(),
        PersonId::generate(),
        PersonId::generate(),
    );
    network
        .told(&[
            seal(&person(ada, old, "A. T.")),
            seal(&person(ada, now, "Alan").listed("vcard")),
            seal(&wrote(ada, old, 6)),
        ])
        .await;
    let tie: TieChanged = network.next().await;
    assert_eq!((tie.person_id, tie.band), (old, Band::Strong));
    let mut merged = person(ada, old, "");
    merged.version = 2;
    merged.state = PersonState::Merged { into: now };
    network.told(&[seal(&merged)]).await;
    let mut moved = [
        network.next::<TieChanged>().await,
        network.next::<TieChanged>().await,
    ];
    moved.sort_by_key(|tie| tie.band);
    assert_eq!((moved[0].person_id, moved[0].band), (old, Band::Weak));
    assert_eq!((moved[1].person_id, moved[1].band), (now, Band::Strong));
    let ties = network
        .get(ada, &format!("/api/v1/people/{old}/ties"))
        .await;
    let said: Vec<&str> = ties["items"][0]["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|evidence| evidence["summary"].as_str().unwrap())
        .collect();
    assert_eq!(
        said,
        ["12 two-way mails, last 7 days ago", "In the address book"]
    );
    let mut apart = person(ada, old, "A. T.");
    apart.version = 3;
    network.told(&[seal(&apart)]).await;
    let mut back = [
        network.next::<TieChanged>().await,
        network.next::<TieChanged>().await,
    ];
    back.sort_by_key(|tie| tie.band);
    assert_eq!((back[0].person_id, back[0].band), (now, Band::Weak));
    assert_eq!((back[1].person_id, back[1].band), (old, Band::Strong));
}

#[tokio::test]
async fn a_neighbourhood_is_a_picture_that_stays_the_same() {
    let network = Network::start().await;
    let ada = AccountId::generate();
    let people: [PersonId; 4] = std::array::from_fn(|_| PersonId::generate());
    let mut said = vec![seal(&together(ada, people[0], people[1], 9))];
    for (count, id) in (1..).zip(people) {
        said.push(seal(&person(ada, id, &format!("Person {count}"))));
        said.push(seal(&wrote(ada, id, count)));
    }
    network.told(&said).await;
    let path = format!("/api/v1/people/{}/neighbourhood", people[0]);
    let picture = network.get(ada, &path).await;
    let nodes = picture["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 3, "Person 1, Ada and Person 2");
    assert_eq!(nodes[0]["centre"], true);
    assert_eq!(nodes[0]["id"], json!(people[0]));
    assert_eq!(
        (nodes[0]["x"].as_f64(), nodes[0]["y"].as_f64()),
        (Some(0.0), Some(0.0))
    );
    assert_eq!(picture["edges"].as_array().unwrap().len(), 3);
    assert_eq!(picture, network.get(ada, &path).await);
    let mine = network
        .get(ada, &format!("/api/v1/people/{ada}/neighbourhood?limit=2"))
        .await;
    assert_eq!(mine["nodes"].as_array().unwrap().len(), 3, "bounded");
}
