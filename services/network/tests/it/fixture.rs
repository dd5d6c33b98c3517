//! A service on a store of its own, fed with other services' events, asked over HTTP.

use std::{sync::Arc, time::Duration};

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use kith_network::wiring;
use kith_shared::{
    events::{
        ingest::{
            Connection, Employment, GroupSize, InteractionBucket, InteractionKind,
            InteractionsChanged, PersonChanged, PersonState,
        },
        users::{AccountAddress, AccountChanged, CircleChanged, CircleMember},
    },
    ids::{AccountId, CircleId, PersonId},
    keys::KeyHash,
    sharing::{Sharing, SharingException},
};
use serde_json::Value;
pub(crate) use skeleton_durable::contract::eventually;
use skeleton_durable::{
    Cause, Envelope, Event,
    bus::{Bus, Tap, Tapped, in_process::InProcessBus},
    clock::VirtualClock,
};
use skeleton_host::{shutdown::Shutdown, testing};
use skeleton_service::{Context, operations::Operations};

use crate::home::Home;

/// The day on which every test happens.
pub(crate) const TODAY: Date = jiff::civil::date(2026, 11, 22);

/// However slow the machine is.
const PATIENT: Duration = Duration::from_secs(600);

pub(crate) fn noon(day: Date) -> Timestamp {
    day.at(12, 0, 0, 0)
        .to_zoned(TimeZone::UTC)
        .unwrap()
        .timestamp()
}

/// The service under test.
pub(crate) struct Network {
    pub(crate) client: testing::TestClient,
    pub(crate) bus: Arc<dyn Bus>,
    pub(crate) clock: VirtualClock,
    pub(crate) home: Home,
    pub(crate) operations: Operations,
    tap: tokio::sync::Mutex<Tap>,
    shutdown: Shutdown,
}

impl Network {
    pub(crate) async fn start() -> Self {
        Self::start_with(PATIENT).await
    }

    /// With another patience than one that waits for every renewal.
    pub(crate) async fn start_with(graph_patience: Duration) -> Self {
        Self::start_on(Home::empty().await, graph_patience).await
    }

    /// Another instance on the same store, with a bus of its own: what comes in there changes the
    /// store behind this one's back.
    pub(crate) async fn start_beside(&self) -> Self {
        Self::start_on(self.home.clone(), PATIENT).await
    }

    async fn start_on(home: Home, graph_patience: Duration) -> Self {
        let bus = Arc::new(InProcessBus::default());
        Self::start_with_bus(home, bus, graph_patience).await
    }

    /// A replica behind the queue of a broker.
    #[cfg(feature = "distributed")]
    pub(crate) async fn start_behind(home: Home, bus: Arc<dyn Bus>) -> Self {
        Self::start_with_bus(home, bus, PATIENT).await
    }

    async fn start_with_bus(home: Home, bus: Arc<dyn Bus>, graph_patience: Duration) -> Self {
        let settings = wiring::Settings {
            graph_patience,
            ..wiring::Settings::default()
        };
        let clock = VirtualClock::at(noon(TODAY));
        let shutdown = Shutdown::new();
        let (tokens, signer) = testing::verifier_for(wiring::NAME);
        let context = Context {
            data: home.data(),
            bus: bus.clone(),
            clock: Arc::new(clock.clone()),
            tokens,
            shutdown: shutdown.clone(),
        };
        let tap = tokio::sync::Mutex::new(bus.tap());
        let mut service = home.service(&context, settings).await;
        let client = testing::TestClient::new(service.routes.clone(), signer, wiring::NAME);
        service.start(&shutdown);
        let operations = service.operations;
        Self {
            client,
            bus,
            clock,
            home,
            operations,
            tap,
            shutdown,
        }
    }

    pub(crate) async fn publish(&self, events: &[Envelope]) {
        self.bus.publish(events).await.unwrap();
    }

    /// Publishes and waits until the service has handled all of them.
    pub(crate) async fn told(&self, events: &[Envelope]) {
        self.publish(events).await;
        self.settled().await;
    }

    /// Waits until nothing waits in the service's inbox.
    pub(crate) async fn settled(&self) {
        eventually("the inbox is empty", async || {
            (self.home.waiting().await == 0).then_some(())
        })
        .await;
    }

    pub(crate) async fn get(&self, account: AccountId, path: &str) -> Value {
        self.client.as_account(account.0).get(path).await.json()
    }

    pub(crate) async fn paths(&self, account: AccountId, to: PersonId) -> Vec<Value> {
        let answer = self.get(account, &format!("/api/v1/paths?to={to}")).await;
        answer["items"].as_array().unwrap().clone()
    }

