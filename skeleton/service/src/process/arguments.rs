//! What can be said on the command line of a service, and what is said back.

use std::fmt::Display;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use skeleton_host::product::SETTINGS_PREFIX;

/// The percent sign stands for what the product's settings start with.
const SETTINGS: &str = "\
Settings come from the environment, or from a TOML file that %CONFIG names; the environment wins.
Every mistake in them is told at once. Common to all services:
  %ADDRESS            where to listen
  %STORE              the service's own store
  %STORE_CONNECTIONS  most connections to it, 12
  %BUS                the broker, amqp://user:password@host:5672/vhost
  %EXCHANGE           name of the exchange
  %TOPOLOGY              everything: it declares every queue; own: its own, an operator the rest
  %KEYS               where the gateway's public keys are, http://gateway:8400/.well-known/jwks.json
  %LOG__FILTER        as RUST_LOG
  %SERVE__DRAIN       how long to go on serving after SIGTERM, until load balancers have
                      noticed, 4s
  %SERVE__DEADLINE    how long work in hand may then take, 30s
  %SERVE__MAX_CONNECTIONS, %SERVE__MAX_CONNECTIONS_PER_ADDRESS
                      most connections, 8192 or what the limit of open files allows; from one
                      address any number, at the gateway 64, proxies and this machine apart

Exit codes: 0 ended as asked, 1 failed, 2 wrong usage or settings.";

/// One service as a process of its own.
#[derive(Parser)]
#[command(version, max_term_width = 100)]
struct Line {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run until stopped; the default.
    Serve,
    /// Ask the process that listens at the address of the settings whether it lives: exit code 0 if so.
    Probe,
}

/// What to do.
pub(super) enum Arguments {
    /// Run.
    Serve,
    /// Ask a running one.
    Probe,
}

impl Arguments {
    /// Ends the process when it was called wrongly or asked for help.
    pub(super) fn of_this_process(name: &'static str) -> Self {
        let matches = Line::command()
            .name(name)
            .after_help(SETTINGS.replace('%', SETTINGS_PREFIX))
            .get_matches();
        let line = Line::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        match line.command {
            None | Some(Command::Serve) => Self::Serve,
            Some(Command::Probe) => Self::Probe,
        }
    }
}

/// Tells whoever started the process.
#[allow(clippy::print_stderr, reason = "there is no log yet, or no more")]
pub(super) fn complain(who: &str, what: &dyn Display) {
    eprintln!("{who}: {what}");
}
