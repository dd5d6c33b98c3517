//! Everything is carried away while Kith runs, and restored on another machine: with sessions, ids,
//! notes and decisions, whatever is killed in between.
//!
//! `KITH_SEED` says at which moments.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]

mod running;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use kith_tests::disturbance::{Seeded, tables};
use reqwest::Client;
use running::{
    Kith, Session,
    command::{kith, said, succeeds},
};
use serde_json::{Value, json};

const PEOPLE: usize = 600;
/// Kills of a restore, and of a backup.
const KILLS: usize = 4;

#[track_caller]
fn fails(command: &mut Command, code: i32, expected: &str) {
    let output = command.output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{command:?}: {said}");
    assert!(said.contains(expected), "{command:?}: {said}");
}

fn archives(place: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(place).into_iter().flatten();
    let files = files.map(|file| file.unwrap().path());
    files
        .filter(|file| {
            file.extension()
                .is_some_and(|it| it == "age" || it == "zst")
        })
        .collect()
}

/// A pair of keys as age-keygen makes it: the file of the secret one, and the public one.
fn keys(folder: &Path) -> (PathBuf, String) {
    let key = age::x25519::Identity::generate();
    let file = folder.join("key.txt");
    let secret = secrecy::ExposeSecret::expose_secret(&key.to_string()).to_owned();
    std::fs::write(
        &file,
        format!("# public key: {}\n{secret}\n", key.to_public()),
    )
    .unwrap();
    (file, key.to_public().to_string())
}

/// Somebody with people, a tag, a note and a reminder; the person they are on.
async fn live(session: &Session<'_>) -> String {
    let import = session.upload(PEOPLE).await;
    session.finished(&import).await;
    let person = session.get("/people?limit=1").await["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let send = async |method: reqwest::Method, path: String, body: Value| {
        let answer = Client::new()
            .request(method, session.kith.url(&path))
            .bearer_auth(&session.token)
            .json(&body)
            .send()
            .await
            .unwrap();
        assert!(
            answer.status().is_success(),
            "{path}: {}",
            answer.text().await.unwrap()
        );
    };
    let note = json!({"text": "Met in Turin"});
    send(
        reqwest::Method::POST,
        format!("/people/{person}/notes"),
        note,
    )
    .await;
    send(
        reqwest::Method::PUT,
        format!("/people/{person}/tags/chess"),
        Value::Null,
    )
    .await;
    let reminder = json!({"person_id": person, "note": "Call", "due_at": "2099-01-01T09:00:00Z"});
    send(reqwest::Method::POST, "/reminders".to_owned(), reminder).await;
    // Search hears of the tag in its own time.
    let tagged = || async {
        let people = session.get("/people?limit=1").await;
        people["items"][0]["tags"] == json!(["chess"])
    };
    session.kith.until("the tag in search", tagged).await;
    person
}

/// What is answered that a restore must bring back, ids and times included.
async fn answers(session: &Session<'_>, person: &str) -> Vec<Value> {
    let mut answers = Vec::new();
    for path in [
        format!("/people/{person}"),
        format!("/people/{person}/annotations"),
        format!("/people/{person}/records"),
        format!("/paths?to={person}"),
        "/reminders".to_owned(),
        "/notifications".to_owned(),
        "/me".to_owned(),
        "/imports".to_owned(),
    ] {
        answers.push(session.get(&path).await);
    }
    let people = session.all("/people?").await;
    answers.push(Value::from(people));
    answers
}

/// The tag of a person, as a client keeps it.
async fn tag(session: &Session<'_>, person: &str) -> String {
    let answer = Client::new()
        .get(session.kith.url(&format!("/people/{person}")))
        .bearer_auth(&session.token)
        .send()
        .await
        .unwrap();
    answer.headers()["etag"].to_str().unwrap().to_owned()
}

/// How an edit is answered that is guarded by a tag.
async fn edit(session: &Session<'_>, person: &str, tag: &str) -> u16 {
    let answer = Client::new()
        .patch(session.kith.url(&format!("/people/{person}")))
        .bearer_auth(&session.token)
        .header("if-match", tag)
        .json(&json!({"nickname": "Countess"}))
        .send()
        .await
        .unwrap();
    answer.status().as_u16()
}

