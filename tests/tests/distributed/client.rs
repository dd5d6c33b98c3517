//! Somebody who uses Kith over HTTP, and does not mind when a service is away for a moment.

use std::time::Duration;

use reqwest::{Method, multipart};
use serde_json::{Value, json};

use crate::deployment::until;

const PASSWORD: &str = "correct horse battery";

#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: String,
}

fn http() -> reqwest::Client {
    skeleton_host::upstream::install_tls();
    reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .build()
        .unwrap()
}

impl Client {
    /// A new account, signed in.
    pub(crate) async fn sign_up(base: &str, email: &str, name: &str) -> Self {
        let mut client = Self {
            http: http(),
            base: base.to_owned(),
            token: String::new(),
        };
        let account = json!({"email": email, "password": PASSWORD, "display_name": name});
        client.made("/accounts", &account).await;
        let session = json!({"email": email, "password": PASSWORD});
        let session = client.made("/sessions", &session).await;
        client.token = session["token"].as_str().unwrap().to_owned();
        client
    }

    /// Somebody who has an account.
    pub(crate) async fn sign_in(base: &str, email: &str) -> Self {
        let mut client = Self {
            http: http(),
            base: base.to_owned(),
            token: String::new(),
        };
        let session = json!({"email": email, "password": PASSWORD});
        let session = client.made("/sessions", &session).await;
        client.token = session["token"].as_str().unwrap().to_owned();
        client
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/api/v1{path}", self.base);
        self.http.request(method, url).bearer_auth(&self.token)
    }

    /// One request, answered with success or told why not.
    pub(crate) async fn attempt(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, String> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(request).await
    }

    /// `POST`; under an idempotency key, so that asking again after a lost answer is the same.
    pub(crate) async fn made(&self, path: &str, body: &Value) -> Value {
        let key = uuid::Uuid::now_v7().to_string();
        until(path, async || {
            let request = self.request(Method::POST, path);
            answer(request.header("idempotency-key", &key).json(body)).await
        })
        .await
    }

    /// `GET`.
    pub(crate) async fn get(&self, path: &str) -> Value {
        until(path, async || self.attempt(Method::GET, path, None).await).await
    }

    /// `PATCH`.
    pub(crate) async fn patch(&self, path: &str, body: &Value) {
        until(path, async || {
            self.attempt(Method::PATCH, path, Some(body)).await
        })
        .await;
    }

    /// Uploads a file; the import's id.
    pub(crate) async fn upload(&self, name: &str, content: &str) -> String {
        let key = uuid::Uuid::now_v7().to_string();
        let import = until("an upload", async || {
            let part = multipart::Part::text(content.to_owned()).file_name(name.to_owned());
            let form = multipart::Form::new().part("file", part);
            let request = self.request(Method::POST, "/imports");
            answer(request.header("idempotency-key", &key).multipart(form)).await
        })
        .await;
        import["id"].as_str().unwrap().to_owned()
    }

    /// Waits until the import has succeeded; what it counted.
    pub(crate) async fn imported(&self, import: &str) -> Value {
        let path = format!("/imports/{import}");
        until("the end of the import", async || {
            let import = self.attempt(Method::GET, &path, None).await?;
            assert_ne!(import["status"], "failed", "{import}");
            if import["status"] == "succeeded" {
                Ok(import["counts"].clone())
            } else {
                Err(import.to_string())
            }
        })
        .await
    }

    /// Every item of a list, page by page.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("{path}limit=200{cursor}")).await;
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, String> {
    let answer = request.send().await.map_err(|error| format!("{error:?}"))?;
    let status = answer.status();
    let body = answer.text().await.map_err(|error| format!("{error:?}"))?;
    if status.is_success() {
        Ok(serde_json::from_str(&body).unwrap_or(Value::Null))
    } else {
        Err(format!("{status} {body}"))
    }
}
