//! The service as a process of its own.

use std::process::ExitCode;

use skeleton_service::process::{self, Process};
use template::wiring;

fn main() -> ExitCode {
    let process = Process {
        name: wiring::NAME,
        address: "127.0.0.1:8410",
        // Every consumer of the product; here it is the only one.
        consumers: || vec![(wiring::NAME, wiring::KINDS.to_vec())],
        read: process::postgres,
        unbounded: &[],
        store: None,
    };
    process::run(process, async |context, store| {
        wiring::distributed(&context, &store).await
    })
}
