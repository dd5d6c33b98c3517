//! `kith serve`: all services in this process until told to stop.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread::JoinHandle,
    time::Duration,
};

use skeleton_host::{
    http,
    shutdown::Shutdown,
    telemetry::{self, DEFAULT_FILTER, TelemetrySettings},
};
use tokio::net::TcpListener;

use crate::{
    api::Api,
    backup::keep::Keeper,
    data::{self, DataFolder},
    disk::Disk,
    failure::Failure,
    output,
    program::Program,
    settings::{self, ProvenSignUps, Settings},
};

/// How often is looked whether a backup in hand has ended, at the end.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long nobody looks after backups once that has failed altogether.
const BEGIN_ANEW: Duration = Duration::from_secs(60);

/// Serves until SIGTERM or Ctrl-C; then finishes what is in hand.
///
/// # Errors
/// When settings are wrong, the folder is held by another process, or the address is taken.
pub async fn serve() -> Result<(), Failure> {
    let mut settings = Settings::load().map_err(|mistakes| Failure::Usage(mistakes.to_string()))?;
    quieten(&mut settings.telemetry);
    let _telemetry = telemetry::init(&settings.telemetry, "kith")
        .map_err(|error| Failure::Usage(format!("otlp_endpoint: {error}")))?;
    let data = DataFolder::try_hold(&settings.data)?.ok_or_else(|| taken(&settings))?;
    let listener = TcpListener::bind(settings.address).await.map_err(|error| {
        Failure::Failed(format!(
            "cannot listen at {}: {error}; set KITH_ADDRESS to an address that is free, \
             such as 127.0.0.1:8401",
            settings.address
        ))
    })?;
    let address = listener.local_addr()?;
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;

    let mut program = Program::compose(&settings, &data, &shutdown).await?;
    program.start();
    let folder = data.path().to_owned();
    shutdown.spawn("disk", Disk::show(folder, shutdown.token()));
    data.announce(address, program.operator().token())?;
    output::line(format_args!(
        "Kith is ready at {}",
        settings::url_of(address)
    ));
    output::line(format_args!(
        "Everything is kept in {}",
        data.path().display()
    ));
    if let Some(mail) = settings.mail.as_folder() {
        output::line(format_args!(
            "Mail is written to {} (set KITH_SMTP_URL to send it)",
            mail.display()
        ));
    }
    for line in what_holds(&settings) {
        output::line(format_args!("{line}"));
    }

    let keeper = keep_backups(&program, &settings, &shutdown)?;
    http::serve(program.front(), listener, &shutdown, &settings.serve).await;
    data.withdraw();
    if let Some(keeper) = keeper {
        let ended = async {
            while !keeper.is_finished() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        if tokio::time::timeout(settings.serve.deadline, ended)
            .await
            .is_err()
        {
            tracing::warn!("a backup does not end in time; it is made anew at the next start");
        }
    }
    if !program.end(settings.serve.deadline).await {
        tracing::warn!("some work was left undone; it goes on at the next start");
    }
    Ok(())
}

/// Looks after backups, on a thread of its own: what a backup reads and compresses holds up nobody's
/// request.
fn keep_backups(
    program: &Program,
    settings: &Settings,
    shutdown: &Shutdown,
) -> Result<Option<JoinHandle<()>>, Failure> {
    if settings.backups.place.is_none() {
        return Ok(None);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (schedule, mail) = (settings.backups.clone(), settings.mail.clone());
    let (api, stop) = (Api::of(program), shutdown.token());
    let keep = move || {
        while !stop.is_cancelled() {
            let keep = || {
                let keeper = Keeper::new(&api, &schedule, &mail, stop.clone());
                tokio::task::LocalSet::new().block_on(&runtime, keeper.keep())
            };
            // The panic itself was reported where it happened.
            match catch_unwind(AssertUnwindSafe(keep)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!(%error, "backups are not looked after"),
                Err(_) => tracing::error!("whoever looks after backups failed; begun anew"),
            }
            runtime.block_on(stop.run_until_cancelled(tokio::time::sleep(BEGIN_ANEW)));
        }
    };
    let thread = std::thread::Builder::new().name("backups".to_owned());
    Ok(Some(thread.spawn(keep)?))
}

/// What follows from the settings and is easily overlooked.
fn what_holds(settings: &Settings) -> Vec<&'static str> {
    let mut lines = vec![match settings.proven_sign_ups {
        ProvenSignUps::None => "Whoever signs up proves the address with the code in the mail",
        ProvenSignUps::OnThisMachine => {
            "Whoever signs up on this machine itself, not through a proxy, need not prove the \
             address (KITH_TRUST_SIGN_UP_ADDRESSES=false ends that)"
        }
        ProvenSignUps::All => {
            "Nobody who signs up needs to prove the address, as KITH_TRUST_SIGN_UP_ADDRESSES says"
        }
    }];
    if settings.backups.place.is_none() {
        lines.push(
            "No backups are made: set KITH_BACKUP_PLACE to a folder on another disk, or s3://…",
        );
    }
    match &settings.public_url {
        None => lines.push("Mail has no links: set KITH_PUBLIC_URL to where people reach this"),
        Some(url) if url.starts_with("https:") && settings.gateway.trusted_proxies.is_empty() => {
            lines.push(
                "The proxy that speaks TLS is not known, so cookies are not bound to TLS: set \
                 KITH_GATEWAY__TRUSTED_PROXIES to where it comes from",
            );
        }
        Some(_) => {}
    }
    lines
}

/// Where somebody looks, and did not ask for it: no word on each request, which would bury what
/// matters.
fn quieten(telemetry: &mut TelemetrySettings) {
    if telemetry.filter == DEFAULT_FILTER && output::is_watched() {
        telemetry.filter += ",skeleton_host::http=warn";
    }
}

fn taken(settings: &Settings) -> Failure {
    let path = settings.data.display();
    let who = data::server_of(&settings.data).map_or_else(
        || "another kith process".to_owned(),
        |server| {
            let url = settings::url_of(server.address);
            format!("the server at {url} (process {})", server.pid)
        },
    );
    Failure::Failed(format!(
        "{who} holds the data folder {path}; stop it, or set KITH_DATA to another folder"
    ))
}
