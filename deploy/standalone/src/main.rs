//! The program `kith`.

use std::process::ExitCode;

use clap::Parser;
use kith_standalone::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kith_standalone::cli::run(Cli::parse())
}
