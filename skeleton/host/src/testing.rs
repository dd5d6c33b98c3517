//! Helpers for tests of services: clients that act as an account, and assertions on problems.
//!
//! These panic, with the answer in the message; they are for tests only.
#![allow(clippy::panic, reason = "a failed assertion of a test helper panics")]

use crate::auth::{Caller, TokenSigner, TokenVerifier};
use crate::http::{
    Body, HeaderMap, HeaderName, HeaderValue, Method, Request, Routes, StatusCode, header, to_bytes,
};
use crate::problem::{MEDIA_TYPE, Problem};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use utoipa::openapi::OpenApi;
use uuid::Uuid;

/// Calls routes without a network; anonymous until [`TestClient::as_account`].
#[derive(Debug, Clone)]
pub struct TestClient {
    routes: Routes,
    signer: Arc<TokenSigner>,
    audience: String,
    caller: Option<Caller>,
}

/// A verifier for the service `audience` and the signer whose tokens it accepts.
pub fn verifier_for(audience: &str) -> (TokenVerifier, Arc<TokenSigner>) {
    let signer = Arc::new(TokenSigner::generate());
    (TokenVerifier::new(audience, &signer.public_keys()), signer)
}

impl TestClient {
    /// A client of `routes`, whose verifier must know `signer` (see [`verifier_for`]).
    pub fn new(routes: Routes, signer: Arc<TokenSigner>, audience: &str) -> Self {
        Self {
            routes,
            signer,
            audience: audience.to_owned(),
            caller: None,
        }
    }

    /// The same client acting as `account`, in a session whose id is the account's.
    #[must_use]
    pub fn as_account(&self, account: Uuid) -> Self {
        self.as_caller(Caller {
            account,
            session: account,
            scopes: Vec::new(),
        })
    }

    /// The same client acting as this caller.
    #[must_use]
    pub fn as_caller(&self, caller: Caller) -> Self {
        Self {
            caller: Some(caller),
            ..self.clone()
        }
    }

    /// Begins a request; await it to send.
    pub fn request(&self, method: Method, path: &str) -> TestRequest {
        let mut headers = HeaderMap::new();
        if let Some(caller) = &self.caller {
            let token = self.signer.authorization(caller, &self.audience);
            headers.insert(header::AUTHORIZATION, token);
        }
        let path = path.to_owned();
        TestRequest {
            routes: self.routes.clone(),
            method,
            path,
            headers,
            body: Body::empty(),
        }
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> TestRequest {
        self.request(Method::GET, path)
    }

    /// `POST` of JSON.
    pub fn post(&self, path: &str, body: &impl Serialize) -> TestRequest {
        self.request(Method::POST, path).json(body)
    }

    /// `PUT` of JSON.
    pub fn put(&self, path: &str, body: &impl Serialize) -> TestRequest {
        self.request(Method::PUT, path).json(body)
    }

    /// `PATCH` of JSON.
    pub fn patch(&self, path: &str, body: &impl Serialize) -> TestRequest {
        self.request(Method::PATCH, path).json(body)
    }

    /// `DELETE`.
    pub fn delete(&self, path: &str) -> TestRequest {
        self.request(Method::DELETE, path)
    }
}

/// A request that is sent when awaited.
#[derive(Debug)]
#[must_use = "await it to send it"]
pub struct TestRequest {
    routes: Routes,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Body,
}

impl TestRequest {
    /// With a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header name");
        self.headers
            .insert(name, HeaderValue::from_str(value).expect("a header value"));
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &impl Serialize) -> Self {
        let bytes = serde_json::to_vec(body).expect("a test body serialises");
        self.body("application/json", bytes)
    }

    /// With any body.
    pub fn body(self, content_type: &str, body: impl Into<Body>) -> Self {
        let mut request = self.header("content-type", content_type);
        request.body = body.into();
        request
    }

