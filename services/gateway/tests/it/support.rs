//! A gateway in front of stand-ins: `users` knows the sessions that a test opens, and every
//! service answers with what it was sent.

use std::{
    collections::{BTreeMap, HashMap},
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use jiff::Timestamp;
use kith_gateway::{
    Operator,
    wiring::{self, Parts, Settings},
};
use serde_json::{Value, json};
pub(crate) use skeleton_durable::contract::eventually;
use skeleton_durable::{
    bus::{Bus, in_process::InProcessBus},
    clock::VirtualClock,
};
use skeleton_host::{
    auth::{Caller, RequireCaller, TokenSigner, TokenVerifier},
    http::{
        Body, HeaderMap, HttpSettings, IntoResponse, Method, Request, Response, Routes, Stack,
        State, StatusCode, header, to_bytes,
    },
    problem::{Json, Problem},
    shutdown::Shutdown,
    upstream::Upstream,
};
use skeleton_service::{Context, Service};
use uuid::Uuid;

pub(crate) const SERVICES: [&str; 5] = ["users", "ingest", "network", "search", "notifications"];

/// Sessions that `users` knows.
#[derive(Default)]
pub(crate) struct Users {
    pub(crate) sessions: Mutex<HashMap<String, Caller>>,
    pub(crate) checks: AtomicUsize,
}

pub(crate) struct World {
    pub(crate) front: Routes,
    pub(crate) bus: Arc<InProcessBus>,
    pub(crate) clock: VirtualClock,
    pub(crate) users: Arc<Users>,
    pub(crate) operator: Operator,
    pub(crate) signer: Arc<TokenSigner>,
    pub(crate) shutdown: Shutdown,
    data: tempfile::TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

/// Whoever is there besides a gateway; clones are the same.
#[derive(Clone)]
pub(crate) struct Parties {
    pub(crate) users: Arc<Users>,
    pub(crate) signer: Arc<TokenSigner>,
    pub(crate) operator: Operator,
}

impl Parties {
    pub(crate) fn new() -> Self {
        Self {
            users: Arc::default(),
            signer: Arc::new(TokenSigner::generate()),
            operator: Operator::generate(),
        }
    }

    pub(crate) fn parts(&self) -> Parts {
        let upstream = |name| Upstream::in_process(stand_in(name, &self.signer, &self.users));
        Parts {
            signer: self.signer.clone(),
            upstreams: SERVICES.map(|name| (name, upstream(name))).into(),
            operator: Some(self.operator.clone()),
        }
    }

    /// A session of a new account; its token.
    pub(crate) fn sign_in(&self, token: &str) -> Caller {
        let caller = Caller {
            account: Uuid::now_v7(),
            session: Uuid::now_v7(),
            scopes: Vec::new(),
        };
        let mut sessions = self.users.sessions.lock().unwrap();
        sessions.insert(token.to_owned(), caller.clone());
        caller
    }

    pub(crate) fn sign_out(&self, token: &str) {
        self.users.sessions.lock().unwrap().remove(token);
    }
}

pub(crate) async fn world() -> World {
    world_with(|_| {}).await
}

pub(crate) async fn world_with(change: impl FnOnce(&mut Settings)) -> World {
    let mut settings = Settings {
        web: Some("/nonexistent".into()),
        hosts: vec!["kith.example".to_owned()],
        ..Settings::default()
    };
    change(&mut settings);
    let parties = Parties::new();
    let mut world = World::empty(&parties);
    let context = Context {
        data: world.data.path().to_owned(),
        bus: world.bus.clone(),
        clock: Arc::new(world.clock.clone()),
        tokens: TokenVerifier::new("gateway", &parties.signer.public_keys()),
        shutdown: world.shutdown.clone(),
    };
    let service = wiring::standalone(&context, settings, parties.parts()).await;
    world.open_with(service.unwrap());
    world
}

pub(crate) fn stand_in(name: &'static str, signer: &TokenSigner, users: &Arc<Users>) -> Routes {
    let routes = Routes::new()
        .on(Method::POST, "/internal/sessions/check", check)
        .any("/{*rest}", move |request: Request| echo(name, request))
        .with_state(users.clone());
    let verifier = TokenVerifier::new(name, &signer.public_keys());
    // Both catch-all, so that a test sees what the gateway lets through.
    RequireCaller::new(verifier)
        .public(Method::POST, "/{*rest}")
        .guard(routes)
}

async fn check(
    State(users): State<Arc<Users>>,
    caller: Caller,
    Json(body): Json<Value>,
) -> Response {
    if let Err(problem) = caller.require_scope("gateway") {
        return problem.into_response();
    }
    users.checks.fetch_add(1, Ordering::SeqCst);
    let sessions = users.sessions.lock().unwrap();
    match sessions.get(body["token"].as_str().unwrap()) {
        Some(caller) => Json(json!({
            "account_id": caller.account, "session_id": caller.session,
            "expires_at": "2027-01-01T00:00:00Z", "scopes": caller.scopes,
        }))
        .into_response(),
        None => Problem::not_found("session").into_response(),
    }
}

/// Answers with what it was sent, and tries to set a cookie.
async fn echo(name: &'static str, request: Request) -> Response {
    let caller = request.extensions().get::<Caller>().map(|caller| {
        json!({ "account": caller.account, "session": caller.session, "scopes": caller.scopes })
    });
    let (parts, body) = request.into_parts();
    let headers: BTreeMap<String, String> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").to_owned()))
        .collect();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    if name == "users" && parts.method == Method::POST && parts.uri.path() == "/api/v1/sessions" {
        let answer = json!({ "token": "fresh-token", "expires_at": "2026-11-22T13:00:00Z" });
        return (StatusCode::CREATED, Json(answer)).into_response();
    }
    if parts.method == Method::DELETE {
        return StatusCode::NO_CONTENT.into_response();
    }
    let answer = json!({
        "service": name, "path": parts.uri.path(), "query": parts.uri.query(),
        "caller": caller, "headers": headers, "bytes": body.len(),
    });
    let mut response = ([(header::SET_COOKIE, "kith=stolen")], Json(answer)).into_response();
    if let Some(tag) = parts.headers.get("x-test-etag") {
        response.headers_mut().insert(header::ETAG, tag.clone());
        if parts.headers.get(header::IF_NONE_MATCH) == Some(tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response.set_body(()).map_into_boxed_body();
        }
    }
    response
}

impl World {
    /// No gateway yet.
    pub(crate) fn empty(parties: &Parties) -> Self {
        Self {
            front: Routes::new(),
            bus: Arc::new(InProcessBus::default()),
            clock: VirtualClock::at("2026-11-22T12:00:00Z".parse().unwrap()),
            users: parties.users.clone(),
            operator: parties.operator.clone(),
            signer: parties.signer.clone(),
            shutdown: Shutdown::new(),
            data: tempfile::tempdir().unwrap(),
        }
    }

    /// This gateway, started.
    pub(crate) fn open_with(&mut self, mut service: Service) {
        service.start(&self.shutdown);
        let stack = Stack::new("gateway", &HttpSettings::default());
        self.front = stack.apply(service.routes);
    }

    /// See [`Parties::sign_in`].
    pub(crate) fn sign_in(&self, token: &str) -> Caller {
        self.parties().sign_in(token)
    }

    pub(crate) fn sign_out(&self, token: &str) {
        self.parties().sign_out(token);
    }

    fn parties(&self) -> Parties {
        Parties {
            users: self.users.clone(),
            signer: self.signer.clone(),
            operator: self.operator.clone(),
        }
    }

    pub(crate) fn checks(&self) -> usize {
        self.users.checks.load(Ordering::SeqCst)
    }

    /// Asks over a connection from this machine.
    pub(crate) async fn ask(&self, request: Request) -> Answer {
        self.ask_with(request, Body::empty()).await
    }

    pub(crate) async fn ask_with(&self, request: Request, body: Body) -> Answer {
        Answer::of(self.open(request, body).await).await
    }

    /// Asks, and leaves the body unread.
    pub(crate) async fn open(&self, request: Request, body: Body) -> Response {
        let mut request = request.body(body);
        let here: SocketAddr = "127.0.0.1:4000".parse().unwrap();
        request.head_mut().peer_addr.get_or_insert(here);
        self.front.call(request).await
    }

    pub(crate) async fn publish<E: skeleton_durable::Event>(&self, events: &[E]) {
        self.bus.publish(&seal(events)).await.unwrap();
    }
}

pub(crate) fn seal<E: skeleton_durable::Event>(events: &[E]) -> Vec<skeleton_durable::Envelope> {
    let at: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let seal = |event| skeleton_durable::Envelope::seal(event, at, &Default::default());
    events.iter().map(seal).collect()
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    async fn of(response: Response) -> Self {
        let (response, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
        }
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "{error}: {} {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The slug of the problem.
    pub(crate) fn slug(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        kind.rsplit(':').next().unwrap().to_owned()
    }
}

pub(crate) fn get(path: &str) -> Request {
    Request::get(path).header("host", "kith.example")
}

pub(crate) fn request(method: &str, path: &str) -> Request {
    Request::to(method, path).header("host", "kith.example")
}
