//! Whoever upgrades finds everything as it was: every data folder that an earlier version left
//! opens, answers what it answered, and goes on. And the way back: this version opens what a later
//! one has migrated, unless that took away what this one needs.
//!
//! A release keeps one more folder beside those that there are (`tests/folders`), never instead:
//! `KITH_MAKE_FOLDER=2026-11-30 cargo nextest run -p kith-standalone --test upgraded --run-ignored
//! only`; `KITH_MAKE_WITH` names the program of that release where it is not this one.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

mod kept;
mod running;

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
};

use kept::{
    Kept, Said, User,
    asked::{self, LEFT_OUT},
    changed, later, lived,
    operator::holdings,
    stop,
};
use running::{
    Kith, Session,
    command::{kith, kith_of, said, succeeds},
};

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_kith"))
}

/// The folder, answering whoever was signed in what it answered then.
async fn answers_as_before(data: &Path, said: &Said) {
    let server = Kith::start(data).await;
    for user in &said.users {
        let session = signed_in(&server, user);
        let answers = asked::answers(&session).await;
        let differences = asked::all_differences(&user.answers, &answers);
        assert!(
            differences.is_empty(),
            "{}:\n{}",
            user.email,
            differences.join("\n")
        );
        for before in &user.creations {
            let again = asked::create(&session, &before.path, &before.key, before.body.clone());
            assert_eq!(again.await.answer, before.answer, "{}", before.path);
        }
    }
    assert_eq!(holdings(&server, data).await, said.holdings);
    stop(server);
}

fn signed_in<'a>(kith: &'a Kith, user: &User) -> Session<'a> {
    Session {
        kith,
        token: user.token.clone(),
    }
}

/// Everything can be changed, and afterwards all is well.
async fn goes_on(data: &Path, said: &Said) {
    let server = Kith::start(data).await;
    let ada = signed_in(&server, said.user(lived::ADA));
    let grace = signed_in(&server, said.user(lived::GRACE));
    changed::everything(&ada, &grace).await;
    agrees(&server, data).await;
    stop(server);
    succeeds(kith(data).arg("doctor"));
}

