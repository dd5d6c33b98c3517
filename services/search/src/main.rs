//! The service as a process of its own.

use std::process::ExitCode;

use kith_search::wiring;
use skeleton_service::process::{self, Process};

fn main() -> ExitCode {
    let process = Process {
        name: wiring::NAME,
        address: "127.0.0.1:8404",
        consumers: kith_shared::catalogue::consumers,
        read: |f| {
            let index = wiring::index_url(f);
            (process::postgres(f), wiring::Settings::read(f), index)
        },
        unbounded: &[],
        store: Some(|(database, _, _)| {
            Box::pin(async move { wiring::distributed_store(&database).await })
        }),
    };
    process::run(process, async |context, (database, settings, index)| {
        wiring::distributed(&context, settings, &database, index.expose()).await
    })
}
