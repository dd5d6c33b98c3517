//! How a command talks to the services: over HTTP to a server, or to the same routes within this
//! process when nobody else holds the data folder.

use std::{net::SocketAddr, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, stream::LocalBoxStream};
use kith_gateway::ACCOUNT_HEADER;
use reqwest::multipart::Form;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use skeleton_host::{
    http::{
        Body, Bytes, HeaderName, HeaderValue, Method, Request, Routes, StatusCode, Uri, header,
    },
    shutdown::Shutdown,
    upstream::{self, translated},
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

/// The body of an answer, as it comes; why it broke off, if it does.
pub type Answered = LocalBoxStream<'static, Result<Bytes, String>>;

/// What goes along with a request.
enum Sent {
    Nothing,
    Json(String),
    Lines(Vec<u8>),
    Form(Form),
}

/// The services, from a command's point of view.
pub struct Api {
    way: Way,
    token: Option<SecretString>,
    account: Option<String>,
}

enum Way {
    /// Routes within this process, which somebody else looks after.
    Routes(Routes),
    Http {
        base: String,
        client: reqwest::Client,
    },
    /// A program of this command's own.
    Here(Here),
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
        let mut this = Self::within(settings, data).await?;
        this.account = account;
        Ok(this)
    }

    /// The services within this process, on a folder that it holds.
    ///
    /// # Errors
    /// When a store cannot be opened.
    pub async fn within(settings: &Settings, data: DataFolder) -> Result<Self, Failure> {
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
            way: Way::Here(here),
            token,
            account: None,
        })
    }

    /// The services that run within this process, for their operator.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        Self {
            way: Way::Routes(program.front()),
            token: Some(program.operator().token().clone()),
            account: None,
        }
    }

    /// Where the services are, for people: `at http://…` or `in this process`.
    #[must_use]
    pub fn whence(&self) -> String {
        match &self.way {
            Way::Http { base, .. } => format!("at {base}"),
            Way::Routes(_) => "within this process".to_owned(),
            Way::Here(here) => format!("on {}, by this process", here.data.path().display()),
        }
    }

    /// Ends the services, if they run within this process.
    pub async fn close(self) {
        if let Way::Here(here) = self.way {
            here.program.end(END_TIMEOUT).await;
        }
    }

    /// The same once a restore is complete: from then on the folder is as any other.
    ///
    /// # Errors
    /// When that cannot be written down.
    pub async fn close_restored(self) -> Result<(), Failure> {
        if let Way::Here(here) = self.way {
            here.program.end(END_TIMEOUT).await;
            here.data.restored()?;
        }
        Ok(())
    }

    /// `GET` of what is read as it comes, once its beginning is there.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn stream(&self, path: &str) -> Result<Answered, Failure> {
        let request = self.request(Method::GET, path, &Sent::Nothing)?;
        let (status, body) = self.begin(request, Sent::Nothing).await?;
        if status.is_success() {
            return Ok(body);
        }
        let body = whole(body).await?;
        Err(self.refusal(
            status,
            &serde_json::from_slice(&body).unwrap_or(Value::Null),
        ))
    }

    /// `GET`.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn get(&self, path: &str) -> Result<Value, Failure> {
        self.send(Method::GET, path, Sent::Nothing).await
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
        let body = body.map_or(Sent::Nothing, |body| Sent::Json(body.to_string()));
        self.send(method, path, body).await
    }

    /// `POST` of lines.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn send_lines(&self, path: &str, lines: Vec<u8>) -> Result<(), Failure> {
        self.send(Method::POST, path, Sent::Lines(lines))
            .await
            .map(drop)
    }

    /// `POST` of a form whose files stream.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn upload(&self, path: &str, form: Form) -> Result<Value, Failure> {
        self.send(Method::POST, path, Sent::Form(form)).await
    }

    async fn send(&self, method: Method, path: &str, body: Sent) -> Result<Value, Failure> {
        let request = self.request(method, path, &body)?;
        let (status, body) = self.begin(request, body).await?;
        let body = whole(body).await?;
        let value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if status.is_success() {
            Ok(value)
        } else {
            Err(self.refusal(status, &value))
        }
    }

    fn request(&self, method: Method, path: &str, body: &Sent) -> Result<Request, Failure> {
        let uri: Uri = path.parse().map_err(|error| {
            Failure::Usage(format!("{path}: expected a path and query: {error}"))
        })?;
        let mut request = Request::new(method, uri);
        let headers = request.headers_mut();
        let kind = match body {
            Sent::Nothing => None,
            Sent::Json(_) => Some("application/json".to_owned()),
            Sent::Lines(_) => Some("application/x-ndjson".to_owned()),
            Sent::Form(form) => Some(format!("multipart/form-data; boundary={}", form.boundary())),
        };
        if let Some(kind) = kind {
            let kind = HeaderValue::from_str(&kind);
            let kind = kind.map_err(|error| Failure::Failed(error.to_string()))?;
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
            headers.insert(HeaderName::from_static(ACCOUNT_HEADER), value);
        }
        Ok(request)
    }

    /// Asks; the answer's status, and its body as it comes.
    async fn begin(&self, request: Request, body: Sent) -> Result<(StatusCode, Answered), Failure> {
        match &self.way {
            Way::Here(Here { front, .. }) | Way::Routes(front) => {
                let body = match body {
                    Sent::Nothing => Body::empty(),
                    Sent::Json(text) => Body::from(text),
                    Sent::Lines(lines) => Body::from(lines),
                    Sent::Form(form) => Body::from_stream(form.into_stream()),
                };
                let me = SocketAddr::from(([127, 0, 0, 1], 0));
                let request = request.body(body).from_peer(me);
                let request = request.header(header::HOST, "localhost");
                let response = front.call(request).await;
                let status = response.status();
                let body = Body::from(response.into_body()).into_data_stream();
                let broken = |error| format!("the answer broke off: {error}");
                Ok((status, body.map_err(broken).boxed_local()))
            }
            Way::Http { base, client } => {
                let url = format!("{base}{}", request.uri());
                let outgoing = translated::request(client, url, request.head());
                let outgoing = match body {
                    Sent::Nothing => outgoing,
                    Sent::Json(text) => outgoing.body(text),
                    Sent::Lines(lines) => outgoing.body(lines),
                    Sent::Form(form) => {
                        outgoing.body(reqwest::Body::wrap_stream(form.into_stream()))
                    }
                };
                let response = outgoing.send().await.map_err(|error| away(base, &error))?;
                let status = translated::status(&response);
                let broken = |error: reqwest::Error| format!("the answer broke off: {error}");
                let body = response.bytes_stream().map_err(broken);
                Ok((status, body.boxed_local()))
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

/// All of an answer.
async fn whole(mut body: Answered) -> Result<Vec<u8>, Failure> {
    let mut all = Vec::new();
    while let Some(chunk) = body.try_next().await.map_err(Failure::Failed)? {
        if all.len() + chunk.len() > ANSWER_LIMIT_BYTES {
            let limit = ANSWER_LIMIT_BYTES >> 20;
            return Err(Failure::Failed(format!("the answer has over {limit} MiB")));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
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