/// What is under way arrives, and then all services hold the same.
async fn agrees(server: &Kith, data: &Path) {
    let is_reconciled = || async {
        let output = kith(data).arg("reconcile").output().unwrap();
        output.status.success()
    };
    server.until("services that agree", is_reconciled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_folder_that_was_left_opens_answers_and_goes_on() {
    skeleton_host::upstream::install_tls();
    for kept in kept::folders() {
        let home = tempfile::tempdir().unwrap();
        let (data, there) = (home.path().join("data"), home.path().join("there"));
        kept.unpack(&data);
        answers_as_before(&data, &kept.said).await;
        succeeds(kith(&data).arg("doctor"));
        let reconciled = succeeds(kith(&data).arg("reconcile"));
        assert_eq!(reconciled, kept.said.reconciled, "{}", kept.name);

        let place = home.path().join("backups");
        succeeds(kith(&data).arg("backup").arg(&place));
        succeeds(kith(&there).arg("restore").arg(&place));
        answers_as_before(&there, &kept.said).await;

        goes_on(&data, &kept.said).await;
    }
}

/// The newest folder, opened by this version.
fn opened(home: &Path) -> (PathBuf, Kept) {
    let kept = kept::folders().pop().unwrap();
    let data = home.join("data");
    kept.unpack(&data);
    succeeds(kith(&data).arg("status"));
    (data, kept)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_later_version_has_added_is_borne() {
    skeleton_host::upstream::install_tls();
    let home = tempfile::tempdir().unwrap();
    let (data, kept) = opened(home.path());
    later::migrate(&data).await;
    warns(home.path(), &data).await;
    let (place, there) = (home.path().join("backups"), home.path().join("there"));
    succeeds(kith(&data).arg("backup").arg(&place));
    // It would have to fill columns that it does not know.
    let restore = kith(&there).arg("restore").arg(&place).output();
    let refused = said(&restore.unwrap());
    assert!(
        refused.contains("restore it with that version"),
        "{refused}"
    );
    assert!(!there.join("users").exists(), "nothing of it stays");
    answers_as_before(&data, &kept.said).await;
    goes_on(&data, &kept.said).await;
}

/// The log says of every owner of tables, in every store, that a later version was there.
async fn warns(home: &Path, data: &Path) {
    let log = home.join("log");
    let child = kith(data)
        .arg("serve")
        .env("KITH_ADDRESS", "127.0.0.1:0")
        .env("KITH_LOG__FILTER", "warn")
        .stdout(Stdio::null())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let server = Kith {
        child,
        base: String::new(),
    };
    let warnings = || {
        let said = std::fs::read_to_string(&log).unwrap();
        let warning = "a later version of the program has migrated the store";
        said.matches(warning).count()
    };
    let owners = 2 * kept::stores(data).len();
    let are_there = || async { warnings() == owners };
    server.until("a warning for each", are_there).await;
    stop(server);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_later_version_has_taken_away_is_refused() {
    skeleton_host::upstream::install_tls();
    let home = tempfile::tempdir().unwrap();
    let (data, _) = opened(home.path());
    for store in kept::stores(&data) {
        let before = std::fs::read(&store).unwrap();
        later::contract(&store).await;
        let refused = kith(&data)
            .arg("serve")
            .env("KITH_ADDRESS", "127.0.0.1:0")
            .output()
            .unwrap();
        let said = said(&refused);
        assert_eq!(refused.status.code(), Some(1), "{said}");
        assert!(said.contains("V99__contract_nickname"), "{said}");
        assert!(
            said.contains("start the later version, or restore a backup from before it"),
            "{said}"
        );
        std::fs::write(&store, before).unwrap();
    }
}

/// Makes the next folder to keep.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes a folder to keep"]
async fn a_folder_to_keep() {
    skeleton_host::upstream::install_tls();
    let name = std::env::var("KITH_MAKE_FOLDER").expect("KITH_MAKE_FOLDER is the name, a date");
    let with = std::env::var("KITH_MAKE_WITH").unwrap_or_else(|_| program().display().to_string());
    let with = Path::new(&with);
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");

    let server = Kith::start(&data).await;
    let mut users = lived::weeks(&server, &data).await;
    agrees(&server, &data).await;
    stop(server);
    lasts(&data).await;

    let server = Kith::start(&data).await;
    for user in &mut users {
        user.answers = asked::answers(&signed_in(&server, user)).await;
    }
    let holdings = holdings(&server, &data).await;
    stop(server);
    let reconciled = succeeds(kith_of(with, &data).arg("reconcile"));
    let version = kith_of(with, &data).arg("--version").output().unwrap();
    let left_out = LEFT_OUT.map(|(name, why)| (name.to_owned(), why.to_owned()));
    let said = Said {
        version: String::from_utf8(version.stdout).unwrap().trim().to_owned(),
        left_out: left_out.into(),
        users,
        holdings,
        reconciled,
    };
    tidy(&data).await;
    let bytes = kept::keep(&name, &data, &said);
    println!("{name}: {bytes} bytes");
}

/// A session ends after a month without use and an invitation after two weeks; those of a folder
/// that is kept for years do not.
async fn lasts(data: &Path) {
    let mut users = kept::database(&data.join("users/users.sqlite")).await;
    for text in [
        "UPDATE session SET expires_at = 4070908800000000",
        "UPDATE invitation SET expires_at = 4070908800000000 WHERE status = 'pending'",
    ] {
        sqlx::query(text).execute(&mut users).await.unwrap();
    }
    sqlx::Connection::close(users).await.unwrap();
}

/// What only a running process needs is not kept, nor what was deleted.
async fn tidy(data: &Path) {
    for file in ["lock", "server.json"] {
        let _ = std::fs::remove_file(data.join(file));
    }
    for store in kept::stores(data) {
        let mut on = kept::database(&store).await;
        sqlx::query("VACUUM").execute(&mut on).await.unwrap();
        sqlx::Connection::close(on).await.unwrap();
    }
}
