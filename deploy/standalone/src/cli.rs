//! What can be said on the command line.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::{
    commands::{
        self, account, announce, backup, backups, import, imports, move_to, outbox, parked, path,
        people, reconcile, restore, topology, verify,
    },
    failure::Failure,
    output,
};

const EXAMPLES: &str = "\
Examples:
  kith                                          run the server and the web app
  kith account create --email ada@example.com --name \"Ada Lovelace\"
  kith import Connections.csv sent.mbox --account ada@example.com
  kith imports cancel ID --account ada@example.com
  kith people lund --account ada@example.com
  kith path --to \"Bo Lund\" --account ada@example.com
  kith path --to-organisation Acme --account ada@example.com --json | jq '.items[0]'

Never losing it:
  kith backup /media/disk/kith                  everything in one file, while it runs
  KITH_BACKUP_PLACE=/media/disk/kith kith       the same every hour, thinned by age, tried weekly
  kith verify /media/disk/kith                  is the newest whole, and what is in it
  KITH_DATA=/srv/kith kith restore /media/disk/kith

Operating it, in one process or with a process per service:
  kith doctor                                   is everything well, and what to do if not
  kith parked list                              events that wait for a decision
  kith reconcile                                do the services' stores agree
  kith announce --from ingest --to search       tell the state again, to rebuild an index
  KITH_BROKER=http://… kith topology plan       does the broker have every queue and binding

While a server runs, commands talk to it; else they open the data folder themselves, do their work
and close it. On this machine no password is needed: --account says for whom. From elsewhere give
--server and --token (the token that POST /api/v1/sessions answers, or the operator's token of a
deployment with a process per service).

Settings (environment, or a TOML file that KITH_CONFIG names):
  KITH_ADDRESS   where to listen, 127.0.0.1:8400
  KITH_DATA      the data folder, ~/.local/share/kith
  KITH_SMTP_URL  a mail server, smtps://user:password@host:465; without it mail goes to files
  KITH_SMTP_FROM whom mail comes from, \"Kith <kith@example.com>\"
  KITH_PUBLIC_URL  where people reach it, https://kith.example.com
  KITH_HOSTS     more names that it answers under, mybox.local; else only addresses and localhost
  KITH_GATEWAY__TRUSTED_PROXIES  proxies that are believed, 10.0.0.0/8,192.0.2.1
  KITH_BACKUP_PLACE  where backups go by themselves; `kith backups --help` has the rest
  KITH_TRUST_SIGN_UP_ADDRESSES   whether whoever signs up need not prove the address: true, false;
                 unset: on this machine itself, while no mail server, proxy or name is set

Exit codes:
  0 done   1 failed   2 wrong usage or settings   3 not found, no path   4 cannot reach the server";

/// Find the warmest way to anyone through the people you know.
#[derive(Parser, Debug)]
#[command(name = "kith", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    /// What all commands understand.
    #[command(flatten)]
    pub global: Global,
    /// What to do; `serve` when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What all commands understand.
#[derive(Args, Debug, Clone, Default)]
pub struct Global {
    /// Write the result as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// A server to talk to, instead of the one that holds the data folder.
    #[arg(long, global = true, value_name = "URL", env = "KITH_SERVER")]
    pub server: Option<String>,
    /// The token of a session, or the operator's.
    #[arg(
        long,
        global = true,
        value_name = "TOKEN",
        env = "KITH_TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,
    /// The account to act for, by its e-mail address (on this machine, or with the operator's token).
    #[arg(long, global = true, value_name = "EMAIL", env = "KITH_ACCOUNT")]
    pub account: Option<String>,
}

/// A command.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run the server and the web app until stopped.
    Serve,
    /// Bring in exports: LinkedIn and Google CSV, vCard, mbox; wait until all is searchable.
    Import(import::Import),
    /// Imports that wait, run or have ended.
    #[command(subcommand)]
    Imports(imports::Imports),
    /// Show the warmest ways to a person or an organisation, with the evidence.
    Path(path::FindPath),
    /// Search people: names, organisations, titles, addresses.
    People(people::People),
    /// Accounts.
    #[command(subcommand)]
    Account(account::Account),
    /// Events that could not be handled and wait for a decision.
    #[command(subcommand)]
    Parked(parked::Parked),
    /// Events that wait to leave a service.
    #[command(subcommand)]
    Outbox(outbox::Outbox),
    /// Have a publisher tell its current state again to one consumer.
    Announce(announce::Announce),
    /// Compare what the services' stores hold: counts and digests by account.
    Reconcile(reconcile::Reconcile),
    /// Exchange and queues of a broker: what differs, and mending it.
    #[command(subcommand)]
    Topology(topology::TopologyCommand),
    /// Everything in one archive, in a folder or on an S3-compatible server, while Kith runs.
    Backup(backup::Backup),
    /// Archives that are made by themselves: which there are, and whether they can be restored.
    #[command(subcommand)]
    Backups(backups::Backups),
    /// Whether an archive is whole, and what it holds.
    Verify(verify::Verify),
    /// Make a data folder out of an archive.
    Restore(restore::Restore),
    /// Everything to another kind of store: from one process to a process per service, or back.
    Move(move_to::Move),
    /// Look at everything that must be well, and say what to do where it is not.
    Doctor,
    /// Say whether the server on this machine lives: nothing, and 0 if so.
    Probe,
    /// Say what runs, and whether anything waits for a decision.
    Status,
    /// Print the OpenAPI document of the whole API.
    Openapi,
}

/// Does what was asked; the exit code tells scripts how it went.
#[must_use]
pub fn run(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            output::note(format_args!("kith: cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(run_command(cli));
    // What hangs must not keep the program from ending.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::note(format_args!("kith: {failure}"));
            ExitCode::from(&failure)
        }
    }
}

async fn run_command(cli: Cli) -> Result<(), Failure> {
    let global = cli.global;
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => commands::serve::serve().await,
        Command::Import(command) => import::import(&global, &command).await,
        Command::Imports(command) => imports::imports(&global, &command).await,
        Command::Path(command) => path::find_path(&global, &command).await,
        Command::People(command) => people::people(&global, &command).await,
        Command::Account(command) => account::account(&global, &command).await,
        Command::Parked(command) => parked::parked(&global, &command).await,
        Command::Outbox(command) => outbox::outbox(&global, &command).await,
        Command::Announce(command) => announce::announce(&global, &command).await,
        Command::Reconcile(command) => reconcile::reconcile(&global, &command).await,
        Command::Topology(command) => topology::topology(&global, &command).await,
        Command::Backup(command) => backup::backup(&global, &command).await,
        Command::Backups(command) => backups::backups(&global, &command).await,
        Command::Verify(command) => verify::verify(&global, &command).await,
        Command::Restore(command) => restore::restore(&global, &command).await,
        Command::Move(command) => move_to::move_to(&global, &command).await,
        Command::Doctor => commands::doctor::doctor(&global).await,
        Command::Probe => commands::probe::probe().await,
        Command::Status => commands::status::status(&global).await,
        Command::Openapi => commands::openapi::openapi().await,
    }
}
