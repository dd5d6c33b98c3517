//! The composed program on a folder of its own, asked through its front.

use std::{collections::BTreeMap, net::SocketAddr, sync::LazyLock};

use kith_standalone::{data::DataFolder, program::Program, settings::Settings};
use serde_json::Value;
pub(crate) use skeleton_durable::contract::eventually;
use skeleton_host::{
    http::{Body, OpenApi, Request, Routes, StatusCode, to_bytes},
    settings::Source,
    shutdown::Shutdown,
    testing::is_described,
};

pub(crate) struct Instance {
    pub(crate) program: Program,
    shutdown: Shutdown,
    _data: DataFolder,
    _folder: tempfile::TempDir,
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

pub(crate) async fn instance() -> Instance {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let source = Source::from_pairs([("data", path.to_str().unwrap())]);
    let settings = Settings::from_source(&source).unwrap();
    let data = DataFolder::try_hold(&path).unwrap().unwrap();
    let shutdown = Shutdown::new();
    let mut program = Program::compose(&settings, &data, &shutdown).await.unwrap();
    program.start();
    Instance {
        program,
        shutdown,
        _data: data,
        _folder: folder,
    }
}

/// Somebody who asks; nobody without a token.
#[derive(Clone)]
pub(crate) struct Client {
    front: Routes,
    token: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }

    #[track_caller]
    pub(crate) fn made(&self) -> Value {
        assert!(
            (200..300).contains(&self.status),
            "{} {}",
            self.status,
            self.text
        );
        self.json()
    }
}

impl Instance {
    pub(crate) fn nobody(&self) -> Client {
        Client {
            front: self.program.front(),
            token: None,
        }
    }

    /// A new account, signed in.
    pub(crate) async fn account(&self, email: &str, name: &str) -> Client {
        let mut client = self.nobody();
        let password = "a long enough password";
        let wish =
            serde_json::json!({ "email": email, "password": password, "display_name": name });
        client.json("POST", "/api/v1/accounts", &wish).await.made();
        let wish = serde_json::json!({ "email": email, "password": password });
        let session = client.json("POST", "/api/v1/sessions", &wish).await.made();
        client.token = Some(session["token"].as_str().unwrap().to_owned());
        client
    }
}

impl Client {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, Vec::new()).await
    }

    pub(crate) async fn json(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.send(
            method,
            path,
            Some("application/json"),
            body.to_string().into_bytes(),
        )
        .await
    }

    /// A form with one file.
    pub(crate) async fn file(&self, path: &str, name: &str, content: &str) -> Answer {
        let (kind, body) = form(name, content);
        self.send("POST", path, Some(kind), body).await
    }

    /// Sends a request; of a stream only the beginning is read.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        kind: Option<&str>,
        body: Vec<u8>,
    ) -> Answer {
        let peer: SocketAddr = "127.0.0.1:4000".parse().unwrap();
        let mut request = Request::to(method, path)
            .header("host", "localhost:8400")
            .body(body)
            .from_peer(peer);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let response = self.front.call(request).await;
        assert_described(method, path, response.status());
        let status = response.status().as_u16();
        let is_stream = response
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind == "text/event-stream");
        let text = if is_stream {
            use futures::StreamExt;
            let first = Body::from(response.into_body())
                .into_data_stream()
                .next()
                .await;
            first.map_or_else(Vec::new, |chunk| chunk.unwrap().to_vec())
        } else {
            to_bytes(response.into_body(), usize::MAX)
                .await
                .unwrap()
                .to_vec()
        };
        Answer {
            status,
            text: String::from_utf8_lossy(&text).into_owned(),
        }
    }
}

/// Fails where the published document names what was asked for, and not this answer.
#[track_caller]
fn assert_described(method: &str, path: &str, status: StatusCode) {
    static DOCUMENT: LazyLock<OpenApi> =
        LazyLock::new(|| serde_json::from_str(kith_gateway::domain::openapi::DOCUMENT).unwrap());
    assert!(
        is_described(&DOCUMENT, &method.parse().unwrap(), path, status),
        "{method} {path} answered {status}, which openapi.json does not name"
    );
}

/// A form with one file: its type and body.
pub(crate) fn form(name: &str, content: &str) -> (&'static str, Vec<u8>) {
    let body = format!(
        "--frontier\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         content-type: application/octet-stream\r\n\r\n{content}\r\n--frontier--\r\n"
    );
    ("multipart/form-data; boundary=frontier", body.into_bytes())
}

/// Names by which a test remembers what it made.
pub(crate) type Named = BTreeMap<&'static str, String>;
