//! One OpenAPI document out of those of the services.
//!
//! The result is committed as `openapi.json` beside this crate's `Cargo.toml` and served from
//! there, so that a gateway by itself describes the whole API and clients are generated without
//! running anything. `kith openapi` writes it; a test fails when it is out of date.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::routes;

/// The document as it was committed.
pub const DOCUMENT: &str = include_str!("../../openapi.json");

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Why documents cannot be one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MergeError {
    /// Two services answer the same.
    #[error("{0} is answered by two services")]
    Operation(String),
    /// Two handlers have the same name.
    #[error("the operation id {0} is used twice: rename one of the handlers")]
    OperationId(String),
}

/// The whole document. `documents` are those of the services by name; what is not under `/api/` is
/// left out. Of two different schemas with one name the later gets its service's name in front.
///
/// # Errors
/// See [`MergeError`].
pub fn merge(documents: Vec<(&str, Value)>) -> Result<Value, MergeError> {
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    let (mut ids, mut tags) = (BTreeSet::new(), BTreeSet::new());
    for (service, mut document) in documents {
        rename_schemas(service, &mut document, &schemas);
        if let Some(Value::Object(own)) =
            document.pointer_mut("/components/schemas").map(Value::take)
        {
            schemas.extend(own);
        }
        let Some(Value::Object(own)) = document.get_mut("paths").map(Value::take) else {
            continue;
        };
        for (path, item) in own {
            let Value::Object(item) = item else { continue };
            if !path.starts_with("/api/") {
                continue;
            }
            for (method, mut operation) in item {
                if METHODS.contains(&method.as_str()) {
                    note(&operation, &mut ids, &mut tags)?;
                    add_answers(&path, &method, &mut operation);
                }
                let entry = paths.entry(path.clone()).or_default();
                if entry.insert(method.clone(), operation).is_some() {
                    return Err(MergeError::Operation(format!(
                        "{} {path}",
                        method.to_uppercase()
                    )));
                }
            }
        }
    }
    Ok(document(paths, schemas, &tags))
}

/// What each status means where it is a problem, for whoever wrote nothing more exact.
const PROBLEMS: [(&str, &str); 13] = [
    ("400", "the request is malformed"),
    ("401", "nobody is signed in, or not any more"),
    ("403", "the caller may not do this"),
    ("404", "no such thing, or none that the caller may see"),
    ("409", "it stands against what is there"),
    ("412", "it was changed since it was read"),
    ("413", "the body is larger than this route takes"),
    ("415", "the body is of another type"),
    (
        "421",
        "this instance does not answer for the host that was asked",
    ),
    ("422", "some fields are not valid; `errors` points at them"),
    (
        "429",
        "too many requests; `Retry-After` says when to come back",
    ),
    ("500", "a defect of ours; `request_id` helps to find it"),
    (
        "503",
        "something that is needed does not answer; `Retry-After` says when to come back",
    ),
];

/// Adds the problems with which the gateway answers before a service is asked, and says of every
/// problem what it means.
fn add_answers(path: &str, method: &str, operation: &mut Value) {
    let needs_nobody = operation["security"] == json!([{}]);
    let mut added = vec!["400", "421", "500"];
    if !needs_nobody {
        added.extend(["429", "503"]);
        if !routes::is_public(&method.to_uppercase(), path) {
            added.push("401");
        }
        if !matches!(method, "get" | "head") {
            // A page of another site, with the caller's cookie.
            added.push("403");
        }
    }
    let Some(answers) = operation["responses"].as_object_mut() else {
        return;
    };
    let shape = json!({ "schema": { "$ref": reference("Problem") } });
    for status in added {
        let problem = || json!({ "content": { "application/problem+json": shape.clone() } });
        answers.entry(status).or_insert_with(problem);
    }
    for (status, answer) in answers {
        let meaning = PROBLEMS.iter().find(|(known, _)| known == status);
        let is_silent = answer["description"].as_str().is_none_or(str::is_empty);
        if let (Some((_, meaning)), true) = (meaning, is_silent) {
            answer["description"] = json!(meaning);
        }
    }
}

