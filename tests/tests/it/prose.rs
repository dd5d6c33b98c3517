//! What is promised in prose must be there: links of the documents, paths that they name.

use std::{fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn documents() -> Vec<String> {
    let mut found = vec!["README.md".to_owned()];
    for folder in [
        "docs",
        "docs/adr",
        "services/gateway",
        "services/ingest",
        "services/network",
        "services/notifications",
        "services/search",
        "services/users",
        "skeleton/host",
        "skeleton/template",
        "deploy/local",
    ] {
        let Ok(entries) = fs::read_dir(root().join(folder)) else {
            continue;
        };
        for entry in entries {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                found.push(format!("{folder}/{name}"));
            }
        }
    }
    found
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(root().join(&document)).unwrap();
        let folder = root().join(&document).parent().unwrap().to_owned();
        for part in text.split("](").skip(1) {
            let target = part.split([')', '#']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            if !folder.join(target).exists() {
                broken.push(format!("{document}: {target}"));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

#[test]
fn every_service_has_a_readme() {
    for service in [
        "gateway",
        "ingest",
        "network",
        "notifications",
        "search",
        "users",
    ] {
        let text = fs::read_to_string(root().join(format!("services/{service}/README.md")));
        assert!(
            text.is_ok_and(|text| text.len() > 500),
            "services/{service}/README.md"
        );
    }
}
