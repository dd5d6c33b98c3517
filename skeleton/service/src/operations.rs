//! What an operator may ask of every service, the same for all: parked events, what waits to
//! leave, telling state again, digests, rows that cannot be read, whether all that it needs answers.
//!
//! No part of the published API. A service answers it only to a token with the scope
//! [`SCOPE`], which the gateway signs for the operator and for nobody else.

mod announce;
pub(crate) mod backup;
mod holdings;
mod parked;
mod status;
mod stored;

use std::sync::Arc;

use secrecy::SecretString;
use skeleton_durable::{
    announce::CurrentState, backup::Backup, bus::Bus, clock::Clock, commit::CommitError,
    inbox::Inbox, migrations::Migrations, outbox::Outbox, reconcile::Holdings, stored::Examine,
};
use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    health::Health,
    http::{Method, Routes},
    problem::Problem,
};

use crate::ReadyCheck;

/// What a token must carry.
pub const SCOPE: &str = "operator";

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const DELETE: Method = Method::DELETE;

/// The ports through which an operator looks at a service; what a service has none of is absent.
#[derive(Clone, Default)]
pub struct Operations {
    /// Where its events wait and are parked.
    pub inbox: Option<Arc<dyn Inbox>>,
    /// Where its events wait to leave.
    pub outbox: Option<Arc<dyn Outbox>>,
    /// Tells its current state again.
    pub current: Option<Arc<dyn CurrentState>>,
    /// What its stores hold.
    pub holdings: Option<Arc<dyn Holdings>>,
    /// The versions that its stores were brought to.
    pub migrations: Vec<Migrations>,
    /// Its stores and indices, to be read row by row.
    pub stored: Vec<Arc<dyn Examine>>,
    /// Its store, to be carried away; none where all of it is rebuilt from others' events.
    pub backup: Option<Arc<dyn Backup>>,
    /// What rows were made with and are worthless without, by name: they go along.
    pub secrets: Vec<(&'static str, SecretString)>,
}

#[derive(Clone)]
struct App {
    name: &'static str,
    operations: Operations,
    /// What it needs, asked as readiness asks it.
    health: Health,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
}

/// `/operator/v1/…` of one service.
pub(crate) fn routes(
    name: &'static str,
    operations: Operations,
    ready: Vec<(&'static str, ReadyCheck)>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    tokens: TokenVerifier,
) -> Routes {
    let health = Health::default();
    for (check, ask) in ready {
        health.check(check, move || ask());
    }
    let app = App {
        name,
        operations,
        health,
        bus,
        clock,
    };
    let routes = Routes::new()
        .on(GET, "/operator/v1/status", status::get_status)
        .on(GET, "/operator/v1/parked", parked::list)
        .on(GET, "/operator/v1/parked/{id}", parked::show)
        .on(DELETE, "/operator/v1/parked/{id}", parked::give_up)
        .on(POST, "/operator/v1/parked/{id}/replay", parked::replay)
        .on(GET, "/operator/v1/announce", announce::kinds)
        .on(POST, "/operator/v1/announce", announce::announce)
        .on(GET, "/operator/v1/holdings", holdings::kinds)
        .on(GET, "/operator/v1/holdings/{kind}", holdings::digests)
        .on(GET, "/operator/v1/stored", stored::examine)
        .on(GET, "/operator/v1/backup", backup::carried)
        .on(GET, "/operator/v1/backup/lines", backup::lines)
        .on(POST, "/operator/v1/backup/hold", backup::hold)
        .with_state(app);
    RequireCaller::new(tokens).scope(SCOPE).guard(routes)
}

/// What a failure of a store is to the operator, who may know the reason.
fn problem(error: CommitError) -> Problem {
    match error {
        CommitError::Unavailable(reason) => {
            Problem::unavailable(std::time::Duration::from_secs(1)).with_detail(reason)
        }
        other => Problem::internal(&other),
    }
}
