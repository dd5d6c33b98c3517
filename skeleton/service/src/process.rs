//! A service as a process of its own: what the `main.rs` of every service runs.
//!
//! Settings are checked whole. Then the process listens, so that probes are answered from the
//! first moment, and opens the service; a store that is away delays that and never ends the
//! process. From SIGTERM on nothing new is taken from the bus, requests are served until load
//! balancers have noticed, what is in hand is finished.

mod arguments;
mod broker;
mod late;
mod restoring;
mod settings;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ipnet::IpNet;
use skeleton_durable::clock::SystemClock;
use skeleton_host::{
    auth::{KeySource, TokenVerifier},
    health::{self, Health},
    http::{self, PerAddress, Stack},
    product::SETTINGS_PREFIX,
    settings::{Fields, Source},
    shutdown::Shutdown,
    telemetry,
};
use tokio::{net::TcpListener, sync::Notify};

use self::{arguments::Arguments, late::Late, settings::Common};
use crate::{Context, Service};

pub use self::restoring::{Filling, OpenToFill};
#[cfg(feature = "s3")]
pub use self::settings::blobs;
#[cfg(feature = "neo4j")]
pub use self::settings::neo4j;
#[cfg(feature = "postgres")]
pub use self::settings::postgres;

/// Every consumer with the event types that it wants.
pub type Consumers = Vec<(&'static str, Vec<&'static str>)>;

/// What tells one service's process from another's.
pub struct Process<S> {
    /// The service's name: `users`.
    pub name: &'static str,
    /// Where it listens unless told otherwise.
    pub address: &'static str,
    /// Who wants which events, all consumers of the product.
    pub consumers: fn() -> Consumers,
    /// Reads the service's own settings.
    pub read: fn(&mut Fields<'_>) -> S,
    /// Routes that may take as long as they need.
    pub unbounded: &'static [&'static str],
    /// Opens its store alone, to be filled by a restore; none where all of it is rebuilt from what
    /// others tell.
    pub store: Option<OpenToFill<S>>,
}

/// Whose connections are not bounded one address at a time, for the process that everybody reaches.
type Unbounded<S> = fn(&S) -> Vec<IpNet>;

/// Connections of one address to the process that everybody reaches.
const PER_ADDRESS: PerAddress = PerAddress::UnlessLocal(64);

/// Waits between attempts to open the service.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Runs the process of a service that only a gateway's replicas reach to its end.
///
/// `open` opens the service's stores and subscribes to the bus; it is tried again until it goes well.
pub fn run<S, O>(process: Process<S>, open: O) -> ExitCode
where
    S: Clone,
    O: AsyncFn(Context, S) -> anyhow::Result<Service>,
{
    run_either(process, None, open)
}

/// The same for the process that everybody reaches: one address has so many connections and no
/// more, but for those that `unbounded` finds in the settings, such as proxies.
pub fn run_front<S, O>(process: Process<S>, unbounded: fn(&S) -> Vec<IpNet>, open: O) -> ExitCode
where
    S: Clone,
    O: AsyncFn(Context, S) -> anyhow::Result<Service>,
{
    run_either(process, Some(unbounded), open)
}

