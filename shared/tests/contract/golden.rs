//! Golden files: one event of every version of every type ever published, as it went over the wire.

use std::collections::BTreeSet;

use kith_shared::catalogue;
use serde_json::{Value, json};
use skeleton_envelope::Envelope;

use crate::{examples, folder, read, updating, write};

fn files() -> Vec<(String, Value)> {
    let mut files: Vec<(String, Value)> = std::fs::read_dir(folder("golden"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                read(&path).unwrap(),
            )
        })
        .collect();
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

#[test]
fn every_event_ever_published_is_still_understood() {
    let catalogue = catalogue::all();
    for (name, value) in files() {
        let envelope: Envelope = serde_json::from_value(value).unwrap();
        assert_eq!(
            name,
            format!("{}.v{}", envelope.kind, envelope.schema_version)
        );
        let known = catalogue.iter().find(|event| event.name == envelope.kind);
        let known = known.unwrap_or_else(|| panic!("{name}: its type left the catalogue"));
        (known.parse)(&envelope).unwrap_or_else(|error| panic!("{name}: {error}"));
        let schema = serde_json::to_value((known.schema)()).unwrap();
        let data: Value = serde_json::from_str(envelope.data.get()).unwrap();
        if let Err(error) = jsonschema::validate(&schema, &data) {
            panic!("{name} does not fit the schema: {error}");
        }
    }
}

#[test]
fn every_type_has_a_golden_file_of_its_version_that_is_what_goes_out_today() {
    let examples = examples::all();
    let shown: BTreeSet<&str> = examples
        .iter()
        .map(|example| example.kind.as_str())
        .collect();
    let types: BTreeSet<&str> = catalogue::all().iter().map(|event| event.name).collect();
    assert_eq!(shown, types, "examples.rs has one event of each type");

    for example in &examples {
        let name = format!("{}.v{}", example.kind, example.schema_version);
        let path = folder("golden").join(format!("{name}.json"));
        let today = serde_json::to_value(example).unwrap();
        match read(&path) {
            Some(golden) => assert_eq!(
                golden, today,
                "{name} goes out otherwise than it was published. A golden file never changes: \
                 raise SCHEMA_VERSION where a field was added; anything else is a new type"
            ),
            None if updating() => write(&path, &today),
            None => panic!("{name} has no golden file; {}", crate::HOW),
        }
    }
}

#[test]
fn a_field_from_the_future_is_no_trouble() {
    let catalogue = catalogue::all();
    for (name, mut value) in files() {
        value["from_the_future"] = json!({ "anything": [1, 2] });
        value["data"]["from_the_future"] = json!({ "anything": [1, 2] });
        let envelope: Envelope = serde_json::from_value(value).unwrap();
        let known = catalogue
            .iter()
            .find(|event| event.name == envelope.kind)
            .unwrap();
        (known.parse)(&envelope).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}
