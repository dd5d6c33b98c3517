//! The program `kith`.

use std::process::ExitCode;

use clap::Parser;
use kith_standalone::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // What it writes holds people's data and keys: nobody else's to read.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    kith_standalone::cli::run(Cli::parse())
}
