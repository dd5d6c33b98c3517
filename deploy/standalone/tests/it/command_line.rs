//! The program as it is started: one process after another on one folder.

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

const FILE: &str = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n\
    Bo,Lund,https://www.linkedin.com/in/bo-lund,bo@example.org,Acme,Engineer,01 Mar 2024\n";

fn kith(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kith"));
    command
        .args(arguments)
        .env_clear()
        .env("KITH_DATA", data)
        .env("KITH_ADDRESS", "127.0.0.1:0")
        .env("KITH_PASSWORD", "a long enough password")
        .stdin(Stdio::null());
    command
}

/// Runs to the end; what it said and its exit code.
fn run(data: &Path, arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = kith(data, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

/// A running server; killed when the test ends before it does.
struct Server {
    child: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(data: &Path) -> Server {
    let mut child = kith(data, &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let url = line
        .trim()
        .strip_prefix("Kith is ready at ")
        .unwrap_or_else(|| panic!("{line:?}"));
    Server {
        url: url.to_owned(),
        child,
    }
}

fn import_and_ask(data: &Path) {
    let file = data.parent().unwrap().join("Connections.csv");
    std::fs::File::create(&file)
        .unwrap()
        .write_all(FILE.as_bytes())
        .unwrap();
    let file = file.to_str().unwrap();
    let ada = "--account=ada@example.com";
    let (code, _, said) = run(
        data,
        &[
            "account",
            "create",
            "--email",
            "ada@example.com",
            "--name",
            "Ada",
        ],
    );
    assert_eq!(code, 0, "{said}");
    let (code, out, said) = run(data, &["import", file, ada]);
    assert_eq!(
        (code, out.trim()),
        (0, "Connections.csv (linkedin): 1 records, 1 created"),
        "{said}"
    );
    let (code, out, _) = run(data, &["people", "lund", ada]);
    assert_eq!(code, 0);
    assert!(out.starts_with("Bo Lund"), "{out}");
    let (code, out, _) = run(data, &["path", "--to", "Bo Lund", ada]);
    assert_eq!(code, 0);
    assert!(out.starts_with("1. You → Bo Lund   0."), "{out}");
    let (code, out, _) = run(data, &["path", "--to-organisation", "Acme", "--json", ada]);
    assert_eq!(code, 0);
    let paths: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(paths["items"][0]["people"][1]["display_name"], "Bo Lund");
    assert_eq!(run(data, &["path", "--to", "Nobody At All", ada]).0, 3);
    assert_eq!(run(data, &["people"]).0, 2, "for whom is not said");
    assert_eq!(run(data, &["people", "--account=nobody@example.com"]).0, 3);
}

#[test]
fn commands_open_the_folder_themselves_when_no_server_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    import_and_ask(&folder.path().join("data"));
}

#[test]
fn commands_talk_to_the_server_that_holds_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = serve(&data);
    import_and_ask(&data);

    let address = server.url.trim_start_matches("http://").to_owned();
    let probe = |address: &str| {
        let mut probe = kith(&data, &["probe"]);
        probe.env("KITH_ADDRESS", address).output().unwrap()
    };
    assert!(probe(&address).status.success());
    assert_eq!(probe("127.0.0.1:9").status.code(), Some(4));

    let (code, _, said) = run(&data, &["serve"]);
    assert_eq!(code, 1, "a second server does not start");
    assert!(
        said.contains(&server.url) && said.contains("KITH_DATA"),
        "{said}"
    );

    let pid = server.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    assert!(
        server.child.wait().unwrap().success(),
        "SIGTERM ends it well"
    );
    assert!(!data.join("server.json").exists());
    let (code, out, _) = run(&data, &["people", "--account=ada@example.com"]);
    assert_eq!(code, 0);
    assert!(out.contains("Bo Lund"), "what was imported is still there");
}

#[test]
fn an_import_is_listed_and_cancelled_while_another_command_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = serve(&data);
    let ada = "--account=ada@example.com";
    let create = [
        "account",
        "create",
        "--email",
        "ada@example.com",
        "--name",
        "Ada",
    ];
    assert_eq!(run(&data, &create).0, 0);
    let file = folder.path().join("Connections.csv");
    let (head, _) = FILE.split_once('\n').unwrap();
    let rows = (0..60_000).map(|n| format!("Bo,No{n},,bo{n}@example.com,Acme,,04 Mar 2021\n"));
    let rows: String = rows.collect();
    std::fs::write(&file, format!("{head}\n{rows}")).unwrap();
    let waiting = kith(&data, &["import", file.to_str().unwrap(), ada])
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let listed = || {
        let (code, out, said) = run(&data, &["imports", "list", "--json", ada]);
        assert_eq!(code, 0, "{said}");
        serde_json::from_str::<serde_json::Value>(&out).unwrap()["items"][0].clone()
    };
    let id = loop {
        if let Some(id) = listed()["id"].as_str() {
            break id.to_owned();
        }
    };
    let (code, out, said) = run(&data, &["imports", "cancel", &id, "--json", ada]);
    assert_eq!(code, 0, "{said}");
    let import: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(import["status"], "cancelled", "{import}");
    assert_eq!(run(&data, &["imports", "cancel", &id, ada]).0, 0, "again");
    let waited = waiting.wait_with_output().unwrap();
    assert_eq!(waited.status.code(), Some(1));
    let said = String::from_utf8(waited.stderr).unwrap();
    assert!(
        said.contains("Connections.csv (linkedin): cancelled"),
        "{said}"
    );
    let (_, out, _) = run(&data, &["imports", "list", ada]);
    assert!(out.contains(&id) && out.contains("cancelled"), "{out}");

    // What cannot be cancelled, and why.
    std::fs::write(
        &file,
        format!("{head}\nBo,Lund,,bo@example.com,,,04 Mar 2021\n"),
    )
    .unwrap();
    assert_eq!(run(&data, &["import", file.to_str().unwrap(), ada]).0, 0);
    let id = listed()["id"].as_str().unwrap().to_owned();
    let (code, _, said) = run(&data, &["imports", "cancel", &id, ada]);
    assert_eq!(code, 1);
    assert!(
        said.contains("finished before it could be cancelled"),
        "{said}"
    );
    let nobodys = "0198f000-0000-7000-8000-000000000000";
    assert_eq!(run(&data, &["imports", "cancel", nobodys, ada]).0, 3);
    assert_eq!(run(&data, &["imports", "cancel", "all", ada]).0, 2);
    drop(server);
}

#[test]
fn every_wrong_setting_is_named_in_one_message() {
    let folder = tempfile::tempdir().unwrap();
    let out = kith(&folder.path().join("data"), &["serve"])
        .env("KITH_ADDRESS", "everywhere")
        .env("KITH_ADRESS", "127.0.0.1:1")
        .env("KITH_GATEWAY__LIMITS__ACCOUNT_PER_MINUTE", "lots")
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(2));
    let said = String::from_utf8(out.stderr).unwrap();
    for part in ["everywhere", "did you mean address", "account_per_minute"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!folder.path().join("data").exists(), "nothing was begun");
}

