//! The service as a process of its own.

use std::process::ExitCode;

use kith_users::wiring;
use skeleton_service::process::{self, Process};

fn main() -> ExitCode {
    let process = Process {
        name: wiring::NAME,
        address: "127.0.0.1:8401",
        consumers: kith_shared::catalogue::consumers,
        read: |f| (process::postgres(f), wiring::Settings::read(f)),
        unbounded: &[],
        store: Some(|(database, settings)| {
            Box::pin(async move { wiring::distributed_store(&settings, &database).await })
        }),
    };
    process::run(process, async |context, (database, settings)| {
        wiring::distributed(&context, settings, &database).await
    })
}
