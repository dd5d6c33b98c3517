//! What an operator may ask of every service, the same for all: parked events, what waits to
//! leave, telling state again, digests, rows that cannot be read, whether all that it needs answers.
//!
//! No part of the published API. A service answers it only to a token with the scope
//! [`SCOPE`], which the gateway signs for the operator and for nobody else.

mod announce;
mod holdings;
mod parked;
mod status;
mod stored;

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use skeleton_durable::{
    announce::CurrentState, bus::Bus, clock::Clock, commit::CommitError, inbox::Inbox,
    migrations::Migrations, outbox::Outbox, reconcile::Holdings, stored::Examine,
};
use skeleton_host::{
    auth::{Caller, RequireCaller, TokenVerifier},
    health::Health,
    problem::Problem,
};

use crate::ReadyCheck;

/// What a token must carry.
pub const SCOPE: &str = "operator";

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
pub(crate) fn router(
    name: &'static str,
    operations: Operations,
    ready: Vec<(&'static str, ReadyCheck)>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    tokens: TokenVerifier,
) -> Router {
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
    let router = Router::new()
        .route("/operator/v1/status", get(status::get_status))
        .route("/operator/v1/parked", get(parked::list))
        .route(
            "/operator/v1/parked/{id}",
            get(parked::show).delete(parked::give_up),
        )
        .route("/operator/v1/parked/{id}/replay", post(parked::replay))
        .route(
            "/operator/v1/announce",
            get(announce::kinds).post(announce::announce),
        )
        .route("/operator/v1/holdings", get(holdings::kinds))
        .route("/operator/v1/holdings/{kind}", get(holdings::digests))
        .route("/operator/v1/stored", get(stored::examine))
        .layer(middleware::from_fn(operators_only))
        .with_state(app);
    RequireCaller::new(tokens).guard(router)
}

async fn operators_only(caller: Caller, request: Request, next: Next) -> Response {
    match caller.require_scope(SCOPE) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
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
