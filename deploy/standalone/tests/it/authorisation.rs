//! The authorisation matrix: every route, as described and as mounted, tried by nobody and by a
//! stranger against what somebody else really has. A route that is not known here fails the test.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use skeleton_host::{
    http::Routes,
    {auth::Caller, testing::TestClient},
};
use uuid::Uuid;

use crate::{
    support::{Client, Instance, Named, form, instance},
    world::{MARK, furnish, furnish_notifications},
};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Open to everybody.
const PUBLIC: [&str; 4] = [
    "POST /api/v1/accounts",
    "POST /api/v1/sessions",
    "GET /api/v1/openapi.json",
    "GET /api/v1/docs",
];

/// Not described, since not for the outside.
const INTERNAL: [&str; 1] = ["POST /internal/sessions/check"];

/// Tried last: what follows would find nobody any more.
const LAST: [&str; 3] = [
    "POST /api/v1/sample-network",
    "DELETE /api/v1/me",
    "DELETE /api/v1/sessions",
];

/// Answers "no such thing" to the owner as well, rightly: the invitation is another's.
const NOT_THE_OWNERS: [&str; 2] = [
    "POST /api/v1/invitations/{id}/acceptance",
    "POST /api/v1/invitations/{id}/refusal",
];

#[derive(Debug)]
struct Trial {
    operation: String,
    method: String,
    path: String,
    body: Option<Value>,
    /// Whether it names something of the owner's.
    is_theirs: bool,
}

/// How to try an operation; none where this test does not know.
fn trial(operation: &str, named: &Named) -> Option<Trial> {
    let (method, template) = operation.split_once(' ')?;
    let mut path = fill(template, named)?;
    let is_theirs = path != template;
    if operation == "GET /api/v1/paths" {
        path = format!("{path}?to={}", named["person"]);
    }
    let nothing = Some(Value::Null);
    let body = match operation {
        _ if method == "GET" => nothing,
        "POST /api/v1/circles" => Some(json!({ "name": "mine" })),
        "POST /api/v1/circles/{id}/invitations" => Some(json!({ "email": "x@example.org" })),
        "PATCH /api/v1/circles/{id}/membership" => Some(json!({ "sharing": "hidden" })),
        "POST /api/v1/imports" => Some(json!("a form")),
        "POST /api/v1/invitations/acceptance" => Some(json!({ "code": "not a code" })),
        "POST /api/v1/invitations/{id}/acceptance" => Some(json!({ "sharing": "hidden" })),
        "PATCH /api/v1/me" => Some(json!({ "display_name": "Mallory" })),
        "DELETE /api/v1/me" => Some(json!({ "password": "a wrong password" })),
        "POST /api/v1/me/addresses" => {
            Some(json!({ "kind": "profile", "value": "https://www.linkedin.com/in/mallory" }))
        }
        "POST /api/v1/me/addresses/{id}/verification" => Some(json!({ "code": "000000" })),
        "POST /api/v1/people" => Some(json!({ "display_name": "Somebody" })),
        "PATCH /api/v1/people/{id}" => Some(json!({ "nickname": "Zebedee's nick" })),
        "POST /api/v1/people/{id}/merges" => Some(json!({ "person_id": named["twin"] })),
        "POST /api/v1/people/{id}/notes" => Some(json!({ "text": "Zebedee again" })),
        "POST /api/v1/reminders" => {
            Some(json!({ "note": "mine", "due_at": "2030-01-01T00:00:00Z" }))
        }
        "PATCH /api/v1/reminders/{id}" => Some(json!({ "note": "Zebedee's other day" })),
        "PATCH /api/v1/notifications/{id}" => Some(json!({ "read": true })),
        "PATCH /api/v1/preferences" => Some(json!({ "reminder_mail": false })),
        "DELETE /api/v1/circles/{id}/invitations/{invitation}"
        | "DELETE /api/v1/circles/{id}/membership"
        | "POST /api/v1/invitations/{id}/refusal"
        | "DELETE /api/v1/imports/{id}"
        | "DELETE /api/v1/me/addresses/{id}"
        | "POST /api/v1/me/addresses/{id}/verification-mails"
        | "DELETE /api/v1/people/{id}/merges/{merge_id}"
        | "DELETE /api/v1/people/{id}/records/{record_id}"
        | "PUT /api/v1/people/{id}/tags/{tag}"
        | "DELETE /api/v1/people/{id}/tags/{tag}"
        | "DELETE /api/v1/people/{id}/notes/{note}"
        | "DELETE /api/v1/sessions"
        | "DELETE /api/v1/sessions/{id}"
        | "POST /api/v1/sample-network"
        | "DELETE /api/v1/reminders/{id}"
        | "POST /api/v1/notifications/read-all" => nothing,
        _ if PUBLIC.contains(&operation) => Some(json!({})),
        _ => None,
    }?;
    Some(Trial {
        operation: operation.to_owned(),
        method: method.to_owned(),
        path,
        body: (!body.is_null()).then_some(body),
        is_theirs,
    })
}

