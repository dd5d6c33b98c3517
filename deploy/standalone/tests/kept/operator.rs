//! What the operator of a folder does and is told.

use std::path::Path;

use reqwest::Client;
use serde_json::{Map, Value};

use crate::running::Kith;

/// What each service holds of each kind of event. The program that is asked runs on the folder.
pub(crate) async fn holdings(kith: &Kith, data: &Path) -> Value {
    let server = std::fs::read(data.join("server.json")).unwrap();
    let server: Value = serde_json::from_slice(&server).unwrap();
    let token = server["operator_token"].as_str().unwrap();
    let get = async |path: String| {
        let url = format!("{}/operator/v1/services{path}", kith.base);
        let answer = Client::new()
            .get(url)
            .bearer_auth(token)
            .send()
            .await
            .unwrap();
        answer.json::<Value>().await.unwrap()
    };
    let mut all = Map::new();
    for service in get(String::new()).await["items"].as_array().unwrap() {
        let service = service["name"].as_str().unwrap();
        for kind in get(format!("/{service}/holdings")).await["items"]
            .as_array()
            .unwrap()
        {
            let kind = kind.as_str().unwrap();
            let mut held = get(format!("/{service}/holdings/{kind}")).await;
            if let Some(items) = held["items"].as_array_mut() {
                items.sort_by_key(|item| item["account"].to_string());
            }
            all.insert(format!("{service} {kind}"), held);
        }
    }
    Value::Object(all)
}
