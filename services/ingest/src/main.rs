//! The service as a process of its own.

use std::process::ExitCode;

use kith_ingest::wiring;
use skeleton_service::process::{self, Process};

fn main() -> ExitCode {
    let process = Process {
        name: wiring::NAME,
        address: "127.0.0.1:8402",
        consumers: kith_shared::catalogue::consumers,
        read: |f| {
            (
                process::postgres(f),
                wiring::Settings::read(f),
                process::blobs(f),
            )
        },
        unbounded: &["/api/v1/imports"],
        store: Some(|(database, settings, files)| {
            Box::pin(async move { wiring::distributed_store(&settings, &database, &files).await })
        }),
    };
    process::run(process, async |context, (database, settings, files)| {
        wiring::distributed(&context, settings, &database, &files).await
    })
}