/// The path with the owner's things in it.
fn fill(template: &str, named: &Named) -> Option<String> {
    let mut before = "";
    let mut filled = Vec::new();
    for segment in template.split('/') {
        let name = match (before, segment) {
            ("circles", "{id}") => "circle",
            ("invitations", "{id}" | "{invitation}") => "invitation",
            ("addresses", "{id}") => "address",
            ("sessions", "{id}") => "session",
            ("people", "{id}") => "person",
            ("merges", "{merge_id}") => "merge",
            ("records", "{record_id}") => "record",
            ("notes", "{note}") => "note",
            ("tags", "{tag}") => "tag",
            ("imports", "{id}") => "import",
            ("reminders", "{id}") => "reminder",
            ("notifications", "{id}") => "notification",
            (_, unknown) if unknown.starts_with('{') => return None,
            _ => "",
        };
        filled.push(if name.is_empty() {
            segment
        } else {
            named.get(name)?.as_str()
        });
        before = segment;
    }
    Some(filled.join("/"))
}

async fn run(client: &Client, trial: &Trial) -> (u16, String) {
    let answer = match &trial.body {
        None => {
            client
                .send(&trial.method, &trial.path, None, Vec::new())
                .await
        }
        Some(Value::String(_)) => {
            let (kind, body) = form("x.vcf", "BEGIN:VCARD\nVERSION:3.0\nFN:X Y\nEND:VCARD\n");
            client
                .send(&trial.method, &trial.path, Some(kind), body)
                .await
        }
        Some(body) => client.json(&trial.method, &trial.path, body).await,
    };
    (answer.status, answer.text)
}

/// Every operation of the document, those that end something last.
fn operations(instance: &Instance) -> Vec<String> {
    let document = instance.program.openapi().unwrap();
    let mut operations: Vec<String> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect();
    operations.sort_by_key(|operation| {
        let last = LAST.iter().position(|last| last == operation);
        // Reading, then changing, then taking away.
        let order = METHODS
            .iter()
            .position(|method| operation.starts_with(method));
        (last.map_or(0, |at| at + 1), order, operation.clone())
    });
    operations
}

/// What routes answer, whatever the method.
fn mounted(routes: &Routes) -> BTreeSet<String> {
    routes.mounted().map(|route| route.path.clone()).collect()
}

#[tokio::test]
async fn what_is_mounted_is_described_and_the_other_way_round() {
    let instance = instance().await;
    let caller = Caller {
        account: Uuid::now_v7(),
        session: Uuid::now_v7(),
        scopes: Vec::new(),
    };
    for service in instance
        .program
        .services()
        .iter()
        .filter(|service| service.name != "gateway")
    {
        let routes = instance.program.routes()[service.name].clone();
        let client = TestClient::new(
            routes.clone(),
            instance.program.signer().clone(),
            service.name,
        )
        .as_caller(caller.clone());
        let document = serde_json::to_value(service.routes.openapi()).unwrap();
        let paths = mounted(&routes);
        for path in document["paths"].as_object().unwrap().keys() {
            assert!(
                paths.contains(path),
                "{path} is described, and not found in {paths:?}"
            );
        }
        for path in paths {
            let concrete: Vec<String> = path
                .split('/')
                .map(|part| {
                    if part.starts_with('{') {
                        Uuid::now_v7().to_string()
                    } else {
                        part.to_owned()
                    }
                })
                .collect();
            for method in METHODS {
                let asked = client.request(method.parse().unwrap(), &concrete.join("/"));
                let status = asked.await.status.as_u16();
                let operation = format!("{method} {path}");
                if path.starts_with("/operator/") {
                    // An account's token lacks the scope, whatever it asks there.
                    assert!(
                        matches!(status, 403 | 405),
                        "{operation} of {} answers {status}",
                        service.name
                    );
                    continue;
                }
                let is_described = !document["paths"][&path][method.to_lowercase()].is_null();
                let is_known = is_described || INTERNAL.contains(&operation.as_str());
                assert_eq!(
                    status != 405,
                    is_known,
                    "{operation} of {} answers {status}",
                    service.name
                );
            }
        }
    }
}

