//! Routes that come later: until the service is open, every request is told to come again.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use skeleton_host::{
    http::{IntoResponse, Request, Response, Routes},
    problem::Problem,
};

const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What a service answers while it is being opened, and then. Clones are the same.
#[derive(Clone)]
pub(super) struct Late(Arc<RwLock<State>>);

enum State {
    Waiting(String),
    Open(Box<Routes>),
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

    /// From now on `routes` answer.
    pub(super) fn open(&self, routes: Routes) {
        self.set(State::Open(Box::new(routes)));
    }

    /// Fails until it is open.
    pub(super) fn ready_check(
        &self,
    ) -> impl Fn() -> std::future::Ready<Result<(), String>> + Send + Sync + 'static {
        let late = self.clone();
        move || std::future::ready(late.routes_now().map(drop))
    }

    /// Answers, meanwhile and then, what `routes` do not.
    pub(super) fn beneath(&self, routes: Routes) -> Routes {
        let late = self.clone();
        routes.rest(move |request: Request| {
            let routes = late.routes_now();
            async move { answer(routes.ok(), request).await }
        })
    }

    fn routes_now(&self) -> Result<Routes, String> {
        match &*self.0.read().unwrap_or_else(PoisonError::into_inner) {
            State::Waiting(reason) => Err(reason.clone()),
            State::Open(routes) => Ok(Routes::clone(routes)),
        }
    }

    fn set(&self, state: State) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

async fn answer(routes: Option<Routes>, request: Request) -> Response {
    match routes {
        None => Problem::unavailable(RETRY_AFTER)
            .with_detail("the service is starting")
            .into_response(),
        Some(routes) => routes.call(request).await,
    }
}
