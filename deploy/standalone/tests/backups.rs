//! Backups by themselves: made when they are due, tried, and told of when something is wrong.

#![allow(clippy::unwrap_used, clippy::panic)]

mod running;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use kith_standalone::backup::place;
use running::{Kith, command};
use serde_json::Value;

/// A command that knows where the backups are.
fn kith(data: &Path, place: &Path) -> Command {
    let mut command = command::kith(data);
    command.env("KITH_BACKUP_PLACE", place).arg("--json");
    command
}

/// What a command answers, and whether it found all well.
fn answer(command: &mut Command) -> (bool, Value) {
    let output = command.output().unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.success(), answer)
}

fn archives(place: &Path) -> Vec<PathBuf> {
    let files = std::fs::read_dir(place).into_iter().flatten();
    files.map(|file| file.unwrap().path()).collect()
}

/// What the doctor says of a task: whether it is well, and the words.
fn finding(data: &Path, place: &Path, what: &str) -> Option<(bool, String)> {
    let (_, findings) = answer(kith(data, place).arg("doctor"));
    let findings = findings["items"].as_array()?.clone();
    let finding = findings.into_iter().find(|one| one["what"] == what)?;
    let detail = finding["detail"].as_str().unwrap().to_owned();
    Some((finding["ok"] == true, detail))
}

fn letters(data: &Path) -> Vec<String> {
    let files = std::fs::read_dir(data.join("mail")).into_iter().flatten();
    let letters = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    letters
        .filter(|letter| letter.contains("To: operator@example.org"))
        .collect()
}

async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + Duration::from_secs(90);
    while !holds() {
        assert!(std::time::Instant::now() < end, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_made_and_tried_and_a_damaged_one_is_told_of() {
    skeleton_host::upstream::install_tls();
    let home = tempfile::tempdir().unwrap();
    let (data, place) = (home.path().join("data"), home.path().join("backups"));
    let address = place.to_str().unwrap();
    let settings = [
        ("KITH_BACKUP_PLACE", address),
        ("KITH_BACKUP_DRILL_EVERY", "10s"),
        ("KITH_BACKUP_NOTIFY", "operator@example.org"),
    ];
    let server = Kith::start_with(&data, &settings).await;
    server.sign_up().await;
    let is_well = |what| finding(&data, &place, what).is_some_and(|(ok, _)| ok);
    until("a backup", || is_well("backup")).await;
    until("a drill", || is_well("drill")).await;
    let made = archives(&place);
    assert_eq!(made.len(), 1);
    let listed = answer(kith(&data, &place).args(["backups", "list"])).1;
    assert_eq!(listed["items"][0]["reason"], "the newest");
    assert!(!data.join("drill").exists(), "nothing is left of the drill");

    // Newer by a second, and damaged in its middle.
    let name = made[0].file_name().unwrap().to_str().unwrap().to_owned();
    let named = place::named(&name).unwrap();
    let later = named.taken_at + Duration::from_secs(1);
    let planted = place.join(place::name_of(later, &named.instance, false));
    let mut bytes = std::fs::read(&made[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    std::fs::write(&planted, bytes).unwrap();
    until("a drill that fails", || {
        let name = planted.file_name().unwrap().to_str().unwrap();
        finding(&data, &place, "drill").is_some_and(|(ok, said)| !ok && said.contains(name))
    })
    .await;
    assert!(!answer(kith(&data, &place).arg("doctor")).0);
    until("a letter", || {
        letters(&data)
            .iter()
            .any(|letter| letter.contains("trial failed"))
    })
    .await;
    let metrics = reqwest::get(format!("{}/metrics", server.base)).await;
    let metrics = metrics.unwrap().text().await.unwrap();
    for line in [
        "task_failing{task=\"drill\"} 1",
        "task_failing{task=\"backup\"} 0",
        "task_last_success_timestamp_seconds{task=\"backup\"} ",
        "task_archive_bytes{task=\"backup\"} ",
        "task_oldest_archive_timestamp_seconds{task=\"backup\"} ",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    std::fs::remove_file(&planted).unwrap();
    until("a drill that succeeds", || is_well("drill")).await;
    until("another letter", || {
        letters(&data)
            .iter()
            .any(|letter| letter.contains("works again"))
    })
    .await;
    assert_eq!(letters(&data).len(), 2, "and not one for each attempt");

    // What is due is kept: a new process makes none before its time.
    let due = |listed: &Value| listed["tasks"][0]["due_at"].clone();
    let before = answer(kith(&data, &place).args(["backups", "list"])).1;
    server.kill();
    let server = Kith::start_with(&data, &settings).await;
    let drilled = |listed: &Value| listed["tasks"][1]["tried_at"].clone();
    until("a drill of the new process", || {
        let now = answer(kith(&data, &place).args(["backups", "list"])).1;
        now["tasks"][1].is_object() && drilled(&now) != drilled(&before)
    })
    .await;
    let after = answer(kith(&data, &place).args(["backups", "list"])).1;
    assert_eq!(due(&after), due(&before));
    assert_eq!(archives(&place), made);
    server.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_not_mounted_is_told_of_and_nothing_is_written_beside_it() {
    skeleton_host::upstream::install_tls();
    let home = tempfile::tempdir().unwrap();
    let (data, disk) = (home.path().join("data"), home.path().join("disk"));
    let place = disk.join("kith");
    let settings = [
        ("KITH_BACKUP_PLACE", place.to_str().unwrap()),
        ("KITH_BACKUP_EVERY", "10s"),
    ];
    let server = Kith::start_with(&data, &settings).await;
    until("the failure", || {
        finding(&data, &place, "backup").is_some_and(|(ok, said)| !ok && said.contains("mounted"))
    })
    .await;
    assert!(!disk.exists());
    std::fs::create_dir(&disk).unwrap();
    until("a backup", || {
        finding(&data, &place, "backup").is_some_and(|(ok, _)| ok)
    })
    .await;
    // A mount point that stays where its disk is gone is told of as well.
    let away = home.path().join("away");
    std::fs::rename(&place, &away).unwrap();
    until("the failure", || {
        finding(&data, &place, "backup").is_some_and(|(ok, said)| !ok && said.contains("mounted"))
    })
    .await;
    assert!(archives(&place).is_empty());
    for file in archives(&away) {
        std::fs::rename(&file, place.join(file.file_name().unwrap())).unwrap();
    }
    until("a backup", || {
        finding(&data, &place, "backup").is_some_and(|(ok, _)| ok)
    })
    .await;
    server.kill();
}
