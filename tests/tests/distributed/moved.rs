//! A family's data folder moves to the engines and back, with a kill in between: the same people, ids,
//! sessions, tags and notes.

use std::{path::Path, process::Stdio, time::Duration};

use kith_tests::disturbance::{connections, tables};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    ONE,
    client::Client,
    deployment::{Deployment, engines_folder, programs},
};

const PEOPLE: usize = 800;
const EMAIL: &str = "ada@example.org";

/// `kith` on a data folder of its own.
pub(crate) fn kith(data: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(programs().join("kith"));
    command
        .args(arguments)
        // What tells the tests where the engines are is no setting of the program's.
        .env_clear()
        .env("KITH_DATA", data)
        .env("KITH_LOG__FILTER", "error")
        .env("KITH_PASSWORD", "correct horse battery")
        .stdin(Stdio::null());
    command
}

async fn succeeds(mut command: Command) -> Value {
    let output = command.arg("--json").output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

async fn fails(mut command: Command, expected: &str) {
    let output = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{command:?}");
    assert!(said.contains(expected), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_folder_moves_to_the_engines_and_back() {
    let _one = ONE.lock().await;
    let home = tempfile::tempdir().unwrap();
    let (here, back) = (home.path().join("here"), home.path().join("back"));
    let deployment = Deployment::awaiting_a_restore().await;

    let csv = home.path().join("Connections.csv");
    std::fs::write(&csv, connections(PEOPLE)).unwrap();
    let name = ["account", "create", "--email", EMAIL, "--name", "Ada"];
    succeeds(kith(&here, &name)).await;
    let file = csv.to_str().unwrap();
    succeeds(kith(&here, &["import", file, "--account", EMAIL])).await;
    let place = home.path().join("backups");
    let place = place.to_str().unwrap();
    let before = succeeds(kith(&here, &["backup", place])).await;

    let (url, token) = (deployment.url(), deployment.operator());
    let there = ["move", "--to", &url, "--to-token", &token];
    fails(kith(&here, &there), "another key-hash").await;
    // As the operator is told to: the key of the folder becomes the deployment's.
    deployment.services(&["end"]).await;
    let key = engines_folder().join("secrets/key-hash");
    std::fs::copy(here.join("secrets/key-hash"), key).unwrap();
    deployment.await_a_restore().await;

    let mut killed = kith(&here, &there).kill_on_drop(true).spawn().unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    killed.kill().await.unwrap();
    succeeds(kith(&here, &there)).await;
    deployment.settled().await;
    let (code, said) = deployment.kith(&["doctor"]).await;
    assert_eq!(code, 0, "{said}");
    let (code, said) = deployment.kith(&["backup", place, "--json"]).await;
    assert_eq!(code, 0, "{said}");
    let said = said.split("\nIt is not").next().unwrap().to_owned();
    let after: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(tables(&after), tables(&before));
    fails(kith(&here, &there), "does not wait for a restore").await;

    let ada = Client::sign_in(&deployment.url(), EMAIL).await;
    let people = ada.get("/people?limit=1").await;
    let person = people["items"][0]["id"].as_str().unwrap().to_owned();
    let note = json!({"text": "Met in Turin"});
    ada.made(&format!("/people/{person}/notes"), &note).await;
    let tag = format!("/people/{person}/tags/chess");
    ada.attempt(Method::PUT, &tag, None).await.unwrap();
    deployment.settled().await;
    let (code, said) = deployment.kith(&["backup", place, "--json"]).await;
    assert_eq!(code, 0, "{said}");
    let said = said.split("\nIt is not").next().unwrap().to_owned();
    let carried: Value = serde_json::from_str(&said).unwrap();

    let mut home_again = kith(&here, &["move", "--to", back.to_str().unwrap()]);
    home_again
        .env("KITH_SERVER", &url)
        .env("KITH_TOKEN", &token);
    succeeds(home_again).await;
    let again = succeeds(kith(&back, &["backup", place])).await;
    assert_eq!(tables(&again), tables(&carried));
    succeeds(kith(&back, &["reconcile"])).await;
}

/// The server that the scripts start beside the engines; see `deploy/local/objects.sh`.
#[tokio::test(flavor = "multi_thread")]
async fn backups_on_a_server_are_made_checked_and_restored() {
    let server = std::env::var("KITH_TEST_OBJECTS")
        .expect("KITH_TEST_OBJECTS must hold the address of an S3-compatible server");
    let server = url::Url::parse(&server).unwrap();
    let endpoint = format!(
        "http://{}:{}",
        server.host_str().unwrap(),
        server.port().unwrap()
    );
    let on_the_server = |data: &Path, arguments: &[&str]| {
        let mut command = kith(data, arguments);
        command
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", server.username())
            .env("AWS_SECRET_ACCESS_KEY", server.password().unwrap());
        command
    };
    let home = tempfile::tempdir().unwrap();
    let (here, there) = (home.path().join("here"), home.path().join("there"));
    let csv = home.path().join("Connections.csv");
    std::fs::write(&csv, connections(PEOPLE)).unwrap();
    let name = ["account", "create", "--email", EMAIL, "--name", "Ada"];
    succeeds(kith(&here, &name)).await;
    let import = ["import", csv.to_str().unwrap(), "--account", EMAIL];
    succeeds(kith(&here, &import)).await;

    let place = format!("s3://backups/{}", uuid::Uuid::now_v7());
    fails(
        on_the_server(&here, &["verify", &place]),
        "there is no backup",
    )
    .await;
    let made = succeeds(on_the_server(&here, &["backup", &place])).await;
    let archive = format!("{place}/{}", made["name"].as_str().unwrap());
    let verified = succeeds(on_the_server(&here, &["verify", &archive])).await;
    assert_eq!(verified["services"], made["services"]);
    succeeds(on_the_server(&there, &["restore", &place])).await;
    let again = home.path().join("again");
    let again = succeeds(kith(&there, &["backup", again.to_str().unwrap()])).await;
    assert_eq!(tables(&again), tables(&made));
    let mut elsewhere = on_the_server(&here, &["backup", "s3://nowhere/kith"]);
    elsewhere.env("AWS_SECRET_ACCESS_KEY", "wrong");
    fails(elsewhere, "privileges").await;
}
