//! A search service in a temporary folder, and its neighbours' events.
//!
//! With the feature `distributed`, and `KITH_TEST_POSTGRES` and `KITH_TEST_ELASTICSEARCH` set to
//! servers' URLs, every test runs on these.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::panic,
    reason = "shared by several tests"
)]

mod home;

use std::{path::Path, sync::Arc, time::Duration};

use jiff::Timestamp;
use kith_search::wiring::{self, Settings};
use kith_shared::{
    events::{
        ingest::{Employment, PersonChanged, PersonState},
        network::{AnnotationChanged, Band, TieChanged},
        users::{AccountChanged, CircleChanged, CircleMember},
    },
    ids::{AccountId, CircleId, PersonId},
    sharing::{Sharing, SharingException},
};
use serde_json::Value;
use skeleton_durable::{
    Cause, Envelope, Event,
    bus::{Bus, in_process::InProcessBus},
    clock::SystemClock,
    contract::eventually,
    inbox::Inbox,
};
use skeleton_host::{
    auth::Caller,
    shutdown::Shutdown,
    testing::{TestClient, verifier_for},
};
use skeleton_service::Context;
use uuid::Uuid;

pub(crate) use home::Home;

pub(crate) struct World {
    pub(crate) client: TestClient,
    pub(crate) bus: Arc<InProcessBus>,
    pub(crate) shutdown: Shutdown,
    inbox: Arc<dyn Inbox>,
}

impl World {
    pub(crate) async fn open(data: &Path) -> Self {
        let (tokens, signer) = verifier_for(wiring::NAME);
        let shutdown = Shutdown::new();
        let bus = Arc::new(InProcessBus::default());
        let context = Context {
            data: data.to_owned(),
            bus: bus.clone(),
            clock: Arc::new(SystemClock),
            tokens,
            shutdown: shutdown.clone(),
        };
        let service = home::wire(&context, Settings::default()).await;
        let inbox = service.operations.inbox.clone().unwrap();
        let mut service = service.with_operations(&context);
        service.start(&shutdown);
        Self {
            client: TestClient::new(service.routes, signer, wiring::NAME),
            bus,
            shutdown,
            inbox,
        }
    }

    pub(crate) async fn tell<E: Event>(&self, event: &E) {
        self.bus.publish(&[seal(event)]).await.unwrap();
    }

    /// What an operator is told to be held of an event type: account to count and digest.
    pub(crate) async fn holdings(&self, kind: &str) -> Value {
        let operator = Caller {
            account: Uuid::nil(),
            session: Uuid::nil(),
            scopes: vec!["operator".to_owned()],
        };
        let path = format!("/operator/v1/holdings/{kind}");
        let answer = self.client.as_caller(operator).get(&path).await;
        answer.expect_status(200).json::<Value>()["items"].take()
    }

    pub(crate) async fn people(&self, account: AccountId, query: &str) -> Value {
        let query = query.replace(' ', "%20");
        let path = format!("/api/v1/people?q={query}");
        self.client
            .as_account(account.0)
            .get(&path)
            .await
            .expect_status(200)
            .json()
    }

    pub(crate) async fn names(&self, account: AccountId, query: &str) -> Vec<String> {
        self.people(account, query).await["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["display_name"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits until a query finds exactly these, in this order.
    pub(crate) async fn finds(&self, account: AccountId, query: &str, wanted: &[&str]) {
        let mut last = Vec::new();
        for _ in 0..2000 {
            last = self.names(account, query).await;
            if last == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{query:?}: expected {wanted:?}, found {last:?}");
    }

    /// Publishes and waits until all of it was handled.
    pub(crate) async fn told(&self, events: &[Envelope]) {
        self.bus.publish(events).await.unwrap();
        let ids: Vec<_> = events.iter().map(|event| event.id).collect();
        eventually("the events are handled", async || {
            let known = self.inbox.known(&ids).await.unwrap();
            (known.len() == ids.len()).then_some(())
        })
        .await;
    }

    /// Waits until everything published so far was handled: what is told last is. That it can be
    /// found is not enough, since the index is written before the store.
    pub(crate) async fn settle(&self) {
        let last = seal(&person(AccountId::generate(), "Last Marker"));
        self.bus.publish(std::slice::from_ref(&last)).await.unwrap();
        eventually("the last event", async || {
            !self.inbox.known(&[last.id]).await.unwrap().is_empty()
        })
        .await;
    }
}

pub(crate) fn seal<E: Event>(event: &E) -> Envelope {
    Envelope::seal(event, Timestamp::UNIX_EPOCH, &Cause::default())
}

pub(crate) fn seal_of<E: Event>(event: &E, correlation: Uuid) -> Envelope {
    Envelope::seal(
        event,
        Timestamp::UNIX_EPOCH,
        &Cause::correlated(correlation),
    )
}

pub(crate) fn person(account: AccountId, name: &str) -> PersonChanged {
    PersonChanged {
        person_id: PersonId::generate(),
        account_id: account,
        version: 1,
        state: PersonState::Active,
        display_name: name.to_owned(),
        other_names: Vec::new(),
        emails: Vec::new(),
        phones: Vec::new(),
        employments: Vec::new(),
        labels: Vec::new(),
        keys: Vec::new(),
        connections: Vec::new(),
        aliases: Vec::new(),
    }
}

pub(crate) fn works_at(
    mut person: PersonChanged,
    organisation: &str,
    title: &str,
) -> PersonChanged {
    person.employments.push(Employment {
        organisation: organisation.to_owned(),
        title: Some(title.to_owned()),
        current: true,
    });
    person
}

pub(crate) fn annotation(
    of: &PersonChanged,
    version: i64,
    tags: &[&str],
    notes: &[&str],
) -> AnnotationChanged {
    AnnotationChanged {
        account_id: of.account_id,
        person_id: of.person_id,
        version,
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        notes: notes.iter().map(|&note| note.to_owned()).collect(),
    }
}

pub(crate) fn tie(of: &PersonChanged, version: i64, band: Band) -> TieChanged {
    TieChanged {
        account_id: of.account_id,
        person_id: of.person_id,
        version,
        band,
    }
}

pub(crate) fn account(id: AccountId, name: &str) -> AccountChanged {
    AccountChanged {
        account_id: id,
        version: 1,
        display_name: name.to_owned(),
        email: "someone@example.com".to_owned(),
        time_zone: "UTC".to_owned(),
        region: None,
        addresses: Vec::new(),
    }
}

pub(crate) fn member(
    id: AccountId,
    sharing: Sharing,
    exceptions: Vec<SharingException>,
) -> CircleMember {
    CircleMember {
        account_id: id,
        display_name: "A Member".to_owned(),
        since: Timestamp::UNIX_EPOCH,
        sharing,
        exceptions,
    }
}

pub(crate) fn circle(id: CircleId, version: i64, members: Vec<CircleMember>) -> CircleChanged {
    CircleChanged {
        circle_id: id,
        version,
        name: "Alumni".to_owned(),
        members,
    }
}
