//! An exception holds for a person under every id that it ever had.

use std::collections::BTreeMap;

use kith_shared::{
    events::ingest::PersonChanged,
    ids::{AccountId, CircleId, PersonId},
    sharing::{
        Sharing,
        cases::{self, Case, ORGANISATION},
    },
};
use serde_json::Value;
use skeleton_durable::Envelope;

use crate::fixture::*;

/// A case told to a service: its owner and a viewer in one circle.
struct Told<'a> {
    case: &'a Case,
    owner: AccountId,
    viewer: AccountId,
}

impl<'a> Told<'a> {
    async fn new(network: &Network, case: &'a Case) -> Self {
        let (owner, viewer) = (AccountId::generate(), AccountId::generate());
        let members = vec![
            case.member(owner),
            member(viewer, "The Viewer", Sharing::Hidden),
        ];
        let told = Self {
            case,
            owner,
            viewer,
        };
        let mut events = vec![
            seal(&account(owner, "The Owner", &[])),
            seal(&account(viewer, "The Viewer", &[])),
            seal(&circle(CircleId::generate(), 1, members)),
        ];
        events.extend(sealed(&case.events(owner)[0]));
        network.told(&events).await;
        for (name, tag) in case.tags {
            let id = case.id(name);
            let put = network.client.as_account(owner.0);
            put.put(&format!("/api/v1/people/{id}/tags/{tag}"), &())
                .await
                .expect_status(204);
        }
        told
    }

    /// The steps after the first: what ingest publishes at each.
    fn steps(&self) -> Vec<Vec<PersonChanged>> {
        self.case.events(self.owner).split_off(1)
    }

    /// Fails unless `service` shows everybody as the case says, on every route.
    async fn is_shown_by(&self, service: &Network) {
        let mut at_organisation = BTreeMap::new();
        for (name, wanted) in self.case.shown {
            let id = self.case.id(name);
            let title = self.case.title;
            for seen in [
                self.at_the_end_of_paths(service, id).await,
                self.in_the_centre(service, id).await,
                self.among_the_owners_ties(service, id, name, *wanted).await,
            ] {
                assert_eq!(seen, shown_as(name, *wanted), "{title}: {name}");
            }
            if let Some(shown) = shown_as(name, *wanted) {
                *at_organisation.entry(shown).or_insert(0) += 1;
            }
        }
        let path = format!(
            "/api/v1/paths?limit=20&to_organisation={}",
            ORGANISATION.replace(' ', "%20")
        );
        let mut found = BTreeMap::new();
        for path in service.get(self.viewer, &path).await["items"]
            .as_array()
            .unwrap()
        {
            *found.entry(names(path).pop().unwrap()).or_insert(0) += 1;
        }
        assert_eq!(found, at_organisation, "{}", self.case.title);
    }

    async fn answer(&self, service: &Network, path: &str) -> Option<Value> {
        let answer = service.client.as_account(self.viewer.0).get(path).await;
        (answer.status != 404).then(|| answer.json())
    }

    async fn at_the_end_of_paths(&self, service: &Network, id: PersonId) -> Option<String> {
        let answer = self
            .answer(service, &format!("/api/v1/paths?to={id}"))
            .await?;
        names(&answer["items"][0]).pop()
    }

    async fn in_the_centre(&self, service: &Network, id: PersonId) -> Option<String> {
        let path = format!("/api/v1/people/{id}/neighbourhood");
        let answer = self.answer(service, &path).await?;
        let centre = &answer["nodes"][0];
        assert_eq!(centre["centre"], true, "{answer}");
        Some(centre["display_name"].as_str().unwrap().to_owned())
    }

    /// What the owner's account is tied to, as far as it can be told from the others there.
    async fn among_the_owners_ties(
        &self,
        service: &Network,
        id: PersonId,
        name: &str,
        wanted: Sharing,
    ) -> Option<String> {
        let ties = format!("/api/v1/people/{id}/ties");
        let of_the_person = self.answer(service, &ties).await?;
        assert_eq!(
            of_the_person["items"][0]["person"]["display_name"],
            "The Owner"
        );
        let viewers = format!("/api/v1/people/{}/neighbourhood?limit=100", self.viewer);
        let picture = self.answer(service, &viewers).await?;
        let text = picture.to_string();
        let named = text.contains(&format!("\"{name}\""));
        assert!(!named || wanted == Sharing::Name, "{text}");
        shown_as(name, wanted)
    }
}

fn shown_as(name: &str, level: Sharing) -> Option<String> {
    match level {
        Sharing::Hidden => None,
        Sharing::Organisation => Some(format!("Someone at {ORGANISATION}")),
        Sharing::Name => Some(name.to_owned()),
    }
}

fn sealed(events: &[PersonChanged]) -> Vec<Envelope> {
    events.iter().map(seal).collect()
}

#[tokio::test]
async fn the_shared_cases_hold_on_every_route_in_a_graph_that_grew_and_in_one_made_anew() {
    let network = Network::start().await;
    let mut all = Vec::new();
    for case in cases::all() {
        let told = Told::new(&network, case).await;
        // Asked between the steps, so that the graph is the successor of the one before.
        let everybody = format!("/api/v1/people/{}/ties", told.viewer);
        for step in told.steps() {
            network.get(told.viewer, &everybody).await;
            network.told(&sealed(&step)).await;
        }
        told.is_shown_by(&network).await;
        all.push(told);
    }
    let beside = network.start_beside().await;
    for told in all {
        told.is_shown_by(&beside).await;
    }
}

#[tokio::test]
async fn the_events_of_a_step_may_come_one_by_one_in_any_order() {
    for turned in [false, true] {
        let network = Network::start().await;
        for case in cases::all() {
            let told = Told::new(&network, case).await;
            let everybody = format!("/api/v1/people/{}/ties", told.viewer);
            for mut step in told.steps() {
                if turned {
                    step.reverse();
                }
                for event in &step {
                    network.get(told.viewer, &everybody).await;
                    network.told(&[seal(event)]).await;
                }
            }
            told.is_shown_by(&network).await;
        }
    }
}

#[tokio::test]
async fn a_merge_of_which_only_the_survivor_is_told_hides_it_already() {
    let network = Network::start().await;
    let case = &cases::all()[1];
    assert_eq!(case.shown[0], ("bea", Sharing::Hidden));
    let told = Told::new(&network, case).await;
    let id = case.id("bea");
    let before = told.at_the_end_of_paths(&network, id).await;
    assert_eq!(before.as_deref(), Some("bea"));
    let survivor = told.case.person("bea", told.owner);
    network.told(&[seal(&survivor)]).await;
    told.is_shown_by(&network).await;
    told.is_shown_by(&network.start_beside().await).await;
}