fn run_either<S, O>(process: Process<S>, front: Option<Unbounded<S>>, open: O) -> ExitCode
where
    S: Clone,
    O: AsyncFn(Context, S) -> anyhow::Result<Service>,
{
    let arguments = Arguments::of_this_process(process.name);
    let file = std::env::var_os(format!("{SETTINGS_PREFIX}CONFIG")).map(std::path::PathBuf::from);
    let source = Source::load(SETTINGS_PREFIX, file.as_deref());
    let per_address = front.map_or(PerAddress::Any, |_| PER_ADDRESS);
    let read = source.read(|f| {
        let common = Common::read(f, process.address, per_address);
        (common, (process.read)(f))
    });
    let (common, own) = match read {
        Ok((mut common, own)) => {
            common.serve.unbounded = front.map_or_else(Vec::new, |unbounded| unbounded(&own));
            (common, own)
        }
        Err(mistakes) => {
            arguments::complain(process.name, &mistakes);
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            arguments::complain(process.name, &error);
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        match arguments {
            Arguments::Serve => serve(process, common, own, open).await,
            Arguments::Probe => Ok(health::probe(common.address).await?),
        }
    });
    // What hangs must not keep the process from ending.
    runtime.shutdown_timeout(Duration::from_secs(1));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            arguments::complain("failed", &format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve<S, O>(process: Process<S>, common: Common, own: S, open: O) -> anyhow::Result<()>
where
    S: Clone,
    O: AsyncFn(Context, S) -> anyhow::Result<Service>,
{
    let name = process.name;
    let _telemetry = telemetry::init(&common.telemetry, name)?;
    let listener = TcpListener::bind(common.address)
        .await
        .map_err(|error| anyhow::anyhow!("cannot listen at {}: {error}", common.address))?;
    tracing::info!(service = name, address = %common.address, version = env!("CARGO_PKG_VERSION"), "listening");
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let health = Health::new(shutdown.clone());
    let late = Late::default();
    health.check("service", late.ready_check());
    let front = late.beneath(health.routes());
    let serving = {
        let (shutdown, settings) = (shutdown.clone(), common.serve.clone());
        tokio::spawn(async move { http::serve(front, listener, &shutdown, &settings).await })
    };

    let bus = broker::connect(&common, name, (process.consumers)(), &shutdown);
    let was_there = broker::was_there(&bus);
    health.check("bus", move || was_there());
    let tokens = TokenVerifier::new(name, &[]);
    if !common.keys.is_empty() {
        let keys = KeySource::new(common.keys.clone(), tokens.clone())?;
        health.check("keys", keys.ready_check());
        shutdown.spawn("keys", keys.follow(shutdown.token()));
    }
    let context = Context {
        data: common.data.clone(),
        bus: bus.clone(),
        clock: Arc::new(SystemClock),
        tokens,
        shutdown: shutdown.clone(),
    };
    if let Some(open) = process.store.filter(|_| common.restore) {
        let stack = Stack::new(name, &common.http);
        fill(&context, &own, open, (&late, &health, stack)).await;
    }
    if let Some(mut service) = patiently(&context, &own, &open, &late).await {
        for (check, ask) in &service.ready {
            let ask = ask.clone();
            health.check(check, move || ask());
        }
        service.ready.push(("bus", broker::is_there(&bus)));
        let mut service = service.with_operations(&context);
        let mut stack = Stack::new(name, &common.http);
        for route in process.unbounded {
            stack = stack.without_timeout(route);
        }
        service.start(&shutdown);
        late.open(stack.apply(service.routes.clone()));
        tracing::info!(service = name, "ready");
    }
    serving.await?;
    if !shutdown.finish(common.serve.deadline).await {
        tracing::warn!("some work was left undone; it goes on elsewhere or at the next start");
    }
    // What was delivered and not handled goes back to the broker at once, not when it misses us.
    if tokio::time::timeout(common.serve.deadline, bus.ended())
        .await
        .is_err()
    {
        tracing::warn!("the broker was left without a word");
    }
    Ok(())
}

/// Has the store filled by an operator; ends once that is done, or when told to end.
async fn fill<S: Clone>(
    context: &Context,
    own: &S,
    open: OpenToFill<S>,
    (late, health, stack): (&Late, &Health, Stack),
) {
    let is_done = Arc::new(AtomicBool::new(false));
    let done = is_done.clone();
    health.check("restore", move || {
        let done = done.load(Ordering::Relaxed);
        std::future::ready(if done {
            Ok(())
        } else {
            Err("waits for a restore".to_owned())
        })
    });
    let opening = async |_: Context, own: S| open(own).await;
    let Some(filling) = patiently(context, own, &opening, late).await else {
        return;
    };
    let finished = Arc::new(Notify::new());
    let routes = restoring::routes(&filling, &finished, context.tokens.clone());
    late.open(stack.apply(routes));
    tracing::info!("waiting for a restore");
    tokio::select! {
        () = context.shutdown.requested() => return,
        () = restoring::restored(&filling, &finished) => {}
    }
    is_done.store(true, Ordering::Relaxed);
    late.waiting_for("starting after a restore".to_owned());
}

/// The service, once everything that it needs is there; none when told to end before that.
async fn patiently<S, O, T>(context: &Context, own: &S, open: &O, late: &Late) -> Option<T>
where
    S: Clone,
    O: AsyncFn(Context, S) -> anyhow::Result<T>,
{
    let mut wait = FIRST_WAIT;
    loop {
        tokio::select! {
            () = context.shutdown.requested() => return None,
            opened = open(context.clone(), own.clone()) => match opened {
                Ok(service) => return Some(service),
                Err(error) => {
                    let reason = format!("{error:#}");
                    tracing::warn!(reason, wait_ms = wait.as_millis() as u64, "not to be opened yet");
                    late.waiting_for(reason);
                }
            },
        }
        tokio::select! {
            () = context.shutdown.requested() => return None,
            () = tokio::time::sleep(wait) => {}
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