    /// Every event that was published so far, by this service or to it.
    pub(crate) async fn heard(&self) -> Vec<Envelope> {
        let outbox = self.operations.outbox.as_ref().unwrap();
        eventually("the outbox is empty", async || {
            (outbox.status().await.unwrap().waiting == 0).then_some(())
        })
        .await;
        let mut tap = self.tap.lock().await;
        let mut heard = Vec::new();
        while let Ok(Some(Tapped::Event(event))) =
            tokio::time::timeout(Duration::ZERO, tap.next()).await
        {
            heard.push((*event).clone());
        }
        heard
    }

    /// The next event of type `E` that the service publishes.
    pub(crate) async fn next<E: Event>(&self) -> E {
        let mut tap = self.tap.lock().await;
        let wait = async {
            loop {
                match tap.next().await {
                    Some(Tapped::Event(event)) if event.is::<E>() => return event.open().unwrap(),
                    Some(_) => {}
                    None => panic!("the bus has ended"),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait)
            .await
            .expect("the event is published")
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.shutdown.request();
        // The next one on this store begins when this one has ended, or its relay would take events.
        let (shutdown, home) = (self.shutdown.clone(), self.home.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                shutdown.finish(Duration::from_secs(10)).await;
                drop(home);
            });
        }
    }
}

pub(crate) fn seal<E: Event>(event: &E) -> Envelope {
    Envelope::seal(event, noon(TODAY), &Cause::default())
}

pub(crate) fn key(text: &str) -> KeyHash {
    KeyHash(text.to_owned())
}

/// An account whose addresses are verified where `true`.
pub(crate) fn account(id: AccountId, name: &str, keys: &[(&str, bool)]) -> AccountChanged {
    let address = |(text, verified): &(&str, bool)| AccountAddress {
        key: key(text),
        email: None,
        verified: *verified,
    };
    AccountChanged {
        account_id: id,
        version: 1,
        display_name: name.to_owned(),
        email: format!("{}@example.com", name.to_lowercase().replace(' ', ".")),
        time_zone: "UTC".to_owned(),
        region: None,
        addresses: keys.iter().map(address).collect(),
    }
}

pub(crate) fn member(id: AccountId, name: &str, sharing: Sharing) -> CircleMember {
    CircleMember {
        account_id: id,
        display_name: name.to_owned(),
        since: noon(TODAY),
        sharing,
        exceptions: Vec::<SharingException>::new(),
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

pub(crate) fn person(owner: AccountId, id: PersonId, name: &str) -> PersonChanged {
    PersonChanged {
        person_id: id,
        account_id: owner,
        version: 1,
        state: PersonState::Active,
        display_name: name.to_owned(),
        other_names: Vec::new(),
        emails: vec!["secret@example.com".to_owned()],
        phones: Vec::new(),
        employments: Vec::new(),
        labels: Vec::new(),
        keys: Vec::new(),
        connections: Vec::new(),
        aliases: Vec::new(),
    }
}

/// Ways to say more of a person.
pub(crate) trait Describe {
    fn keyed(self, keys: &[&str]) -> Self;
    fn at(self, organisation: &str, current: bool) -> Self;
    fn listed(self, source: &str) -> Self;
}

impl Describe for PersonChanged {
    fn keyed(mut self, keys: &[&str]) -> Self {
        self.keys.extend(keys.iter().map(|text| key(text)));
        self
    }
    fn at(mut self, organisation: &str, current: bool) -> Self {
        let organisation = organisation.to_owned();
        self.employments.push(Employment {
            organisation,
            title: None,
            current,
        });
        self
    }
    fn listed(mut self, source: &str) -> Self {
        self.connections.push(Connection {
            source: source.to_owned(),
            class: None,
            since: None,
        });
        self
    }
}

pub(crate) fn mails(
    sent: u32,
    received: u32,
    group_size: GroupSize,
    days_ago: i32,
) -> InteractionBucket {
    let day = TODAY - days_ago.days();
    InteractionBucket {
        source: "mail".to_owned(),
        kind: InteractionKind::Mail,
        month: day.first_of_month(),
        sent,
        received,
        group_size,
        last_at: noon(day),
    }
}

/// Mail to and fro between the owner and a person, a week ago.
pub(crate) fn wrote(owner: AccountId, person: PersonId, each_way: u32) -> InteractionsChanged {
    InteractionsChanged {
        account_id: owner,
        person_id: person,
        other_id: None,
        version: 1,
        buckets: vec![mails(each_way, each_way, GroupSize::Pair, 7)],
    }
}

/// Small-group mail between two persons of a book, a week ago.
pub(crate) fn together(
    owner: AccountId,
    a: PersonId,
    b: PersonId,
    count: u32,
) -> InteractionsChanged {
    InteractionsChanged {
        account_id: owner,
        person_id: a.min(b),
        other_id: Some(a.max(b)),
        version: 1,
        buckets: vec![mails(count, 0, GroupSize::Small, 7)],
    }
}

/// The names along each path.
pub(crate) fn names(path: &Value) -> Vec<String> {
    let people = path["people"].as_array().unwrap();
    people
        .iter()
        .map(|person| person["display_name"].as_str().unwrap().to_owned())
        .collect()
}
