//! Measures how long files take from the upload until they were read, and the peak of memory:
//!
//! ```text
//! cargo run --release -p kith-ingest --example measure_import -- 25000 1000
//! ```
//!
//! The first number is how many contacts, the second how many megabytes of mail.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for measuring"
)]

use std::{
    fs::File,
    io::{BufWriter, Cursor},
    path::Path,
    sync::Arc,
    time::Duration,
};

use kith_ingest::wiring::{self, Settings};
use kith_shared::{events::users::AccountChanged, ids::AccountId, keys::KeyHasher};
use serde_json::Value;
use skeleton_durable::{
    Cause, Envelope,
    bus::{Bus, in_process::InProcessBus},
    clock::{Clock, SystemClock},
};
use skeleton_host::{
    http::{Body, Method},
    shutdown::Shutdown,
    testing::{TestClient, TestResponse, verifier_for},
};
use skeleton_service::Context;
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|it| it.parse::<u64>().unwrap());
    let contacts = arguments.next().unwrap_or(25_000);
    let mail_megabytes = arguments.next().unwrap_or(100);
    let folder = tempfile::tempdir().unwrap();
    let (bus, shutdown) = (Arc::new(InProcessBus::default()), Shutdown::new());
    let (tokens, signer) = verifier_for("ingest");
    let context = Context {
        data: folder.path().to_owned(),
        bus: bus.clone(),
        clock: Arc::new(SystemClock),
        tokens,
        shutdown: shutdown.clone(),
    };
    let settings = Settings::new(KeyHasher::new(&[7; 32]));
    let mut service = wiring::standalone(&context, settings).await.unwrap();
    service.start(&shutdown);
    let account = AccountId::generate();
    let event = AccountChanged {
        account_id: account,
        version: 1,
        display_name: "Sample Owner".to_owned(),
        email: "owner@example.org".to_owned(),
        time_zone: "UTC".to_owned(),
        region: None,
        addresses: Vec::new(),
    };
    let envelope = Envelope::seal(&event, SystemClock.now(), &Cause::default());
    bus.publish(&[envelope]).await.unwrap();
    let client = TestClient::new(service.routes, signer, "ingest").as_account(account.0);

    let count = usize::try_from(contacts).unwrap();
    let file = folder.path().join("file");
    kith_sample::large_linkedin_csv(1, count, &mut create(&file)).unwrap();
    measure(&client, "Connections.csv", &file).await;
    measure(&client, "Connections again.csv", &file).await;
    kith_sample::large_google_csv(1, count, &mut create(&file)).unwrap();
    measure(&client, "Google.csv", &file).await;
    if mail_megabytes > 0 {
        kith_sample::large_mbox(1, mail_megabytes << 20, &mut create(&file)).unwrap();
        measure(&client, "Mail.mbox", &file).await;
    }
    shutdown.request();
    shutdown.finish(Duration::from_secs(10)).await;
}

fn create(file: &Path) -> BufWriter<File> {
    BufWriter::new(File::create(file).unwrap())
}

/// Sends the file as a browser does, a piece at a time.
async fn send(client: &TestClient, name: &str, file: &Path) -> TestResponse {
    let head = format!(
        "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n"
    );
    let content = tokio::fs::File::open(file).await.unwrap();
    let whole = Cursor::new(head)
        .chain(content)
        .chain(Cursor::new("\r\n--b--\r\n"));
    let body = Body::from_stream(ReaderStream::with_capacity(whole, 64 << 10));
    let request = client.request(Method::POST, "/api/v1/imports");
    request.body("multipart/form-data; boundary=b", body).await
}

async fn measure(client: &TestClient, name: &str, file: &Path) {
    let started = SystemClock.now();
    let length = std::fs::metadata(file).unwrap().len();
    let taken: Value = send(client, name, file).await.json();
    let uploaded = SystemClock.now().duration_since(started);
    let path = format!("/api/v1/imports/{}", taken["id"].as_str().unwrap());
    let import = loop {
        let import: Value = client.get(&path).await.json();
        if import["stage"] == "applying" || import["finished_at"].is_string() {
            break import;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let read = SystemClock.now().duration_since(started);
    println!(
        "{name}: {} MB, uploaded after {uploaded:#}, read after {read:#}, {}; most memory {}",
        length >> 20,
        import["counts"],
        most_memory(),
    );
}

/// Of the whole process.
fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.map_or_else(
        || "unknown".to_owned(),
        |line| line["VmHWM:".len()..].trim().to_owned(),
    )
}
