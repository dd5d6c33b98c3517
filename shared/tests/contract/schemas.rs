//! The committed JSON Schemas and the AsyncAPI document are those of the types, and grow only.

use std::collections::BTreeSet;

use kith_shared::catalogue;
use serde_json::Value;

use crate::{HOW, compatibility::breaks, folder, read, updating, write};

#[test]
fn a_schema_grows_and_never_breaks_the_one_before() {
    let mut names = BTreeSet::new();
    for event in catalogue::all() {
        let path = folder("schema").join(format!("{}.json", event.name));
        names.insert(format!("{}.json", event.name));
        let today = serde_json::to_value((event.schema)()).unwrap();
        let committed = read(&path);
        if let Some(committed) = &committed {
            let found = breaks(committed, &today);
            assert!(
                found.is_empty(),
                "{} breaks what was published: {found:#?}. Add a field with a default, or a new \
                 event type; UPDATE=1 does not accept this",
                event.name
            );
        }
        match committed {
            Some(committed) if committed == today => {}
            _ if updating() => write(&path, &today),
            Some(_) => panic!("{} has another schema than is committed; {HOW}", event.name),
            None => panic!("{} has no committed schema; {HOW}", event.name),
        }
    }
    for file in std::fs::read_dir(folder("schema")).unwrap() {
        let name = file.unwrap().file_name().to_string_lossy().into_owned();
        assert!(
            names.contains(&name),
            "schema/{name}: a type that was published left the catalogue"
        );
    }
}

#[test]
fn the_asyncapi_document_is_that_of_the_types() {
    let path = folder("asyncapi.json");
    let today = kith_shared::asyncapi::asyncapi();
    match read(&path) {
        Some(committed) if committed == today => {}
        _ if updating() => write(&path, &today),
        _ => panic!("asyncapi.json is not that of the types; {HOW}"),
    }
}

#[test]
fn every_committed_schema_is_a_schema() {
    for file in std::fs::read_dir(folder("schema")).unwrap() {
        let path = file.unwrap().path();
        let schema: Value = read(&path).unwrap();
        if let Err(error) = jsonschema::validator_for(&schema) {
            panic!("{}: {error}", path.display());
        }
    }
}
