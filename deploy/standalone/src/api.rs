//! How a command talks to the services: over HTTP to a server, or to the same routes within this
//! process when nobody else holds the data folder.

use std::{net::SocketAddr, time::Duration};

use kith_gateway::ACCOUNT_HEADER;
use reqwest::multipart::Form;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use skeleton_host::{
    http::{Body, HeaderValue, Method, Peer, Request, Routes, StatusCode, header, to_bytes},
    shutdown::Shutdown,
    upstream,
};

use crate::{
    cli::Global,
    data::{self, DataFolder},
    failure::Failure,
    program::Program,
    settings::{self, Settings},
};

/// Longest answer that is read, in bytes.
const ANSWER_LIMIT_BYTES: usize = 64 << 20;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the services within this process may take to end.
const END_TIMEOUT: Duration = Duration::from_secs(10);

/// The services, from a command's point of view.
pub struct Api {
    way: Way,
    token: Option<SecretString>,
    account: Option<String>,
}

enum Way {
    Http {
        base: String,
        client: reqwest::Client,
    },
    Here(Box<Here>),
}

struct Here {
    front: Routes,
    program: Program,
    data: DataFolder,
}

impl Api {
    /// The server that was named; else the one that holds the data folder; else this process.
    ///
    /// # Errors
    /// When settings are wrong, or the folder is held by a process that does not listen.
    pub async fn reach(global: &Global) -> Result<Self, Failure> {
        let token = global.token.clone().map(SecretString::from);
        if let Some(server) = &global.server {
            // Another program's settings are no affair of a command that only talks to it.
            return Self::http(server, token, global.account.clone());
        }
        let settings = Settings::load().map_err(|mistakes| Failure::Usage(mistakes.to_string()))?;
        if token.is_some() {
            let base = settings::url_of(settings.address);
            return Self::http(&base, token, global.account.clone());
        }
        if let Some(data) = DataFolder::try_hold(&settings.data)? {
            return Self::here(&settings, data, global.account.clone()).await;
        }
        let server = data::server_of(&settings.data).ok_or_else(|| {
            Failure::Unreachable(format!(
                "another kith process holds {} and does not listen (yet): try again when it is done",
                settings.data.display()
            ))
        })?;
        let base = settings::url_of(server.address);
        Self::http(&base, Some(server.operator_token()), global.account.clone())
    }

