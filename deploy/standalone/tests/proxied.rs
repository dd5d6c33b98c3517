//! Kith as it is run on a machine of one's own: behind the real nginx and the real Caddy, with the
//! recipes and the settings of `deploy/machine`, and what systemd makes of its unit.

#![allow(clippy::unwrap_used, clippy::panic)]

mod proxied {
    pub(crate) mod proxy;
    pub(crate) mod visitor;
}
mod running;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use proxied::{
    proxy::{Kind, NAME, Proxy, recipe},
    visitor::{Events, mailbox},
};
use reqwest::{Body, Client, Response, multipart, tls::Version};
use running::{EMAIL, Kith, Session};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(120);
/// Events come at once. What is held back comes with the next sign of life, 15 s later, or never.
const AT_ONCE: Duration = Duration::from_secs(10);
const SIGN_OF_LIFE: Duration = Duration::from_secs(40);
const STREAMS_OF_AN_ACCOUNT: usize = 12;
const PAGE: &str = "<!doctype html><title>Kith</title>";

/// Waits for a condition that must hold within `limit`.
async fn until(what: &str, limit: Duration, mut condition: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + limit;
    while !condition().await {
        assert!(Instant::now() < end, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A Kith with the settings of the recipe, and somebody who has an account; a proxy in front.
struct Machine {
    kith: Kith,
    proxy: Proxy,
    home: TempDir,
}

impl Machine {
    async fn start(kind: Kind, more: &[(&str, &str)]) -> Self {
        skeleton_host::upstream::install_tls();
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("web")).unwrap();
        std::fs::write(home.path().join("web/index.html"), PAGE).unwrap();
        std::fs::write(home.path().join("kith.toml"), recipe("kith.toml", &[])).unwrap();
        let kith = Kith::start_with(&data(&home), &borrowed(&settings(&home, more))).await;
        kith.sign_up().await;
        let address = kith.base.strip_prefix("http://").unwrap();
        let proxy = Proxy::start(kind, address).await;
        Self { kith, proxy, home }
    }

    /// Kith once more, at the address where the proxy looks for it.
    async fn start_again(&mut self) {
        let address = self.kith.base.strip_prefix("http://").unwrap().to_owned();
        let (data, settings) = (data(&self.home), settings(&self.home, &[]));
        let end = Instant::now() + LIMIT;
        loop {
            if let Some(kith) = Kith::start_at(&address, &data, &borrowed(&settings), end).await {
                self.kith = kith;
                return;
            }
        }
    }

    /// The other ends of connections with Kith that there are or were a moment ago, as the kernel
    /// writes them.
    fn connections(&self) -> BTreeSet<String> {
        let port: u16 = self.kith.base.rsplit(':').next().unwrap().parse().unwrap();
        let kith = format!("0100007F:{port:04X}");
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let ends = table.lines().filter_map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            let (one, other) = (fields.next()?, fields.next()?);
            match (one == kith, other == kith) {
                (true, _) => Some(other.to_owned()),
                (_, true) => Some(one.to_owned()),
                _ => None,
            }
        });
        ends.collect()
    }

    /// What uploads have brought so far, in bytes.
    fn stored(&self) -> u64 {
        fn bytes(folder: PathBuf) -> u64 {
            let entries = std::fs::read_dir(folder).into_iter().flatten();
            let sizes = entries.flatten().map(|entry| match entry.metadata() {
                Ok(about) if about.is_dir() => bytes(entry.path()),
                Ok(about) => about.len(),
                // Renamed in this very moment.
                Err(_) => 0,
            });
            sizes.sum()
        }
        bytes(data(&self.home).join("ingest/blobs"))
    }
}

fn data(home: &TempDir) -> PathBuf {
    home.path().join("data")
}

fn borrowed(settings: &[(String, String)]) -> Vec<(&str, &str)> {
    let pairs = settings.iter();
    pairs.map(|(name, value)| (&**name, &**value)).collect()
}

fn settings(home: &TempDir, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let path = |name: &str| home.path().join(name).display().to_string();
    let own = [
        ("KITH_CONFIG", path("kith.toml")),
        ("KITH_GATEWAY__WEB", path("web")),
        // There is no mailbox to look for a code in.
        ("KITH_TRUST_SIGN_UP_ADDRESSES", "true".to_owned()),
    ];
    let more = more
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()));
    let all = own.into_iter().chain(more);
    all.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Somebody without an account, each time another one: an account's own limit is not meant here.
