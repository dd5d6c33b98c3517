//! The service as a process of its own.

use std::process::ExitCode;

use kith_network::wiring;
use skeleton_service::process::{self, Process};

fn main() -> ExitCode {
    let process = Process {
        name: wiring::NAME,
        address: "127.0.0.1:8403",
        consumers: kith_shared::catalogue::consumers,
        read: |f| {
            let settings = f.section("network", wiring::Settings::read);
            (process::neo4j(f), settings)
        },
        unbounded: &[],
        store: Some(|(database, _)| {
            Box::pin(async move { wiring::distributed_store(&database).await })
        }),
    };
    process::run(process, async |context, (database, settings)| {
        wiring::distributed(&context, settings, &database).await
    })
}
