//! Pages tell nobody where those stand whom they may not see.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod common;

use common::*;
use kith_shared::{
    events::ingest::{PersonChanged, PersonState},
    ids::{AccountId, CircleId},
    sharing::{Sharing, SharingException},
};
use serde_json::Value;
use skeleton_durable::Envelope;
use skeleton_host::testing::assert_problem;

/// An owner whose people, all of one organisation, are shown to a viewer; the viewer has some too.
struct Shown {
    world: World,
    viewer: AccountId,
    owner: AccountId,
    circle: CircleId,
    people: Vec<PersonChanged>,
    _data: Home,
}

impl Shown {
    async fn new(sharing: Sharing) -> Self {
        let data = Home::new();
        let world = World::open(data.path()).await;
        let (viewer, owner) = (AccountId::generate(), AccountId::generate());
        let people: Vec<PersonChanged> = ["Ada", "Bea", "Cleo", "Dora", "Edith"]
            .map(|name| works_at(person(owner, name), "Acme", "Engineer"))
            .to_vec();
        let own = ["Ann", "Ben", "Cal"].map(|name| seal(&person(viewer, name)));
        let of_the_owner: Vec<Envelope> = people.iter().map(seal).collect();
        world.told(&own).await;
        world.told(&of_the_owner).await;
        let shown = Self {
            world,
            viewer,
            owner,
            circle: CircleId::generate(),
            people,
            _data: data,
        };
        shown.share(1, sharing, vec![]).await;
        shown
    }

    async fn share(&self, version: i64, sharing: Sharing, exceptions: Vec<SharingException>) {
        let members = vec![
            member(self.viewer, Sharing::Hidden, vec![]),
            member(self.owner, sharing, exceptions),
        ];
        let circle = circle(self.circle, version, members);
        self.world.told(&[seal(&circle)]).await;
    }

    async fn page(&self, account: AccountId, query: &str) -> Value {
        let client = self.world.client.as_account(account.0);
        let path = format!("/api/v1/people?{query}");
        client.get(&path).await.expect_status(200).json()
    }

    /// The cursor that begins behind a person, as the viewer gets it now.
    async fn cursor_behind(&self, person: &PersonChanged) -> String {
        let mut path = "limit=1".to_owned();
        loop {
            let page = self.page(self.viewer, &path).await;
            let next = page["next"].as_str().expect("a page after this");
            if page["items"][0]["id"] == person.person_id.to_string() {
                return next.to_owned();
            }
            path = format!("limit=1&cursor={next}");
        }
    }

    /// What the viewer is told of a cursor that is refused.
    async fn refused(&self, account: AccountId, cursor: &str) -> String {
        let client = self.world.client.as_account(account.0);
        let answer = client.get(&format!("/api/v1/people?cursor={cursor}")).await;
        let problem = assert_problem(&answer, "validation");
        assert_eq!(problem.errors[0].pointer, "/cursor");
        problem.errors[0].detail.clone()
    }
}

#[tokio::test]
async fn a_cursor_of_ones_own_making_of_another_account_or_query_is_refused() {
    let shown = Shown::new(Sharing::Organisation).await;
    // The JSON {"quarters":1,"id":"01980000-0000-7000-8000-000000000000"} as base64url.
    let made_up = "eyJxdWFydGVycyI6MSwiaWQiOiIwMTk4MDAwMC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAifQ";
    let not_given_out = "expected the `next` of a page of this list";
    assert_eq!(shown.refused(shown.viewer, made_up).await, not_given_out);
    // The owner's own cursors stand at names.
    let of_the_owner = shown.page(shown.owner, "limit=2").await;
    let of_the_owner = of_the_owner["next"].as_str().unwrap();
    assert_eq!(
        shown.refused(shown.viewer, of_the_owner).await,
        not_given_out
    );
    let of_another_query = shown.page(shown.viewer, "limit=2&q=acme").await;
    let of_another_query = of_another_query["next"].as_str().unwrap();
    assert_eq!(
        shown.refused(shown.viewer, of_another_query).await,
        not_given_out
    );
}

#[tokio::test]
async fn a_cursor_given_out_before_names_were_withheld_no_longer_stands_anywhere() {
    let shown = Shown::new(Sharing::Name).await;
    let [hidden, withheld, removed] = [&shown.people[0], &shown.people[1], &shown.people[2]];
    let mut cursors = Vec::new();
    for person in [hidden, withheld, removed] {
        cursors.push(shown.cursor_behind(person).await);
    }
    let hide = SharingException {
        person_id: Some(hidden.person_id),
        tag: None,
        sharing: Sharing::Hidden,
    };
    shown.share(2, Sharing::Organisation, vec![hide]).await;
    let gone = PersonChanged {
        version: 2,
        state: PersonState::Removed,
        ..removed.clone()
    };
    shown.world.told(&[seal(&gone)]).await;
    let mut answers = Vec::new();
    for cursor in &cursors {
        answers.push(shown.refused(shown.viewer, cursor).await);
    }
    assert_eq!(answers[0], answers[2], "hidden is as good as removed");
    assert_eq!(answers[1], answers[2], "so is a name that is withheld");
}

#[tokio::test]
async fn a_rename_does_not_move_a_person_who_is_shown_without_name() {
    let shown = Shown::new(Sharing::Organisation).await;
    let order = async || -> Vec<String> {
        let page = shown.page(shown.viewer, "limit=50").await;
        let items = page["items"].as_array().unwrap();
        let id = |item: &Value| item["id"].as_str().unwrap().to_owned();
        items.iter().map(id).collect()
    };
    let before = order().await;
    assert_eq!(before.len(), 8);
    for (version, name) in [(2, "Aaron"), (3, "Zoe"), (4, "Müller"), (5, "Bea")] {
        for person in &shown.people {
            let renamed = PersonChanged {
                version,
                display_name: format!("{name} {}", person.display_name),
                ..person.clone()
            };
            shown.world.told(&[seal(&renamed)]).await;
            assert_eq!(order().await, before, "{name}");
        }
    }
}
