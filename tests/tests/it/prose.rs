//! What is promised in prose must be there: links of the documents, paths that they name.

use std::{fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Every page that there is, but for what is installed or built.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root().to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let foreign = ["node_modules", "target", "dist"].contains(&name.as_str());
                if !foreign && !name.starts_with('.') {
                    open.push(path);
                }
            } else if name.ends_with(".md") {
                let relative = path.strip_prefix(root()).unwrap();
                found.push(relative.display().to_string());
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
    for service in crate::architecture::services() {
        let text = fs::read_to_string(root().join(format!("services/{service}/README.md")));
        assert!(
            text.is_ok_and(|text| text.len() > 500),
            "services/{service}/README.md"
        );
    }
}