async fn sign_in(machine: &Machine, client: &Client, who: &str, forged: &str) -> u16 {
    let request = client
        .post(machine.proxy.url("/api/v1/sessions"))
        .header("x-forwarded-for", forged)
        .json(&json!({"email": format!("{who}@example.org"), "password": "wrong, and long"}));
    request.send().await.unwrap().status().as_u16()
}

fn header<'a>(response: &'a Response, name: &str) -> Vec<&'a str> {
    let values = response.headers().get_all(name).into_iter();
    values.map(|value| value.to_str().unwrap()).collect()
}

async fn the_page_and_the_api_answer_over_tls_only(kind: Kind) {
    let machine = Machine::start(kind, &[]).await;
    let proxy = &machine.proxy;
    for version in [Version::TLS_1_2, Version::TLS_1_3] {
        let client = proxy.builder().tls_version_min(version);
        let client = client.tls_version_max(version).build().unwrap();
        let page = client.get(proxy.url("/")).send().await.unwrap();
        assert_eq!(page.status(), 200);
        let strict = "strict-transport-security";
        assert_eq!(header(&page, strict), ["max-age=31536000"]);
        assert_eq!(page.text().await.unwrap(), PAGE);
        let api = client.get(proxy.url("/api/v1/me")).send().await.unwrap();
        assert_eq!(api.status(), 401);
        assert_eq!(header(&api, "content-type"), ["application/problem+json"]);
    }
    let h2 = Command::new("curl")
        .args(["-sS", "--http2", "--noproxy", "*", "-o", "/dev/null"])
        .args(["-w", "%{http_version} %{http_code}", "--cacert"])
        .arg(proxy.certificate())
        .arg("--resolve")
        .arg(format!("{NAME}:{}:127.0.0.1", proxy.https.port()))
        .arg(proxy.url("/"))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&h2.stdout), "2 200", "{h2:?}");

    let plain = proxy.builder().resolve(NAME, proxy.http).build().unwrap();
    let asked = format!("http://{NAME}:{}/people?q=bo%20lund", proxy.http.port());
    for request in [plain.get(&asked), plain.post(&asked)] {
        let led = request.send().await.unwrap();
        assert_eq!(led.status(), 308);
        let there = header(&led, "location")[0].parse::<url::Url>().unwrap();
        assert_eq!((there.scheme(), there.host_str()), ("https", Some(NAME)));
        assert_eq!(there.path(), "/people");
        assert_eq!(there.query(), Some("q=bo%20lund"));
    }
}

async fn the_cookie_is_bound_to_tls(kind: Kind) {
    let machine = Machine::start(kind, &[]).await;
    let proxy = &machine.proxy;
    let client = proxy.client();
    // What a client says of proxies that are not there changes nothing.
    let signed_in = client
        .post(proxy.url("/api/v1/sessions"))
        .header("origin", proxy.url(""))
        .header("x-forwarded-proto", "http")
        .header("x-forwarded-host", "evil.example")
        .json(&json!({"email": EMAIL, "password": running::PASSWORD}))
        .send()
        .await
        .unwrap();
    assert_eq!(signed_in.status(), 201);
    let cookie = header(&signed_in, "set-cookie")[0];
    assert!(cookie.starts_with("__Host-kith="), "{cookie}");
    assert!(cookie.ends_with("; Secure"), "{cookie}");
    let pair = cookie.split(';').next().unwrap();
    let me = client.get(proxy.url("/api/v1/me")).header("cookie", pair);
    assert_eq!(me.send().await.unwrap().status(), 200);
}

async fn who_asks_is_told_by_the_proxy_and_not_by_whoever_asks(kind: Kind) {
    const A_MINUTE: usize = 3;
    let limit = A_MINUTE.to_string();
    let setting = "KITH_GATEWAY__LIMITS__SIGN_INS_PER_MINUTE";
    let machine = Machine::start(kind, &[(setting, &limit)]).await;
    // The second stands where the proxy does, in whom Kith trusts.
    for address in [[127, 0, 0, 2], [127, 0, 0, 1]] {
        let client = machine.proxy.client_at(address);
        let mut answers = Vec::new();
        while answers.last() != Some(&429) {
            assert!(answers.len() < 4 * A_MINUTE, "{address:?}: {answers:?}");
            let n = answers.len();
            let (who, forged) = (format!("{}-{n}", address[3]), format!("198.51.100.{n}"));
            answers.push(sign_in(&machine, &client, &who, &forged).await);
        }
        let another = machine.proxy.client_at([127, 0, 0, 3]);
        let answer = sign_in(
            &machine,
            &another,
            &format!("{}-3", address[3]),
            "127.0.0.2",
        )
        .await;
        assert_eq!(answer, 401, "another address pays for {address:?}");
    }
}

