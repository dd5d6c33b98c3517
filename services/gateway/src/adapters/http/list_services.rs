//! `GET /operator/v1/services`: every service with the readiness of each replica.

use std::sync::Arc;

use serde::Serialize;
use skeleton_host::{health::CheckResult, http::State, problem::Json};

use super::front::Front;

#[derive(Serialize)]
pub(super) struct Services {
    items: Vec<Service>,
}

#[derive(Serialize)]
struct Service {
    name: &'static str,
    /// Whether at least one replica is; within this process it is as ready as the process.
    ready: bool,
    replicas: Vec<Replica>,
}

#[derive(Serialize)]
struct Replica {
    address: String,
    ready: bool,
    checks: Vec<CheckResult>,
}

/// What there is, and how it is.
pub(super) async fn list_services(State(front): State<Arc<Front>>) -> Json<Services> {
    let asked = front.upstreams.iter().map(|(name, upstream)| async {
        let replicas = upstream.readiness().await.into_iter();
        let replicas: Vec<Replica> = replicas
            .map(|replica| Replica {
                address: replica.address,
                ready: replica.ready,
                checks: replica.checks,
            })
            .collect();
        Service {
            name,
            ready: replicas.is_empty() || replicas.iter().any(|replica| replica.ready),
            replicas,
        }
    });
    let items = futures::future::join_all(asked).await;
    Json(Services { items })
}
