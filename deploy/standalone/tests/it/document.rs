use std::{fs, path::PathBuf};

use crate::support::instance;

#[tokio::test]
async fn the_committed_document_is_what_the_services_describe() {
    let instance = instance().await;
    let document = instance.program.openapi().unwrap();
    is_committed("services/gateway/openapi.json", &document);
}

/// What the page shows of formats, sources and fields comes from the tables of the service that
/// reads files.
#[test]
fn the_pages_catalogue_is_what_the_tables_say() {
    let catalogue = kith_ingest::domain::catalogue::Catalogue::new();
    is_committed("services/gateway/web/src/api/catalogue.json", &catalogue);
}

/// Compares a committed file with what it is made from, or writes it where `UPDATE` is set.
fn is_committed(name: &str, made_from: &impl serde::Serialize) {
    let text = serde_json::to_string_pretty(made_from).unwrap() + "\n";
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(name);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&file, &text).unwrap();
        return;
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    if committed != text {
        let line = committed
            .lines()
            .zip(text.lines())
            .position(|(a, b)| a != b);
        let at = line.unwrap_or_else(|| committed.lines().count().min(text.lines().count()));
        panic!(
            "{name} is out of date from line {}: expected {:?}.\n\
             Write it anew with `UPDATE=1 cargo test -p kith-standalone --test it document`, \
             then generate the web app's client from it (`make web`).",
            at + 1,
            text.lines().nth(at).unwrap_or_default()
        );
    }
}

#[tokio::test]
async fn the_route_table_leads_every_operation_to_the_service_that_describes_it() {
    let instance = instance().await;
    let mut wrong = Vec::new();
    for service in instance.program.services() {
        if service.name == "gateway" {
            continue;
        }
        let document = serde_json::to_value(service.routes.openapi()).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                let method = method.to_uppercase();
                let led = kith_gateway::domain::routes::service_for(&method, path);
                if led != Some(service.name) {
                    wrong.push(format!(
                        "{method} {path} of {} leads to {led:?}",
                        service.name
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "mend services/gateway/src/domain/routes.rs:\n{}",
        wrong.join("\n")
    );
}

#[tokio::test]
async fn every_operation_has_a_name_a_tag_and_says_what_it_does() {
    let instance = instance().await;
    let document = instance.program.openapi().unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for field in ["operationId", "summary"] {
                let text = operation[field].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "{method} {path} has no {field}");
            }
            assert!(
                operation["tags"][0].is_string(),
                "{method} {path} has no tag"
            );
        }
    }
}