async fn requests_share_a_connection_to_kith(kind: Kind) {
    let machine = Machine::start(kind, &[]).await;
    let (client, url) = (machine.proxy.client(), machine.proxy.url("/api/v1/me"));
    let before = machine.connections();
    for _ in 0..20 {
        assert_eq!(client.get(&url).send().await.unwrap().status(), 401);
    }
    let after = machine.connections();
    let new = after.difference(&before).count();
    assert!(new <= 2, "{new} connections for 20 requests");
}

async fn events_come_at_once_for_as_long_as_somebody_listens(kind: Kind) {
    let machine = Machine::start(kind, &[]).await;
    let session = machine.kith.sign_in().await;
    let (client, url) = (machine.proxy.client(), machine.proxy.url("/api/v1/events"));
    let open = async || Events::open(&client, &url, &session).await;

    let mut events = open().await.map_err(|it| it.status()).unwrap();
    events.find("event: hello", AT_ONCE).await;
    session.upload(1).await;
    events.find("event: import", AT_ONCE).await;
    // It is silent for longer than that only if nothing gets through.
    events.find(":", SIGN_OF_LIFE).await;
    session.upload(2).await;
    events.find("event: import", AT_ONCE).await;
    drop(events);

    // Kith hears of whoever leaves: else the account's seats would be taken soon.
    for _ in 0..2 * STREAMS_OF_AN_ACCOUNT {
        until("a seat", AT_ONCE, async || {
            let Ok(mut events) = open().await else {
                return false;
            };
            events.find("event: hello", AT_ONCE).await;
            true
        })
        .await;
    }
}

async fn a_large_file_passes_as_it_comes(kind: Kind) {
    let machine = Machine::start(kind, &[]).await;
    let session = machine.kith.sign_in().await;
    let send = |token: &str| {
        let (go_on, gate) = tokio::sync::oneshot::channel();
        let (bytes, letters) = mailbox(gate);
        let file = multipart::Part::stream(Body::wrap_stream(letters));
        let form = multipart::Form::new().part("file", file.file_name("sent.mbox"));
        let request = machine
            .proxy
            .client()
            .post(machine.proxy.url("/api/v1/imports"));
        let request = request.bearer_auth(token).multipart(form).send();
        (go_on, bytes, tokio::spawn(request))
    };
    let (go_on, bytes, upload) = send(&session.token);
    // The other half is not sent before.
    until("the first half", LIMIT, async || {
        assert!(!upload.is_finished(), "an answer before the end");
        machine.stored() > bytes / 4
    })
    .await;
    go_on.send(()).unwrap();
    let answer = upload.await.unwrap().unwrap();
    assert_eq!(answer.status(), 202);
    let import: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(import["bytes_total"], bytes);

    // Who may not send anything hears that before everything is sent.
    let (_go_on, _, upload) = send("nobody");
    let answer = tokio::time::timeout(LIMIT, upload).await.unwrap();
    assert_eq!(answer.unwrap().unwrap().status(), 401);
}