#[tokio::test]
async fn the_front_shows_nobody_anything_but_what_is_open() {
    let instance = instance().await;
    let open = [
        "GET /healthz",
        "GET /readyz",
        "GET /metrics",
        // Public keys, by which a service knows the gateway's tokens.
        "GET /.well-known/jwks.json",
        "GET /api/v1/openapi.json",
        "GET /api/v1/docs",
        "GET /api/v1/docs/style.css",
    ];
    let nobody = instance.nobody();
    let paths = mounted(&instance.program.front());
    assert!(paths.len() > 30, "{paths:?}");
    for path in paths {
        let concrete = path
            .replace("{*rest}", "x")
            .replace("{id}", &Uuid::now_v7().to_string());
        for method in METHODS {
            let operation = format!("{method} {path}");
            let status = nobody
                .send(method, &concrete, None, Vec::new())
                .await
                .status;
            let is_open = open.contains(&operation.as_str());
            let is_sign_in = PUBLIC[..2].contains(&operation.as_str());
            let expected: &[u16] = match (is_open, is_sign_in) {
                (true, _) => &[200],
                (_, true) => &[400, 415, 422],
                _ => &[401, 404, 405],
            };
            assert!(
                expected.contains(&status),
                "{operation} answers nobody {status}"
            );
        }
    }
}

#[tokio::test]
async fn nobody_and_strangers_get_nothing_of_what_somebody_has() {
    let instance = instance().await;
    let owner = instance
        .account("zebedee@example.com", "Zebedee Quux")
        .await;
    let stranger = instance.account("mallory@example.com", "Mallory").await;
    let mut named = furnish(&owner).await;
    furnish_notifications(&owner, &mut named).await;
    let operations = operations(&instance);
    let trials: Vec<Trial> = operations
        .iter()
        .map(|operation| {
            trial(operation, &named).unwrap_or_else(|| {
                panic!(
                    "this test does not know how to try {operation}: teach it in `trial` or `fill`"
                )
            })
        })
        .collect();
    assert!(trials.len() >= 40);

    let mut wrong = Vec::new();
    for trial in trials
        .iter()
        .filter(|trial| !PUBLIC.contains(&trial.operation.as_str()))
    {
        let (status, _) = run(&instance.nobody(), trial).await;
        if status != 401 {
            wrong.push(format!("{} answers nobody {status}", trial.operation));
        }
        let (status, text) = run(&stranger, trial).await;
        let is_hidden = matches!(status, 403 | 404);
        if status >= 500 || status == 405 || (trial.is_theirs && !is_hidden) {
            wrong.push(format!(
                "{} answers a stranger {status}: {text}",
                trial.operation
            ));
        }
        let shown = text.to_lowercase();
        let ids = named
            .iter()
            .filter(|(name, _)| **name != "tag")
            .map(|(_, id)| id);
        let told: Vec<&String> = ids.filter(|id| text.contains(*id)).collect();
        if shown.contains(&MARK.to_lowercase()) || !told.is_empty() {
            wrong.push(format!(
                "{} shows a stranger {told:?}: {text}",
                trial.operation
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    // The owner's things are as they were, and the trials did name them.
    let theirs = trials
        .iter()
        .filter(|trial| trial.is_theirs && !NOT_THE_OWNERS.contains(&trial.operation.as_str()));
    let is_of_session = |trial: &&Trial| trial.operation == "DELETE /api/v1/sessions/{id}";
    let (last, first): (Vec<&Trial>, Vec<&Trial>) = theirs.partition(is_of_session);
    for trial in first.into_iter().chain(last) {
        let (status, text) = run(&owner, trial).await;
        let is_found = !matches!(status, 401 | 403 | 404 | 405) && status < 500;
        if !is_found {
            wrong.push(format!(
                "{} answers its owner {status}: {text}",
                trial.operation
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_stranger_cannot_bring_somebody_elses_person_into_their_own_book() {
    let instance = instance().await;
    let owner = instance
        .account("zebedee@example.com", "Zebedee Quux")
        .await;
    let stranger = instance.account("mallory@example.com", "Mallory").await;
    let wish = json!({ "display_name": "Zebedee Elder", "emails": ["elder@example.org"] });
    let theirs = owner.json("POST", "/api/v1/people", &wish).await.made();
    let wish = json!({ "display_name": "Somebody", "emails": ["elder@example.org"] });
    let own = stranger.json("POST", "/api/v1/people", &wish).await.made();
    assert_ne!(
        theirs["id"], own["id"],
        "the same address in two books is two persons"
    );
    let merges = format!("/api/v1/people/{}/merges", own["id"].as_str().unwrap());
    let merge = json!({ "person_id": theirs["id"] });
    let answer = stranger.json("POST", &merges, &merge).await;
    assert!(matches!(answer.status, 404 | 422), "{answer:?}");
    assert!(!answer.text.contains("Zebedee"));
    let path = format!("/api/v1/people/{}", theirs["id"].as_str().unwrap());
    let still = owner.get(&path).await.made();
    assert_eq!(still["display_name"], "Zebedee Elder");
}
