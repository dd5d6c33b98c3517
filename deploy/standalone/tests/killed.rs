//! The program is killed (SIGKILL) at random moments of an import and started again: the import
//! finishes by itself, nothing is lost and nothing is there twice. What the stores then answer
//! equals what an undisturbed run answers.
//!
//! `KITH_KILLS` says how many moments (five by default), `KITH_SEED` which.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]

use std::{
    collections::BTreeSet,
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use kith_tests::disturbance::{Seeded, connections, number, texts};
use reqwest::{Client, multipart};
use serde_json::{Value, json};

const PEOPLE: usize = 1500;
const EMAIL: &str = "grace@example.org";
const PASSWORD: &str = "correct horse battery";
const LIMIT: Duration = Duration::from_secs(120);

struct Kith {
    child: Child,
    base: String,
}

impl Kith {
    async fn start(data: &Path) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(env!("CARGO_BIN_EXE_kith"))
            .arg("serve")
            .env("KITH_ADDRESS", format!("127.0.0.1:{port}"))
            .env("KITH_DATA", data)
            // This test's own, which the program would refuse as unknown.
            .env_remove("KITH_KILLS")
            .env_remove("KITH_SEED")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let kith = Self {
            child,
            base: format!("http://127.0.0.1:{port}"),
        };
        let client = Client::new();
        kith.until("readiness", || async {
            client
                .get(format!("{}/readyz", kith.base))
                .send()
                .await
                .is_ok_and(|r| r.status().is_success())
        })
        .await;
        kith
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    async fn until<F, Fut>(&self, what: &str, mut condition: F)
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = bool>,
    {
        let end = Instant::now() + LIMIT;
        while !condition().await {
            assert!(Instant::now() < end, "waited in vain for {what}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.base)
    }

    async fn sign_up(&self) {
        let body = json!({"email": EMAIL, "password": PASSWORD, "display_name": "Grace Hopper"});
        let answer = Client::new()
            .post(self.url("/accounts"))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
    }

    async fn sign_in(&self) -> Session<'_> {
        let body = json!({"email": EMAIL, "password": PASSWORD});
        let answer = Client::new()
            .post(self.url("/sessions"))
            .json(&body)
            .send()
            .await
            .unwrap();
        let token = answer.json::<Value>().await.unwrap()["token"]
            .as_str()
            .unwrap()
            .to_owned();
        Session { kith: self, token }
    }
}

struct Session<'a> {
    kith: &'a Kith,
    token: String,
}

impl Session<'_> {
    async fn get(&self, path: &str) -> Value {
        let answer = Client::new()
            .get(self.kith.url(path))
            .bearer_auth(&self.token)
            .send()
            .await
            .unwrap();
        let (status, body) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {body}");
        serde_json::from_str(&body).unwrap()
    }

    async fn upload(&self) -> String {
        let part = multipart::Part::text(connections(PEOPLE)).file_name("Connections.csv");
        let form = multipart::Form::new().part("file", part);
        let answer = Client::new()
            .post(self.kith.url("/imports"))
            .bearer_auth(&self.token)
            .multipart(form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202);
        answer.json::<Value>().await.unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    async fn finished(&self, import: &str) -> Value {
        let path = format!("/imports/{import}");
        self.kith
            .until("the end of the import", || async {
                let import = self.get(&path).await;
                assert_ne!(import["status"], "failed", "{import}");
                import["status"] == "succeeded"
            })
            .await;
        self.get(&path).await["counts"].clone()
    }

    /// Every item of a list, page by page.
    async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}limit=200{cursor}")).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }

    /// What the stores answer, without what differs from run to run: ids and times.
    async fn contents(&self, import: &str) -> Contents {
        let people = self.all("/people?").await;
        let ids: BTreeSet<String> = people
            .iter()
            .map(|person| person["id"].to_string())
            .collect();
        assert_eq!(ids.len(), people.len(), "search holds somebody twice");
        // Network: a path to some of them, with its score.
        let mut reached = Vec::new();
        for person in people.iter().filter(|person| {
            person["title"]
                .as_str()
                .is_some_and(|title| title.ends_with("00"))
        }) {
            let id = person["id"].as_str().unwrap();
            let path = self.get(&format!("/paths?to={id}")).await;
            reached.push(format!(
                "{} {}",
                person["display_name"], path["items"][0]["score"]
            ));
            let fields = self.get(&format!("/people/{id}")).await;
            assert_eq!(
                fields["display_name"], person["display_name"],
                "ingest and search differ"
            );
        }
        reached.sort();
        let receipt = self.all(&format!("/imports/{import}/receipt?")).await;
        Contents {
            people: texts(
                &people,
                &[
                    "display_name",
                    "emails",
                    "organisation",
                    "title",
                    "strength",
                ],
            ),
            reached,
            receipt: texts(&receipt, &["position", "outcome", "label"]),
        }
    }
}

#[derive(Debug, PartialEq)]
struct Contents {
    people: Vec<String>,
    reached: Vec<String>,
    receipt: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_killed_at_random_moments_ends_as_an_undisturbed_one() {
    skeleton_host::upstream::install_tls();
    let data = tempfile::tempdir().unwrap();
    let kith = Kith::start(data.path()).await;
    kith.sign_up().await;
    let session = kith.sign_in().await;
    let began = Instant::now();
    let import = session.upload().await;
    let counts = session.finished(&import).await;
    let took = began.elapsed();
    let undisturbed = session.contents(&import).await;
    assert_eq!(
        undisturbed.people.len(),
        PEOPLE - PEOPLE / 50,
        "two spellings are one person"
    );
    assert!(!undisturbed.reached.is_empty());
    kith.kill();

    let mut random = Seeded::from_environment(42);
    for round in 1..=number("KITH_KILLS", 5) {
        let after = took.mul_f64(random.draw() as f64 / f64::from(1u32 << 31));
        let data = tempfile::tempdir().unwrap();
        let kith = Kith::start(data.path()).await;
        kith.sign_up().await;
        let session = kith.sign_in().await;
        let import = session.upload().await;
        tokio::time::sleep(after).await;
        kith.kill();

        let kith = Kith::start(data.path()).await;
        let session = kith.sign_in().await;
        let counts_after = session.finished(&import).await;
        println!("round {round}: killed {after:?} after the upload");
        assert_eq!(counts_after, counts, "round {round}");
        let contents = session.contents(&import).await;
        assert!(
            contents == undisturbed,
            "round {round}: {contents:?}\n\nundisturbed: {undisturbed:?}"
        );
        kith.kill();
    }
}