    /// With a multipart form of one file part and further text fields.
    pub fn file(self, field: &str, name: &str, content: &[u8], texts: &[(&str, &str)]) -> Self {
        let boundary = "----------------test-boundary";
        let mut form = Vec::new();
        for (text_name, text) in texts {
            let part = format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"{text_name}\"\r\n\r\n{text}\r\n"
            );
            form.extend_from_slice(part.as_bytes());
        }
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{field}\"; \
             filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        form.extend_from_slice(head.as_bytes());
        form.extend_from_slice(content);
        form.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
        self.body(&format!("multipart/form-data; boundary={boundary}"), form)
    }

    async fn send(self) -> TestResponse {
        let mut request = Request::to(self.method, &self.path).body(self.body);
        *request.headers_mut() = self.headers;
        let (method, path) = (request.method().clone(), self.path);
        let response = self.routes.call(request).await;
        assert!(
            may_answer(self.routes.openapi(), &method, &path, response.status()),
            "{method} {path} answered {}, which its description does not name",
            response.status()
        );
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body(), usize::MAX)
            .await
            .expect("the body of a test ends");
        TestResponse {
            status,
            headers,
            body: body.to_vec(),
        }
    }
}

impl IntoFuture for TestRequest {
    type Output = TestResponse;
    type IntoFuture = Pin<Box<dyn Future<Output = TestResponse>>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct TestResponse {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl TestResponse {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body of a successful answer.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert!(
            self.status.is_success(),
            "expected success, got {}: {}",
            self.status,
            self.text()
        );
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the body: {}", self.text()))
    }

    /// The answer again, when it has this status.
    #[track_caller]
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(
            self.status.as_u16(),
            status,
            "the body was: {}",
            self.text()
        );
        self
    }

    /// A header's text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// What any route may answer, named or not: to nobody, to a method that it does not take, and when
/// something breaks.
const ANYWHERE: [u16; 4] = [401, 405, 500, 503];

fn may_answer(openapi: &OpenApi, method: &Method, path: &str, status: StatusCode) -> bool {
    ANYWHERE.contains(&status.as_u16()) || is_described(openapi, method, path, status)
}

/// Whether the description of what a request asks for names this answer; true where nothing of it is
/// described.
pub fn is_described(openapi: &OpenApi, method: &Method, path: &str, status: StatusCode) -> bool {
    let path = path.split('?').next().unwrap_or_default();
    let asked: Vec<&str> = path.split('/').collect();
    let literals = |template: &str| template.split('/').filter(|s| !s.starts_with('{')).count();
    let is_asked_for = |template: &str| {
        let segments: Vec<&str> = template.split('/').collect();
        let mut pairs = segments.iter().zip(&asked);
        segments.len() == asked.len() && pairs.all(|(a, b)| a.starts_with('{') || a == b)
    };
    let templates = openapi.paths.paths.iter();
    let found = templates
        .filter(|(template, _)| is_asked_for(template))
        .max_by_key(|(template, _)| literals(template));
    let operation = found.and_then(|(_, item)| match *method {
        Method::GET | Method::HEAD => item.get.as_ref(),
        Method::PUT => item.put.as_ref(),
        Method::POST => item.post.as_ref(),
        Method::PATCH => item.patch.as_ref(),
        Method::DELETE => item.delete.as_ref(),
        _ => None,
    });
    operation.is_none_or(|it| it.responses.responses.contains_key(status.as_str()))
}

/// The problem that the answer is, when its slug is this one.
#[track_caller]
pub fn assert_problem(response: &TestResponse, slug: &str) -> Problem {
    let kind = response.header("content-type");
    assert_eq!(kind, MEDIA_TYPE, "{}: {}", response.status, response.text());
    let problem: Problem = serde_json::from_slice(&response.body)
        .unwrap_or_else(|error| panic!("{error} in the body: {}", response.text()));
    assert_eq!(problem.slug(), slug, "{}", response.text());
    assert_eq!(
        problem.status,
        response.status.as_u16(),
        "body and status line disagree"
    );
    problem
}