async fn a_new_certificate_and_a_new_start_cost_nobody_the_session(kind: Kind) {
    let mut machine = Machine::start(kind, &[]).await;
    let token = machine.kith.sign_in().await.token;
    let url = machine.proxy.url("/api/v1/events");
    let session = Session {
        kith: &machine.kith,
        token: token.clone(),
    };
    let client = machine.proxy.client();
    let events = Events::open(&client, &url, &session).await;
    let mut events = events.map_err(|it| it.status()).unwrap();
    events.find("event: hello", AT_ONCE).await;
    machine.proxy.renew().await;
    session.upload(1).await;
    // Whoever listened goes on listening.
    events.find("event: import", AT_ONCE).await;

    let client = machine.proxy.client();

    // With somebody listening it ends all the same, long before systemd would kill it.
    let pid = Pid::from_raw(machine.kith.child.id().cast_signed()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    let began = Instant::now();
    let ended = loop {
        if let Some(ended) = machine.kith.child.try_wait().unwrap() {
            break ended;
        }
        assert!(began.elapsed() < seconds_to_stop(), "it does not stop");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(ended.success());
    let me = machine.proxy.url("/api/v1/me");
    let ask = async || {
        let asked = client.get(&me);
        let answer = asked.bearer_auth(&token).send().await.unwrap();
        answer.status().as_u16()
    };
    assert_eq!(ask().await, 502);
    machine.start_again().await;
    assert_eq!(ask().await, 200);
}

/// What a unit's line sets.
fn set_in_unit(name: &str) -> String {
    let unit = recipe("kith.service", &[]);
    let line = unit
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
    line.unwrap_or_else(|| panic!("the unit sets no {name}"))
        .to_owned()
}

fn seconds_to_stop() -> Duration {
    let text = set_in_unit("TimeoutStopSec");
    Duration::from_secs(text.strip_suffix('s').unwrap().parse().unwrap())
}

/// What systemd's own tool says of the unit, and whether it is content.
fn analyze(command: &[&str], unit: &Path) -> (bool, String) {
    let output = Command::new("systemd-analyze")
        .args(command)
        .arg(unit)
        .env("SYSTEMD_COLORS", "0")
        .output()
        .unwrap_or_else(|error| {
            panic!("systemd-analyze of the package systemd, which .ci/install installs: {error}")
        });
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output.status.success(), text)
}

#[test]
fn the_unit_is_one_that_systemd_takes_and_gives_the_program_little() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("kith.service");
    let here = [("/usr/local/bin/kith", env!("CARGO_BIN_EXE_kith"))];
    std::fs::write(&unit, recipe("kith.service", &here)).unwrap();
    let (_, said) = analyze(&["verify", "--man=no", "--recursive-errors=no"], &unit);
    assert!(!said.contains("kith.service"), "{said}");
    // In tenths, as `security` counts: 1.5 of 10.
    let (is_content, said) = analyze(
        &["security", "--offline=true", "--threshold=15", "--no-pager"],
        &unit,
    );
    assert!(is_content, "{said}");
    assert!(said.contains("Overall exposure level"), "{said}");
    // Room for the stores besides all connections; and for ending twice, see `serve.deadline`.
    assert!(set_in_unit("LimitNOFILE").parse::<u32>().unwrap() >= 8_192 + 256);
    assert!(seconds_to_stop() > Duration::from_secs(2 * 10));
}

mod nginx {
    use super::Kind;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_page_and_the_api_answer_over_tls_only() {
        super::the_page_and_the_api_answer_over_tls_only(Kind::Nginx).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_cookie_is_bound_to_tls() {
        super::the_cookie_is_bound_to_tls(Kind::Nginx).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_asks_is_told_by_the_proxy_and_not_by_whoever_asks() {
        super::who_asks_is_told_by_the_proxy_and_not_by_whoever_asks(Kind::Nginx).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn events_come_at_once_for_as_long_as_somebody_listens() {
        super::events_come_at_once_for_as_long_as_somebody_listens(Kind::Nginx).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn requests_share_a_connection_to_kith() {
        super::requests_share_a_connection_to_kith(Kind::Nginx).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_large_file_passes_as_it_comes() {
        super::a_large_file_passes_as_it_comes(Kind::Nginx).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_new_certificate_and_a_new_start_cost_nobody_the_session() {
        super::a_new_certificate_and_a_new_start_cost_nobody_the_session(Kind::Nginx).await;
    }
}

mod caddy {
    use super::Kind;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_page_and_the_api_answer_over_tls_only() {
        super::the_page_and_the_api_answer_over_tls_only(Kind::Caddy).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_cookie_is_bound_to_tls() {
        super::the_cookie_is_bound_to_tls(Kind::Caddy).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_asks_is_told_by_the_proxy_and_not_by_whoever_asks() {
        super::who_asks_is_told_by_the_proxy_and_not_by_whoever_asks(Kind::Caddy).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn events_come_at_once_for_as_long_as_somebody_listens() {
        super::events_come_at_once_for_as_long_as_somebody_listens(Kind::Caddy).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn requests_share_a_connection_to_kith() {
        super::requests_share_a_connection_to_kith(Kind::Caddy).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_large_file_passes_as_it_comes() {
        super::a_large_file_passes_as_it_comes(Kind::Caddy).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_new_certificate_and_a_new_start_cost_nobody_the_session() {
        super::a_new_certificate_and_a_new_start_cost_nobody_the_session(Kind::Caddy).await;
    }
}
