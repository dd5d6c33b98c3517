//! A router that comes later: until the service is open, every request is told to come again.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
};
use skeleton_host::problem::Problem;
use tower::ServiceExt;

const RETRY_AFTER: Duration = Duration::from_secs(1);

/// See the module. Clones are the same.
#[derive(Clone)]
pub(super) struct Late(Arc<RwLock<State>>);

enum State {
    Waiting(String),
    Open(Router),
}

impl Default for Late {
    fn default() -> Self {
        Self(Arc::new(RwLock::new(State::Waiting("starting".to_owned()))))
    }
}

impl Late {
    /// Why it is not open yet.
    pub(super) fn waiting_for(&self, reason: String) {
        self.set(State::Waiting(reason));
    }

    /// From now on `router` answers.
    pub(super) fn open(&self, router: Router) {
        self.set(State::Open(router));
    }

    /// Fails until it is open.
    pub(super) fn ready_check(
        &self,
    ) -> impl Fn() -> std::future::Ready<Result<(), String>> + Send + Sync + 'static {
        let late = self.clone();
        move || std::future::ready(late.router_now().map(drop))
    }

    /// What is served meanwhile and then.
    pub(super) fn router(&self) -> Router {
        let late = self.clone();
        Router::new().fallback(move |request: Request| {
            let router = late.router_now();
            async move { answer(router.ok(), request).await }
        })
    }

    fn router_now(&self) -> Result<Router, String> {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            State::Waiting(reason) => Err(reason.clone()),
            State::Open(router) => Ok(router.clone()),
        }
    }

    fn set(&self, state: State) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

async fn answer(router: Option<Router>, request: Request) -> Response {
    match router {
        None => Problem::unavailable(RETRY_AFTER)
            .with_detail("the service is starting")
            .into_response(),
        Some(router) => match router.oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
    }
}
