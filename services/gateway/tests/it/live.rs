use std::time::Duration;

use futures::StreamExt;
use kith_shared::{
    events::{
        ingest::{ImportChanged, ImportStatus, PersonChanged, PersonState},
        notifications::NotificationChanged,
        users::{CircleChanged, CircleMember, ErasureRequested},
    },
    ids::{AccountId, CircleId, ImportId, NotificationId, PersonId},
    sharing::Sharing,
};
use skeleton_host::http::{Body, BodyDataStream};
use uuid::Uuid;

use crate::support::{World, get, world, world_with};

const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) id: i64,
    /// What a client gives back: the id, and of which time it is.
    pub(crate) position: String,
    pub(crate) name: String,
    pub(crate) data: String,
}

/// An open stream of live updates.
pub(crate) struct Stream {
    body: BodyDataStream,
    text: String,
}

impl Stream {
    pub(crate) async fn open(world: &World, token: &str, last: Option<i64>) -> Self {
        let last = last.map(|last| last.to_string());
        Self::resume(world, token, last.as_deref()).await
    }

    pub(crate) async fn resume(world: &World, token: &str, last: Option<&str>) -> Self {
        let mut asked = get("/api/v1/events").header("authorization", format!("Bearer {token}"));
        if let Some(last) = last {
            asked = asked.header("last-event-id", last);
        }
        let response = world.open(asked, Body::empty()).await;
        assert_eq!(response.status(), 200);
        assert_eq!(
            response.headers().get("content-type").unwrap(),
            "text/event-stream"
        );
        Self {
            body: Body::from(response.into_body()).into_data_stream(),
            text: String::new(),
        }
    }

    /// The next event; none when the stream has ended.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| {
                    let lead = format!("{name}: ");
                    let line = block.lines().find_map(|line| line.strip_prefix(&lead));
                    line.unwrap_or_default().to_owned()
                };
                if field("event").is_empty() {
                    continue;
                }
                let position = field("id");
                let id = position.rsplit('.').next().unwrap().parse().unwrap();
                return Some(Event {
                    id,
                    position,
                    name: field("event"),
                    data: field("data"),
                });
            }
            let chunk = tokio::time::timeout(PATIENCE, self.body.next()).await;
            let chunk = chunk.expect("an event in time")?.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    pub(crate) async fn expect(&mut self, name: &str) -> Event {
        let event = self.next().await.expect("the stream goes on");
        assert_eq!(event.name, name, "{event:?}");
        event
    }
}

pub(crate) fn import(account: Uuid, version: i64) -> ImportChanged {
    ImportChanged {
        import_id: ImportId::generate(),
        account_id: AccountId(account),
        version,
        file_name: "a.csv".to_owned(),
        status: ImportStatus::Reading,
        records: 1,
        people: 1,
        published: Default::default(),
        problem: None,
        cancelled: false,
    }
}

