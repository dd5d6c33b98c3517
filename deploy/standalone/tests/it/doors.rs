//! Whom the running program lets in: over real connections, as they come through proxies, from
//! pages of other sites, and too many at once.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::json;
use tempfile::TempDir;

/// A running program, and what it said when it was ready.
struct Kith {
    child: Child,
    address: SocketAddr,
    said: String,
    data: TempDir,
}

impl Drop for Kith {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts it with these settings.
fn kith(settings: &[(&str, &str)]) -> Kith {
    started(Command::new(env!("CARGO_BIN_EXE_kith")), settings)
}

fn started(mut command: Command, settings: &[(&str, &str)]) -> Kith {
    let data = tempfile::tempdir().unwrap();
    let mut child = command
        .env_clear()
        .env("KITH_DATA", data.path().join("kith"))
        .env("KITH_ADDRESS", "127.0.0.1:0")
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut said = String::new();
    while !said.contains("the address") {
        let line = lines.next().expect("it says how addresses are proven");
        said += &(line.unwrap() + "\n");
    }
    let url = said.lines().next().unwrap();
    let address = url.strip_prefix("Kith is ready at http://").unwrap();
    Kith {
        child,
        address: address.parse().unwrap(),
        said,
        data,
    }
}

/// Sends a request; its whole answer.
fn ask(to: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(to).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // What comes after the answer, if anything, is of no interest.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

impl Kith {
    fn get(&self, path: &str, host: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        ask(self.address, &request)
    }

    /// Sends JSON with these headers, a line each.
    fn post(&self, path: &str, headers: &str, body: &serde_json::Value) -> String {
        let body = body.to_string();
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\n{headers}content-type: application/json\r\n\
             content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        ask(self.address, &request)
    }

    fn sign_up(&self, name: &str, headers: &str) -> String {
        let wish = json!({
            "email": format!("{name}@example.com"), "password": PASSWORD, "display_name": name,
        });
        self.post("/api/v1/accounts", headers, &wish)
    }

    /// Whether the address of such a sign-up counts as proven.
    fn is_proven(&self, name: &str, headers: &str) -> bool {
        let answer = self.sign_up(name, headers);
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        let who = json!({ "email": format!("{name}@example.com"), "password": PASSWORD });
        let session = self.post("/api/v1/sessions", LOCAL, &who);
        let (_, body) = session.split_once("\r\n\r\n").unwrap();
        let session: serde_json::Value = serde_json::from_str(body).unwrap();
        let token = session["token"].as_str().unwrap();
        let me = format!(
            "GET /api/v1/me HTTP/1.1\r\n{LOCAL}authorization: Bearer {token}\r\n\
             connection: close\r\n\r\n"
        );
        let me = ask(self.address, &me);
        let is_proven = me.contains(r#""verified":true"#);
        assert_ne!(is_proven, me.contains(r#""verified":false"#), "{me}");
        is_proven
    }

    fn mail_folder(&self) -> std::path::PathBuf {
        self.data.path().join("kith/mail")
    }
}

/// All mail in a folder, once there is some.
fn mail(folder: &Path) -> String {
    loop {
        let letters: Vec<String> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        if !letters.is_empty() {
            return letters.concat();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

const PASSWORD: &str = "a long enough password";
const LOCAL: &str = "host: localhost:8400\r\n";

#[test]
fn a_typed_address_is_proven_only_on_this_machine_whatever_stands_in_front() {
    let kith = kith(&[]);
    assert!(
        kith.said.contains("on this machine itself"),
        "{}",
        kith.said
    );
    assert!(kith.is_proven("ada", LOCAL));
    for (name, headers) in [
        ("bo", "x-forwarded-for: 203.0.113.9\r\n"),
        ("cy", "x-forwarded-proto: https\r\n"),
        ("di", "via: 1.1 proxy\r\n"),
        ("ed", "cf-connecting-ip: 203.0.113.9\r\n"),
        (
            "fi",
            "origin: http://localhost:1\r\nsec-fetch-site: same-origin\r\nx-real-ip: ::1\r\n",
        ),
    ] {
        assert!(
            !kith.is_proven(name, &format!("{LOCAL}{headers}")),
            "{headers}"
        );
    }
    assert!(!kith.is_proven("gil", "host: 192.168.1.5\r\n"));
    let rebound = "host: rebound.evil.example:8400\r\nsec-fetch-site: same-origin\r\n";
    let answer = kith.sign_up("hal", rebound);
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
    assert!(answer.contains("KITH_HOSTS"), "{answer}");
}

#[test]
fn a_known_proxy_a_public_url_and_the_operator_end_that() {
    for (name, value) in [
        ("KITH_GATEWAY__TRUSTED_PROXIES", "127.0.0.1"),
        ("KITH_PUBLIC_URL", "https://kith.example.com"),
        ("KITH_HOSTS", "mybox.local"),
        ("KITH_TRUST_SIGN_UP_ADDRESSES", "false"),
    ] {
        let kith = kith(&[(name, value)]);
        assert!(
            kith.said.contains("code in the mail"),
            "{name}: {}",
            kith.said
        );
        assert!(!kith.is_proven("ada", LOCAL), "{name}");
    }
    let kith = kith(&[("KITH_TRUST_SIGN_UP_ADDRESSES", "true")]);
    assert!(kith.said.contains("Nobody"), "{}", kith.said);
    let passed_on = format!("{LOCAL}x-forwarded-for: 203.0.113.9\r\n");
    assert!(kith.is_proven("ada", &passed_on));
}

#[test]
fn links_in_mail_lead_to_where_people_reach_it_or_nowhere() {
    for (settings, expected) in [
        (
            &[("KITH_GATEWAY__TRUSTED_PROXIES", "127.0.0.1")] as &[_],
            "Enter it in the settings",
        ),
        (
            &[("KITH_PUBLIC_URL", "https://kith.example.com/")],
            "at https://kith.example.com/settings",
        ),
        (
            &[
                ("KITH_GATEWAY__TRUSTED_PROXIES", "127.0.0.1"),
                ("KITH_HOSTS", "kith.example.com"),
            ],
            "at https://kith.example.com/settings",
        ),
    ] {
        let kith = kith(settings);
        assert!(!kith.is_proven("ada", LOCAL));
        let mail = mail(&kith.mail_folder());
        assert!(mail.contains(expected), "{settings:?}: {mail}");
        assert!(!mail.contains("127.0.0.1"), "{settings:?}: {mail}");
    }
}

#[test]
fn it_answers_under_its_names_and_addresses_and_probes_under_any() {
    let kith = kith(&[
        ("KITH_PUBLIC_URL", "https://kith.example.com"),
        ("KITH_HOSTS", "mybox.local, other.example"),
    ]);
    let status = |path: &str, host: &str| -> String {
        let answer = kith.get(path, host);
        answer.chars().skip("HTTP/1.1 ".len()).take(3).collect()
    };
    for host in [
        "kith.example.com",
        "mybox.local:8400",
        "10.0.0.7",
        "[::1]:1",
    ] {
        assert_eq!(status("/api/v1/openapi.json", host), "200", "{host}");
    }
    assert_eq!(status("/api/v1/openapi.json", "evil.example"), "421");
    for probe in ["/healthz", "/readyz"] {
        assert_eq!(status(probe, "10.244.0.7:8400"), "200");
        assert_eq!(status(probe, "whatever.example"), "200");
    }
}

#[test]
fn idle_connections_beyond_the_limit_of_open_files_stop_nobody() {
    let mut limited = Command::new("/bin/sh");
    let program = env!("CARGO_BIN_EXE_kith");
    limited.args(["-c", &format!("ulimit -n 300 && exec '{program}'")]);
    let kith = started(limited, &[]);
    // Some have asked something before, the others never say anything.
    let request = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut idle = Vec::new();
    for at in 0..400 {
        let mut stream = TcpStream::connect(kith.address).unwrap();
        if at % 2 == 0 {
            let _ = stream.write_all(request);
        }
        idle.push(stream);
    }
    assert!(kith.get("/healthz", "x").starts_with("HTTP/1.1 200"));
    assert!(kith.get("/readyz", "x").starts_with("HTTP/1.1 200"));
    assert!(kith.is_proven("ada", LOCAL), "stores have their files");
}
