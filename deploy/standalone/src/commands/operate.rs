//! How a command reaches what every service tells its operator, in either way of running.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use skeleton_host::http::Method;
use uuid::Uuid;

use crate::{
    api::{Answered, Api},
    backup::task::Task,
    failure::Failure,
};

/// The services, from an operator's point of view.
pub struct Services<'a> {
    api: &'a Api,
}

impl<'a> Services<'a> {
    /// Those behind `api`.
    #[must_use]
    pub fn of(api: &'a Api) -> Self {
        Self { api }
    }

    /// Their names; `only` one where it is given.
    ///
    /// # Errors
    /// When there is no such service; see [`Failure`].
    pub async fn names(&self, only: Option<&str>) -> Result<Vec<String>, Failure> {
        let answer = self.api.get("/operator/v1/services").await?;
        let all: Vec<String> = items(&answer)
            .iter()
            .filter_map(|service| service["name"].as_str().map(str::to_owned))
            .collect();
        match only {
            None => Ok(all),
            Some(name) if all.iter().any(|known| known == name) => Ok(vec![name.to_owned()]),
            Some(name) => Err(Failure::NotFound(format!(
                "there is no service {name}; expected one of {}",
                all.join(", ")
            ))),
        }
    }

    /// `GET` of one of them: `status`, `parked`, …
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn get(&self, service: &str, what: &str) -> Result<Value, Failure> {
        self.ask(Method::GET, service, what, None).await
    }

    /// What is done regularly, by name: see [`Task`].
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn tasks(&self) -> Result<BTreeMap<String, Task>, Failure> {
        let answer = self.api.get("/operator/v1/tasks").await?;
        let tasks: Vec<Task> =
            serde_json::from_value(answer["items"].clone()).map_err(|error| {
                Failure::Failed(format!("the gateway's tasks cannot be read: {error}"))
            })?;
        let tasks = tasks.into_iter().map(|task| (task.name.clone(), task));
        Ok(tasks.collect())
    }

    /// From now on nothing counts that was read before.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn begin_epoch(&self) -> Result<(), Failure> {
        let begin = json!({ "id": Uuid::from_bytes(rand::random()) });
        let path = "/operator/v1/epoch";
        let begun = self.api.ask(Method::PUT, path, Some(&begin)).await;
        begun.map(drop)
    }

    /// `GET` of what is read as it comes, once its beginning is there.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn stream(&self, service: &str, what: &str) -> Result<Answered, Failure> {
        let path = format!("/operator/v1/services/{service}/{what}");
        self.api.stream(&path).await
    }

    /// `POST` of lines.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn send(&self, service: &str, what: &str, lines: Vec<u8>) -> Result<(), Failure> {
        let path = format!("/operator/v1/services/{service}/{what}");
        self.api.send_lines(&path, lines).await
    }

    /// Any method.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn ask(
        &self,
        method: Method,
        service: &str,
        what: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let path = format!("/operator/v1/services/{service}/{what}");
        self.api.ask(method, &path, body).await
    }
}

/// The items of a list.
#[must_use]
pub fn items(answer: &Value) -> &[Value] {
    items_of(answer, "items")
}

/// A list in an object; empty where there is none.
#[must_use]
pub fn items_of<'v>(answer: &'v Value, name: &str) -> &'v [Value] {
    answer[name]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// A text of an object; empty where there is none.
#[must_use]
pub fn text<'v>(item: &'v Value, name: &str) -> &'v str {
    item[name].as_str().unwrap_or_default()
}
