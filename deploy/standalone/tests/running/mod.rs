//! The program as it is run, and somebody who is signed in to it.

#![allow(dead_code, reason = "each file of tests needs some of it")]

pub(crate) mod command;

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use kith_tests::disturbance::connections;
use reqwest::{Client, multipart};
use serde_json::{Value, json};

pub(crate) const EMAIL: &str = "grace@example.org";
pub(crate) const PASSWORD: &str = "correct horse battery";
const LIMIT: Duration = Duration::from_secs(120);

pub(crate) struct Kith {
    pub(crate) child: Child,
    pub(crate) base: String,
}

/// Whatever becomes of the test, the program ends with it.
impl Drop for Kith {
    fn drop(&mut self) {
        // It fails where the program has ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Addresses of this machine that nobody listened at a moment ago, each another one.
pub(crate) fn free_addresses<const N: usize>() -> [String; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().to_string())
}

impl Kith {
    /// On a port that was free a moment ago; on another one where somebody was faster.
    pub(crate) async fn start(data: &Path) -> Self {
        Self::start_with(data, &[]).await
    }

    /// The same with settings, by the variables that hold them.
    pub(crate) async fn start_with(data: &Path, settings: &[(&str, &str)]) -> Self {
        let end = Instant::now() + LIMIT;
        loop {
            let [address] = free_addresses();
            if let Some(kith) = Self::start_at(&address, data, settings, end).await {
                return kith;
            }
            assert!(Instant::now() < end, "no start succeeded");
        }
    }

    /// At an address, `127.0.0.1:8400`; none where it ended instead of getting ready.
    pub(crate) async fn start_at(
        address: &str,
        data: &Path,
        settings: &[(&str, &str)],
        end: Instant,
    ) -> Option<Self> {
        let mut kith = Self::spawn(address, data, settings);
        loop {
            let asked = Client::new().get(format!("{}/readyz", kith.base));
            if asked.send().await.is_ok_and(|it| it.status().is_success()) {
                return Some(kith);
            }
            assert!(Instant::now() < end, "waited in vain for readiness");
            if kith.child.try_wait().unwrap().is_some() {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn spawn(address: &str, data: &Path, settings: &[(&str, &str)]) -> Self {
        // A folder to keep may be made with the program of another version (`tests/upgraded.rs`).
        let other = std::env::var_os("KITH_MAKE_WITH");
        let child = Command::new(other.unwrap_or_else(|| env!("CARGO_BIN_EXE_kith").into()))
            .arg("serve")
            .env("KITH_ADDRESS", address)
            .env("KITH_DATA", data)
            // This test's own, which the program would refuse as unknown.
            .env_remove("KITH_KILLS")
            .env_remove("KITH_SEED")
            .env_remove("KITH_MAKE_FOLDER")
            .env_remove("KITH_MAKE_WITH")
            .env("KITH_LOG__FILTER", "error")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self {
            child,
            base: format!("http://{address}"),
        }
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) async fn until<F, Fut>(&self, what: &str, mut condition: F)
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

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.base)
    }

    pub(crate) async fn sign_up(&self) {
        let body = json!({"email": EMAIL, "password": PASSWORD, "display_name": "Grace Hopper"});
        let answer = Client::new()
            .post(self.url("/accounts"))
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
    }

    pub(crate) async fn sign_in(&self) -> Session<'_> {
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

pub(crate) struct Session<'a> {
    pub(crate) kith: &'a Kith,
    pub(crate) token: String,
}

impl Session<'_> {
    pub(crate) async fn get(&self, path: &str) -> Value {
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

    pub(crate) async fn upload(&self, people: usize) -> String {
        let part = multipart::Part::text(connections(people)).file_name("Connections.csv");
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

    pub(crate) async fn finished(&self, import: &str) -> Value {
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
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
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
}
