//! Backups of a deployment by themselves: of several that could make them one does, and another goes on
//! when that one is killed.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::{
    ONE,
    deployment::{Deployment, until},
    moved::kith,
};

const EVERY: SignedDuration = SignedDuration::from_secs(10);

fn keeper(home: &Path, gateway: &str, token: &str) -> Command {
    let mut keeper = kith(&home.join("nothing"), &["backups", "keep"]);
    keeper
        .env("KITH_SERVER", format!("http://{gateway}"))
        .env("KITH_TOKEN", token)
        .env("KITH_BACKUP_PLACE", home.join("backups"))
        .env("KITH_BACKUP_EVERY", "10s")
        .kill_on_drop(true);
    keeper
}

/// The moments of the archives that there are, by their names.
fn moments(place: &Path) -> Vec<Timestamp> {
    let files = std::fs::read_dir(place).into_iter().flatten();
    let mut moments: Vec<Timestamp> = files
        .filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            let (time, _) = name.rsplit_once('-')?;
            let time = jiff::civil::DateTime::strptime("kith-%Y%m%dT%H%M%SZ", time).ok()?;
            Some(time.in_tz("UTC").unwrap().timestamp())
        })
        .collect();
    moments.sort_unstable();
    moments
}

async fn until_there_are(place: &Path, count: usize) {
    until(&format!("{count} backups"), async || {
        let found = moments(place).len();
        if found >= count {
            Ok(())
        } else {
            Err(format!("{found}"))
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_several_makes_them_and_another_goes_on() {
    let _one = ONE.lock().await;
    let home = tempfile::tempdir().unwrap();
    let place = home.path().join("backups");
    let deployment = Deployment::fresh(2).await;
    let token = deployment.operator();
    let start = |gateway: &String| -> Child {
        let mut keeper = keeper(home.path(), gateway, &token);
        keeper.spawn().unwrap()
    };
    let mut keepers: Vec<Child> = deployment.gateways().iter().map(start).collect();
    until_there_are(&place, 2).await;
    keepers[0].kill().await.unwrap();
    until_there_are(&place, 3).await;
    keepers.push(start(&deployment.gateways()[0]));
    keepers[1].kill().await.unwrap();
    until_there_are(&place, 4).await;

    for pair in moments(&place).windows(2) {
        let apart = pair[1].duration_since(pair[0]);
        assert!(
            apart >= EVERY - SignedDuration::from_secs(2),
            "{apart} apart"
        );
    }
    let (code, said) = deployment.kith(&["doctor", "--json"]).await;
    assert_eq!(code, 0, "{said}");
    let findings: Value = serde_json::from_str(&said).unwrap();
    let findings = findings["items"].as_array().unwrap();
    for task in ["backup", "drill"] {
        let found = findings.iter().find(|one| one["what"] == task).unwrap();
        let said = found["detail"].as_str().unwrap();
        assert!(said.starts_with("kith-"), "{said}");
    }
}