#[test]
fn a_server_that_is_not_there_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, said) = run(
        &folder.path().join("data"),
        &["people", "--server=http://127.0.0.1:9", "--token=x"],
    );
    assert_eq!(code, 4);
    assert!(said.contains("kith serve"), "{said}");
}

#[test]
fn the_doctor_names_a_row_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    import_and_ask(&data);
    let (code, out, said) = run(&data, &["doctor"]);
    assert_eq!(code, 0, "{out}{said}");
    assert!(out.contains("rows can be read"), "{out}");

    let file = data.join("network/network.sqlite");
    let damage = "UPDATE person SET employments = 'no JSON'";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let damaged = runtime.block_on(skeleton_durable::contract::sqlite::meddle(&file, damage));
    assert_eq!(damaged, 1);
    let (code, out, said) = run(&data, &["doctor"]);
    assert_eq!(code, 1, "{out}{said}");
    let line = out
        .lines()
        .find(|line| line.contains("of person cannot be read"));
    let line = line.unwrap_or_else(|| panic!("{out}"));
    assert!(
        line.starts_with("WRONG network") && line.contains("employments: "),
        "{line}"
    );
    let (code, out, _) = run(&data, &["doctor", "--json"]);
    assert_eq!(code, 1);
    let findings: serde_json::Value = serde_json::from_str(&out).unwrap();
    let wrong = findings["items"].as_array().unwrap().iter();
    let wrong: Vec<_> = wrong.filter(|one| one["ok"] == false).collect();
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert_eq!(
        (wrong[0]["service"].as_str(), wrong[0]["table"].as_str()),
        (Some("network"), Some("person"))
    );
    assert!(wrong[0]["advice"].is_string() && wrong[0]["row"].is_string());
}
