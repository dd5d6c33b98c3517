//! What a service is made of, and how it comes to life: the seam between a service and the program
//! that it runs in, alone or with the others.
//!
//! A service's `wiring.rs` turns a [`Context`] and its own settings into a [`Service`]: it opens
//! its stores (which migrates them) and subscribes to the bus. Only when every service of the
//! program has done so does the program [`start`](Service::start) them: then the relays begin, so
//! no event is published before everybody listens.

pub mod once;
pub mod operations;
pub mod problems;
#[cfg(feature = "process")]
pub mod process;

use std::{future::Future, path::PathBuf, pin::Pin, sync::Arc, time::Duration};

use jiff::Timestamp;
use skeleton_durable::{
    backup::Backup, bus::Bus, clock::Clock, commit::CommitError, inbox::Inbox,
    migrations::Migrations, relay::Relay, stored::Examine,
};
use skeleton_host::{auth::TokenVerifier, http::Routes, shutdown::Shutdown};
use tokio_util::sync::CancellationToken;

use operations::Operations;

/// What the surrounding program gives to a service.
#[derive(Clone)]
pub struct Context {
    /// Folder for embedded stores; a service uses the one below it that bears its name.
    pub data: PathBuf,
    /// The way to the other services.
    pub bus: Arc<dyn Bus>,
    pub clock: Arc<dyn Clock>,
    /// Checks the tokens with which the gateway passes callers on. Made for this service's name.
    pub tokens: TokenVerifier,
    /// Tells when to stop; tasks are spawned through it.
    pub shutdown: Shutdown,
}

/// What operators see a store through, whatever it is opened on.
pub struct OpenStore {
    /// Whether it answers.
    pub ready: ReadyCheck,
    /// The version that it was brought to.
    pub migrations: Migrations,
    /// Reads its rows one by one.
    pub stored: Arc<dyn Examine>,
    /// Carries it away; none where all of it is rebuilt from others' events.
    pub backup: Option<Arc<dyn Backup>>,
}

impl OpenStore {
    /// Refuses a store in which a restore was begun and not finished.
    ///
    /// # Errors
    /// What to do about it; or the store's.
    pub async fn refuse_unfinished(&self) -> Result<(), CommitError> {
        match &self.backup {
            Some(backup) if backup.is_unfinished().await? => {
                Err(CommitError::Unavailable(UNFINISHED.to_owned()))
            }
            _ => Ok(()),
        }
    }
}

const UNFINISHED: &str = "a restore into the store was begun and not finished: start the process with \
                          KITH_RESTORE=true and restore once more";

/// Asks whether something that a service needs answers.
pub type ReadyCheck =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync>;

/// Periodic or lasting work of a service; it ends when told to stop.
pub type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A service, opened and subscribed, not yet started.
pub struct Service {
    /// Its name: `users`.
    pub name: &'static str,
    /// Its API, described, and guarded: it answers nobody without a valid token, but where it made a
    /// route public.
    pub routes: Routes,
    /// Carries its events to the bus.
    pub relay: Option<Relay>,
    /// What must answer before it is ready, by name.
    pub ready: Vec<(&'static str, ReadyCheck)>,
    /// What it does by itself, by name.
    pub jobs: Vec<(&'static str, Job)>,
    /// What an operator looks at it through.
    pub operations: Operations,
}

/// How long the ids of handled events are kept. Nothing is delivered again after this long, and
/// what would be is harmless by its version.
const KEPT: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 14);
/// How often older ones are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

impl Service {
    /// Adds what every service has alike: `/operator/v1/…` for tokens with the operator's scope, and
    /// the job that forgets events handled long ago.
    #[must_use]
    pub fn with_operations(mut self, context: &Context) -> Self {
        let operations = self.operations_routes(context);
        self.routes = self.routes.merge(operations);
        if let Some(inbox) = self.operations.inbox.clone() {
            let (clock, stop) = (context.clock.clone(), context.shutdown.token());
            let forgetting = forget_the_old(self.name, inbox, clock, stop);
            self.jobs.push(("forget", Box::pin(forgetting)));
        }
        self
    }

    /// `/operator/v1/…` by itself, for whoever passes an operator on to its own operations.
    pub fn operations_routes(&self, context: &Context) -> Routes {
        operations::routes(
            self.name,
            self.operations.clone(),
            self.ready.clone(),
            context.bus.clone(),
            context.clock.clone(),
            context.tokens.clone(),
        )
    }

    /// Starts relay and jobs. Call it when every service of the program is subscribed.
    pub fn start(&mut self, shutdown: &Shutdown) {
        if let Some(relay) = self.relay.take() {
            shutdown.spawn("relay", relay.run(shutdown.token()));
        }
        for (name, job) in self.jobs.drain(..) {
            shutdown.spawn(name, job);
        }
        tracing::debug!(service = self.name, "started");
    }
}

/// Forgets events that were handled long ago, until `stop`. Replicas may do so side by side.
async fn forget_the_old(
    service: &'static str,
    inbox: Arc<dyn Inbox>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let before = clock.now().checked_sub(KEPT).unwrap_or(Timestamp::MIN);
        if let Err(error) = inbox.forget(before).await {
            tracing::warn!(service, %error, "handled events not forgotten");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = clock.sleep(FORGET_EVERY) => {}
        }
    }
}

/// A readiness check out of an async function.
pub fn ready_check<F, Fut, E>(check: F) -> ReadyCheck
where
    F: Fn() -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), E>> + Send + 'static,
    E: std::fmt::Display,
{
    Arc::new(move || {
        let answer = check();
        Box::pin(async move { answer.await.map_err(|error| error.to_string()) })
    })
}

/// A readiness check that asks `of`, whose clones are all the same: a store, an index, a bus.
pub fn ready_when<S, F, Fut, E>(of: &S, ask: F) -> ReadyCheck
where
    S: Clone + Send + Sync + 'static,
    F: Fn(S) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<(), E>> + Send + 'static,
    E: std::fmt::Display,
{
    let of = of.clone();
    ready_check(move || ask(of.clone()))
}