    fn http(
        base: &str,
        token: Option<SecretString>,
        account: Option<String>,
    ) -> Result<Self, Failure> {
        upstream::install_tls();
        let client = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|error| Failure::Failed(error.to_string()))?;
        let base = base.trim_end_matches('/').to_owned();
        if !base.starts_with("http://") && !base.starts_with("https://") {
            return Err(Failure::Usage(format!(
                "--server {base}: expected a URL such as http://127.0.0.1:8400"
            )));
        }
        Ok(Self {
            way: Way::Http { base, client },
            token,
            account,
        })
    }

    async fn here(
        settings: &Settings,
        data: DataFolder,
        account: Option<String>,
    ) -> Result<Self, Failure> {
        let shutdown = Shutdown::new();
        let mut program = Program::compose(settings, &data, &shutdown).await?;
        program.start();
        let token = Some(program.operator().token().clone());
        let here = Here {
            front: program.front(),
            program,
            data,
        };
        Ok(Self {
            way: Way::Here(Box::new(here)),
            token,
            account,
        })
    }

    /// Where the services are, for people: `at http://…` or `in this process`.
    #[must_use]
    pub fn whence(&self) -> String {
        match &self.way {
            Way::Http { base, .. } => format!("at {base}"),
            Way::Here(here) => format!("on {}, by this process", here.data.path().display()),
        }
    }

    /// Ends the services, if they run within this process.
    pub async fn close(self) {
        if let Way::Here(here) = self.way {
            here.program.end(END_TIMEOUT).await;
        }
    }

    /// `GET`.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::GET, path, None, None).await
    }

    /// Any method with JSON or nothing.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let json = HeaderValue::from_static("application/json");
        match body {
            Some(body) => {
                let body = Body::from(body.to_string());
                self.send(method, path, Some(body), Some(json)).await
            }
            None => self.send(method, path, None, None).await,
        }
    }

    /// `POST` of a form whose files stream.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn upload(&self, path: &str, form: Form) -> Result<Value, Failure> {
        let kind = format!("multipart/form-data; boundary={}", form.boundary());
        let kind =
            HeaderValue::from_str(&kind).map_err(|error| Failure::Failed(error.to_string()))?;
        let body = Body::from_stream(form.into_stream());
        self.send(Method::POST, path, Some(body), Some(kind)).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Body>,
        kind: Option<HeaderValue>,
    ) -> Result<Value, Failure> {
        let uri = path.parse().map_err(|error| {
            Failure::Usage(format!("{path}: expected a path and query: {error}"))
        })?;
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        if let Some(kind) = kind {
            headers.insert(header::CONTENT_TYPE, kind);
        }
        if let Some(token) = &self.token {
            let value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()));
            let value = value.map_err(|_| Failure::Usage("the token is no token".to_owned()))?;
            headers.insert(header::AUTHORIZATION, value);
        }
        if let Some(account) = &self.account {
            let value = HeaderValue::from_str(account).map_err(|_| {
                Failure::Usage(format!("--account {account}: expected an e-mail address"))
            })?;
            headers.insert(ACCOUNT_HEADER, value);
        }
        let (status, body) = self.exchange(request).await?;
        let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status.is_success() {
            Ok(value)
        } else {
            Err(self.refusal(status, &value))
        }
    }

    async fn exchange(
        &self,
        request: Request<Option<Body>>,
    ) -> Result<(StatusCode, Vec<u8>), Failure> {
        match &self.way {
            Way::Here(here) => {
                let mut request = request.map(Option::unwrap_or_default);
                let me = Peer(SocketAddr::from(([127, 0, 0, 1], 0)));
                request.extensions_mut().insert(me);
                let host = HeaderValue::from_static("localhost");
                request.headers_mut().insert(header::HOST, host);
                let response = here.front.call(request).await;
                let status = response.status();
                let body = to_bytes(response.into_body(), ANSWER_LIMIT_BYTES)
                    .await
                    .map_err(|error| Failure::Failed(error.to_string()))?;
                Ok((status, body.to_vec()))
            }
            Way::Http { base, client } => {
                let (parts, body) = request.into_parts();
                let mut outgoing = client
                    .request(parts.method, format!("{base}{}", parts.uri))
                    .headers(parts.headers);
                if let Some(body) = body {
                    outgoing = outgoing.body(reqwest::Body::wrap_stream(body.into_data_stream()));
                }
                let mut response = outgoing.send().await.map_err(|error| away(base, &error))?;
                let broken = |error| Failure::Failed(format!("the answer broke off: {error}"));
                let mut body = Vec::new();
                while let Some(chunk) = response.chunk().await.map_err(broken)? {
                    if body.len() + chunk.len() > ANSWER_LIMIT_BYTES {
                        let limit = ANSWER_LIMIT_BYTES >> 20;
                        return Err(Failure::Failed(format!("the answer has over {limit} MiB")));
                    }
                    body.extend_from_slice(&chunk);
                }
                Ok((response.status(), body))
            }
        }
    }

    /// What an answer that is no success means to whoever gave the command.
    fn refusal(&self, status: StatusCode, problem: &Value) -> Failure {
        let detail = problem["detail"].as_str().or(problem["title"].as_str());
        let detail = detail.unwrap_or(status.as_str()).to_owned();
        match status {
            StatusCode::NOT_FOUND => Failure::NotFound(detail),
            StatusCode::UNAUTHORIZED => Failure::Usage(format!(
                "{detail}; sign in for a token (--token), or on the server's machine say --account"
            )),
            StatusCode::BAD_REQUEST
                if self.account.is_none() && detail.contains(ACCOUNT_HEADER) =>
            {
                Failure::Usage("say for whom: --account EMAIL".to_owned())
            }
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::BAD_GATEWAY => {
                Failure::Unreachable(detail)
            }
            _ => Failure::Failed(detail),
        }
    }
}

fn away(base: &str, error: &reqwest::Error) -> Failure {
    if error.is_connect() || error.is_timeout() {
        Failure::Unreachable(format!(
            "no server answers at {base}; start one with `kith serve`, or say --server URL"
        ))
    } else {
        Failure::Failed(format!("asking {base}: {error}"))
    }
}
