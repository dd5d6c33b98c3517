//! The gateway as a process of its own.

use std::process::ExitCode;

use kith_gateway::{
    domain::routes,
    wiring::{self, process},
};
use kith_shared::catalogue;
use skeleton_service::process::{Process, run_front};

fn main() -> ExitCode {
    let process = Process::<process::Settings> {
        name: wiring::NAME,
        address: "127.0.0.1:8400",
        consumers: catalogue::consumers,
        read: process::Settings::read,
        unbounded: routes::UPLOADS,
        store: None,
    };
    let proxies = |settings: &process::Settings| settings.gateway.trusted_proxies.clone();
    run_front(process, proxies, async |context, settings| {
        process::open(&context, settings).await
    })
}