fn note(
    operation: &Value,
    ids: &mut BTreeSet<String>,
    tags: &mut BTreeSet<String>,
) -> Result<(), MergeError> {
    let names = operation["tags"].as_array().into_iter().flatten();
    tags.extend(names.filter_map(|tag| tag.as_str().map(str::to_owned)));
    match operation["operationId"].as_str() {
        Some(id) if !ids.insert(id.to_owned()) => Err(MergeError::OperationId(id.to_owned())),
        _ => Ok(()),
    }
}

fn document(
    paths: BTreeMap<String, Map<String, Value>>,
    schemas: BTreeMap<String, Value>,
    tags: &BTreeSet<String>,
) -> Value {
    let tags: Vec<Value> = tags.iter().map(|name| json!({ "name": name })).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kith",
            "version": "1",
            "description": "Find the warmest way to an introduction through the people you know. \
                Lists come in pages (`cursor`, `limit`). Errors are RFC 9457 problems. Creations \
                take an `Idempotency-Key`, edits an `If-Match`. Whoever answers 429 says in \
                `Retry-After` when to come back.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/", "description": "this instance" }],
        "security": [{ "bearer": [] }, { "cookie": [] }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "the token that POST /api/v1/sessions answers",
                },
                "cookie": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "kith",
                    "description": "set by POST /api/v1/sessions; `__Host-kith` over https. \
                        Changes must come from a page of this site.",
                },
            },
        },
    })
}

/// Gives schemas whose name another service uses for something else their service's name.
fn rename_schemas(service: &str, document: &mut Value, taken: &BTreeMap<String, Value>) {
    let own = document
        .pointer("/components/schemas")
        .and_then(Value::as_object);
    let clashes: Vec<String> = own
        .into_iter()
        .flatten()
        .filter(|(name, schema)| taken.get(*name).is_some_and(|other| other != *schema))
        .map(|(name, _)| name.clone())
        .collect();
    for name in clashes {
        let renamed = format!("{}{name}", capitalised(service));
        if let Some(Value::Object(own)) = document.pointer_mut("/components/schemas")
            && let Some(schema) = own.remove(&name)
        {
            own.insert(renamed.clone(), schema);
        }
        let (from, to) = (reference(&name), reference(&renamed));
        refer(document, &from, &to);
    }
}

fn reference(name: &str) -> String {
    format!("#/components/schemas/{name}")
}

fn refer(value: &mut Value, from: &str, to: &str) {
    match value {
        Value::String(text) if text == from => to.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(|item| refer(item, from, to)),
        Value::Object(fields) => fields.values_mut().for_each(|field| refer(field, from, to)),
        _ => {}
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(text: &str) -> Value {
        serde_json::from_str(&format!(
            r#"{{"openapi":"3.1.0","info":{{"title":"t","version":"1"}},{text}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn one_path_may_be_shared_by_services_that_answer_different_methods() {
        let one = service(
            r#""paths":{"/api/x":{"get":{"operationId":"a","responses":{}}},"/internal/y":{"get":{"operationId":"c","responses":{}}}}"#,
        );
        let two = service(r#""paths":{"/api/x":{"post":{"operationId":"b","responses":{}}}}"#);
        let merged = merge(vec![("one", one.clone()), ("two", two)]).unwrap();
        assert_eq!(merged["paths"]["/api/x"]["get"]["operationId"], "a");
        assert_eq!(merged["paths"]["/api/x"]["post"]["operationId"], "b");
        assert!(merged["paths"]["/internal/y"].is_null());
        assert_eq!(
            merge(vec![("one", one.clone()), ("again", one)]).unwrap_err(),
            MergeError::OperationId("a".to_owned())
        );
    }

    #[test]
    fn different_schemas_of_one_name_stay_apart() {
        let one = service(r#""paths":{},"components":{"schemas":{"Thing":{"type":"string"}}}"#);
        let two = service(
            r##""paths":{"/api/x":{"get":{"responses":{"200":{"description":"","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Thing"}}}}}}}},"components":{"schemas":{"Thing":{"type":"integer"}}}"##,
        );
        let merged = merge(vec![("one", one), ("search", two)]).unwrap();
        assert_eq!(merged["components"]["schemas"]["Thing"]["type"], "string");
        assert_eq!(
            merged["components"]["schemas"]["SearchThing"]["type"],
            "integer"
        );
        let schema = "/paths/~1api~1x/get/responses/200/content/application~1json/schema/$ref";
        assert_eq!(
            merged.pointer(schema).unwrap(),
            "#/components/schemas/SearchThing"
        );
    }
}