pub(crate) fn person(account: Uuid) -> PersonChanged {
    PersonChanged {
        person_id: PersonId::generate(),
        account_id: AccountId(account),
        version: 1,
        state: PersonState::Active,
        display_name: "Bo Lund".to_owned(),
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

#[tokio::test]
async fn a_stream_says_hello_and_then_what_happens_to_its_account_alone() {
    let world = world().await;
    let (ada, bob) = (world.sign_in("ada"), world.sign_in("bob"));
    let mut stream = Stream::open(&world, "ada", None).await;
    assert_eq!(
        stream.expect("hello").await.data,
        r#"{"id":null,"missed":false}"#
    );
    world.publish(&[import(bob.account, 1)]).await;
    let mine = import(ada.account, 1);
    world.publish(std::slice::from_ref(&mine)).await;
    let told = stream.expect("import").await;
    assert_eq!(told.data, format!(r#"{{"id":"{}"}}"#, mine.import_id));
    assert_eq!(told.id, 1);
}

#[tokio::test]
async fn who_comes_back_is_told_what_was_missed_in_order() {
    let world = world().await;
    let ada = world.sign_in("ada");
    let mut stream = Stream::open(&world, "ada", None).await;
    stream.expect("hello").await;
    let imports: Vec<_> = (0..3).map(|version| import(ada.account, version)).collect();
    world.publish(&imports[..1]).await;
    let first = stream.expect("import").await;
    drop(stream);
    world.publish(&imports[1..]).await;
    let mut stream = Stream::open(&world, "ada", Some(first.id)).await;
    assert_eq!(stream.expect("hello").await.id, first.id);
    // What became of people meanwhile is not kept.
    assert_eq!(stream.expect("person").await.data, r#"{"id":null}"#);
    for (at, import) in imports[1..].iter().enumerate() {
        let told = stream.expect("import").await;
        assert_eq!(told.id, first.id + 1 + at as i64);
        assert!(told.data.contains(&import.import_id.to_string()));
    }
}

#[tokio::test]
async fn who_was_away_too_long_is_told_that_something_was_missed() {
    let world = world_with(|settings| settings.live.kept = 2).await;
    let ada = world.sign_in("ada");
    let mut stream = Stream::open(&world, "ada", None).await;
    stream.expect("hello").await;
    let imports: Vec<_> = (0..5).map(|version| import(ada.account, version)).collect();
    world.publish(&imports).await;
    for _ in 0..2 {
        // Only the last two are kept; the stream may have seen the others before they went.
        stream.next().await.unwrap();
    }
    let mut late = Stream::open(&world, "ada", Some(1)).await;
    let hello = late.expect("hello").await;
    assert_eq!(hello.data, r#"{"id":null,"missed":true}"#);
    late.expect("person").await;
    assert_eq!(late.expect("import").await.id, 4);
    assert_eq!(late.expect("import").await.id, 5);
}

#[tokio::test]
async fn thousands_of_changed_people_are_a_handful_of_updates() {
    let world = world().await;
    let ada = world.sign_in("ada");
    let mut stream = Stream::open(&world, "ada", None).await;
    stream.expect("hello").await;
    for _ in 0..10 {
        let people: Vec<_> = (0..500).map(|_| person(ada.account)).collect();
        world.publish(&people).await;
    }
    let told = stream.expect("person").await;
    assert_eq!(told.data, r#"{"id":null}"#);
    // A last one by itself is named; how many came before it is the number of updates.
    let last = person(ada.account);
    let mut updates = 0;
    loop {
        tokio::time::sleep(Duration::from_millis(600)).await;
        world.publish(std::slice::from_ref(&last)).await;
        let told = stream.expect("person").await;
        updates += 1;
        if told.data.contains(&last.person_id.to_string()) {
            break;
        }
        assert!(updates < 10, "one update for 5,000 changes, or a few");
    }
}

#[tokio::test]
async fn members_of_a_circle_and_the_reminded_are_told() {
    let world = world().await;
    let (ada, bob) = (world.sign_in("ada"), world.sign_in("bob"));
    let mut streams = [
        Stream::open(&world, "ada", None).await,
        Stream::open(&world, "bob", None).await,
    ];
    for stream in &mut streams {
        stream.expect("hello").await;
    }
    let member = |account| CircleMember {
        account_id: AccountId(account),
        display_name: "Ada".to_owned(),
        since: "2026-01-01T00:00:00Z".parse().unwrap(),
        sharing: Sharing::Hidden,
        exceptions: Vec::new(),
    };
    world
        .publish(&[CircleChanged {
            circle_id: CircleId::generate(),
            version: 1,
            name: "friends".to_owned(),
            members: vec![member(ada.account), member(bob.account)],
        }])
        .await;
    for stream in &mut streams {
        stream.expect("circle").await;
    }
    world
        .publish(&[NotificationChanged {
            notification_id: NotificationId::generate(),
            account_id: AccountId(ada.account),
            version: 1,
            kind: "reminder_due".to_owned(),
            title: "call Bo".to_owned(),
            link: None,
            read_at: None,
        }])
        .await;
    streams[0].expect("notification").await;
    streams[0].expect("reminder").await;
}

#[tokio::test]
async fn streams_are_bounded_and_places_are_given_back() {
    let world = world_with(|settings| {
        settings.live.streams_per_account = 2;
        settings.live.streams = 3;
    })
    .await;
    world.sign_in("ada");
    world.sign_in("bob");
    let status = async |token: &str| {
        let asked = get("/api/v1/events").header("authorization", format!("Bearer {token}"));
        world.open(asked, Body::empty()).await.status().as_u16()
    };
    let one = Stream::open(&world, "ada", None).await;
    let _two = Stream::open(&world, "ada", None).await;
    assert_eq!(status("ada").await, 429);
    let _three = Stream::open(&world, "bob", None).await;
    assert_eq!(status("bob").await, 503);
    drop(one);
    assert_eq!(status("ada").await, 200);
}

#[tokio::test]
async fn streams_need_a_session_and_end_with_the_program() {
    let world = world().await;
    assert_eq!(world.ask(get("/api/v1/events")).await.status, 401);
    world.sign_in("ada");
    let mut stream = Stream::open(&world, "ada", None).await;
    stream.expect("hello").await;
    world.shutdown.request();
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn nothing_is_kept_of_an_erased_account() {
    let world = world().await;
    let ada = world.sign_in("ada");
    world.publish(&[import(ada.account, 1)]).await;
    newest_becomes(&world, 1).await;
    world
        .publish(&[ErasureRequested {
            account_id: AccountId(ada.account),
            version: 9,
        }])
        .await;
    newest_becomes(&world, 0).await;
}

/// Waits until the newest update of ada's is this one; 0 for none.
async fn newest_becomes(world: &World, id: i64) {
    for _ in 0..500 {
        if Stream::open(world, "ada", None)
            .await
            .expect("hello")
            .await
            .id
            == id
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the newest update never was {id}");
}