/// Whether somebody who listened until there is told that updates were missed.
async fn missed(session: &Session<'_>, position: &str) -> bool {
    let mut answer = Client::new()
        .get(session.kith.url("/events"))
        .bearer_auth(&session.token)
        .header("last-event-id", position)
        .send()
        .await
        .unwrap();
    let hello = answer.chunk().await.unwrap().unwrap();
    String::from_utf8_lossy(&hello).contains("\"missed\":true")
}

#[tokio::test(flavor = "multi_thread")]
async fn yesterday_comes_back_on_another_machine() {
    skeleton_host::upstream::install_tls();
    let home = tempfile::tempdir().unwrap();
    let (here, there) = (home.path().join("here"), home.path().join("there"));
    let place = home.path().join("backups");
    let (identity, recipient) = keys(home.path());

    let server = Kith::start(&here).await;
    server.sign_up().await;
    let session = server.sign_in().await;
    let person = live(&session).await;
    let before = answers(&session, &person).await;
    let tag = tag(&session, &person).await;
    let made = succeeds(
        kith(&here)
            .arg("backup")
            .env("KITH_BACKUP_PLACE", &place)
            .args(["--recipient", &recipient]),
    );
    let archive = place.join(made["name"].as_str().unwrap());
    let mode = std::os::unix::fs::PermissionsExt::mode(&archive.metadata().unwrap().permissions());
    assert_eq!(mode & 0o077, 0, "nobody else may read it");
    // What comes later is not in it.
    let later = session.upload(PEOPLE + 50).await;
    session.finished(&later).await;
    let token = session.token.clone();
    server.kill();

    fails(kith(&there).arg("verify").arg(&archive), 1, "secret keys");
    let verified = succeeds(
        kith(&there)
            .arg("verify")
            .arg(&place)
            .arg("--identity")
            .arg(&identity),
    );
    assert_eq!(verified["services"], made["services"]);
    succeeds(
        kith(&there)
            .arg("restore")
            .arg(&archive)
            .arg("--identity")
            .arg(&identity),
    );
    succeeds(kith(&there).arg("reconcile"));
    succeeds(kith(&there).arg("doctor"));
    let again = succeeds(kith(&there).arg("backup").arg(home.path().join("again")));
    assert_eq!(tables(&again), tables(&made));

    let server = Kith::start(&there).await;
    let restored = Session {
        kith: &server,
        token,
    };
    for (after, before) in answers(&restored, &person).await.iter().zip(&before) {
        assert_eq!(after, before);
    }
    // What was read before guards nothing any more, and is not taken for what is there now.
    assert_eq!(edit(&restored, &person, &tag).await, 412);
    let fresh = self::tag(&restored, &person).await;
    assert_ne!(fresh, tag);
    assert_eq!(edit(&restored, &person, &fresh).await, 200);
    assert!(missed(&restored, "0").await);
    // It goes on from there.
    let import = restored.upload(PEOPLE + 50).await;
    restored.finished(&import).await;
    assert_eq!(
        restored.all("/people?").await.len(),
        (PEOPLE + 50) * 49 / 50
    );
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_in_the_middle_of_a_backup_ends_after_the_restore() {
    skeleton_host::upstream::install_tls();
    let home = tempfile::tempdir().unwrap();
    let (here, place) = (home.path().join("here"), home.path().join("backups"));
    let server = Kith::start(&here).await;
    server.sign_up().await;
    let session = server.sign_in().await;
    let import = session.upload(4 * PEOPLE).await;
    let path = format!("/imports/{import}");
    server
        .until("the middle of the import", || async {
            let import = session.get(&path).await;
            assert_ne!(import["status"], "succeeded", "it was too fast");
            import["counts"]["records"].as_u64() > Some(PEOPLE as u64)
        })
        .await;
    let made = succeeds(kith(&here).arg("backup").arg(&place));
    // Another backup at the same time ends nothing of this one.
    assert!(made["services"]["search"]["tables"]["inbox"]["rows"].as_u64() > Some(0));
    let counts = session.finished(&import).await;
    let token = session.token.clone();
    server.kill();

    let there = home.path().join("there");
    succeeds(kith(&there).arg("restore").arg(&place));
    let server = Kith::start(&there).await;
    let restored = Session {
        kith: &server,
        token,
    };
    assert_eq!(restored.finished(&import).await, counts);
    let people = restored.all("/people?").await.len();
    assert_eq!(people, 4 * PEOPLE - 4 * PEOPLE / 50);
    server.kill();
    succeeds(kith(&there).arg("reconcile"));
}

/// A folder with people, and an archive of it.
async fn carried(home: &Path) -> (PathBuf, Value) {
    let data = home.join("data");
    let server = Kith::start(&data).await;
    server.sign_up().await;
    live(&server.sign_in().await).await;
    server.kill();
    let place = home.join("backups");
    let made = succeeds(kith(&data).arg("backup").arg(&place));
    (place.join(made["name"].as_str().unwrap()), made)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_killed_starts_over_cleanly() {
    skeleton_host::upstream::install_tls();
    let home = tempfile::tempdir().unwrap();
    let (archive, made) = carried(home.path()).await;
    let began = Instant::now();
    succeeds(
        kith(&home.path().join("undisturbed"))
            .arg("restore")
            .arg(&archive),
    );
    let took = began.elapsed();
    let mut random = Seeded::from_environment(7);
    let mut moment = |of: Duration| of.mul_f64(random.draw() as f64 / f64::from(1u32 << 31));

    let target = home.path().join("target");
    let mut killed = 0;
    for _ in 0..KILLS {
        let mut restore = kith(&target).arg("restore").arg(&archive).spawn().unwrap();
        std::thread::sleep(moment(took));
        restore.kill().unwrap();
        let has_ended = restore.wait().unwrap().success();
        // Without the mark there is nothing yet, or all.
        if has_ended || (!target.join("restoring").exists() && target.join("users").exists()) {
            // It was faster this time, and is complete.
            succeeds(kith(&target).arg("reconcile"));
            std::fs::remove_dir_all(&target).unwrap();
            continue;
        }
        killed += 1;
        if target.join("restoring").exists() {
            fails(kith(&target).arg("status"), 1, "was not finished");
        }
    }
    assert!(killed > 0, "no restore was killed in {KILLS} attempts");
    succeeds(kith(&target).arg("restore").arg(&archive));
    let again = succeeds(kith(&target).arg("backup").arg(home.path().join("again")));
    assert_eq!(tables(&again), tables(&made));

    let place = home.path().join("killed");
    for _ in 0..KILLS {
        let mut backup = kith(&target).arg("backup").arg(&place).spawn().unwrap();
        std::thread::sleep(moment(took / 2));
        backup.kill().unwrap();
        backup.wait().unwrap();
        for archive in archives(&place) {
            succeeds(kith(&target).arg("verify").arg(archive));
        }
    }
    succeeds(kith(&target).arg("doctor"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_fit_is_refused_before_anything_is_written() {
    skeleton_host::upstream::install_tls();
    let home = tempfile::tempdir().unwrap();
    let (archive, _) = carried(home.path()).await;
    let whole = std::fs::read(&archive).unwrap();
    let target = home.path().join("target");
    let bad = home.path().join("kith-bad.tar.zst");
    for (bytes, expected) in [
        (whole[..whole.len() / 2].to_vec(), "the archive is damaged"),
        (
            {
                let mut changed = whole.clone();
                changed[whole.len() / 2] ^= 1;
                changed
            },
            "the archive is damaged",
        ),
        (b"BEGIN:VCARD".to_vec(), "this is no archive"),
    ] {
        std::fs::write(&bad, bytes).unwrap();
        fails(kith(&target).arg("restore").arg(&bad), 1, expected);
        assert!(!target.exists(), "nothing was written");
    }
    fails(
        kith(&target)
            .arg("restore")
            .arg(home.path().join("nowhere")),
        3,
        "there is no file",
    );
    fails(
        kith(&home.path().join("data")).arg("restore").arg(&archive),
        1,
        "is not empty",
    );
    let taken = home.path().join("taken");
    let server = Kith::start(&taken).await;
    fails(
        kith(&taken).arg("restore").arg(&archive),
        1,
        "another kith process holds",
    );
    server.kill();
    fails(
        kith(&target)
            .arg("restore")
            .arg(&archive)
            .args(["--identity", "/dev/null"]),
        2,
        "there is no key in it",
    );
    let data = home.path().join("data");
    fails(kith(&data).arg("backup"), 2, "<PLACE>");
    fails(kith(&data).arg("backup").arg(&bad), 1, "kith-bad.tar.zst");
    assert!(!target.exists());
}
