//! The rules of the house, as in `docs/ARCHITECTURE.md`, checked on the text of the code.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// The names of what is below a folder, in order.
pub(crate) fn entries(folder: &str) -> Vec<String> {
    let read = fs::read_dir(root().join(folder)).unwrap();
    let mut names: Vec<String> = read
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The services that there are: found, so that none is under no rule.
pub(crate) fn services() -> Vec<String> {
    entries("services")
}

/// Everything that is built as a service is: those, and the template that they are cloned from.
pub(crate) fn houses() -> Vec<String> {
    let services = services().into_iter();
    services
        .map(|name| format!("services/{name}"))
        .chain(["skeleton/template".to_owned()])
        .collect()
}

/// Every Rust file below a folder, path relative to the root, with its text.
pub(crate) fn sources(folder: &str) -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(next) = open.pop() {
        let Ok(entries) = fs::read_dir(&next) else {
            continue;
        };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("node_modules") && !path.ends_with("target") {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|ext| ext == "rs") {
                let name = path.strip_prefix(&root).unwrap().display().to_string();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}

/// The lines that are code: no comments, nothing of an inline test module.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split("#[cfg(test)]\nmod ")
        .next()
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
}

/// Lines of code below `folder` that hold one of `words`.
fn offences(folder: &str, words: &[&str]) -> Vec<String> {
    let files = sources(folder);
    files
        .iter()
        .flat_map(|(name, text)| {
            code(text)
                .filter(|line| words.iter().any(|word| line.contains(word)))
                .map(move |line| format!("{name}: {}", line.trim()))
        })
        .collect()
}

#[track_caller]
pub(crate) fn none(offences: &[String], rule: &str) {
    assert!(offences.is_empty(), "{rule}:\n{}", offences.join("\n"));
}

#[test]
fn a_domain_is_pure() {
    for house in houses() {
        let words = [
            "actix",
            "sqlx",
            "tokio",
            "reqwest",
            "utoipa",
            "tantivy",
            "skeleton_durable",
            "skeleton_host",
            "std::fs",
            "std::net",
            "std::time",
            "rand::",
            "async fn",
            "Timestamp::now",
            "Uuid::now_v7",
            "::generate()",
        ];
        none(
            &offences(&format!("{house}/src/domain"), &words),
            "domain/ has no I/O, no clock, no randomness and names no framework",
        );
    }
}

#[test]
fn use_cases_name_no_adapter() {
    for house in houses() {
        let words = [
            "sqlx",
            "actix",
            "tantivy",
            "neo4rs",
            "lapin",
            "crate::adapters",
            "super::adapters",
            "Timestamp::now",
            "Uuid::now_v7",
            "::generate()",
        ];
        none(
            &offences(&format!("{house}/src/application"), &words),
            "application/ names no adapter and no framework of one; time and ids are given to it",
        );
    }
}

/// A write that falls through to an arm for the rest is committed as nothing, and its event goes out.
#[test]
fn every_kind_of_write_is_applied_by_name() {
    let mut swallowed = Vec::new();
    for folder in ["services", "skeleton/template"] {
        for (name, text) in sources(folder) {
            let applies = name.contains("/src/adapters/") && text.contains("Write for ");
            let arms = code(&text)
                .map(str::trim)
                .filter(|line| applies && (line.starts_with("_ =>") || line.contains("| _ =>")));
            swallowed.extend(arms.map(|line| format!("{name}: {line}")));
        }
    }
    none(
        &swallowed,
        "a file that applies writes names each of them; one that is forgotten must not compile",
    );
}

#[test]
fn no_service_depends_on_another() {
    let services = services();
    for service in &services {
        let manifest =
            fs::read_to_string(root().join(format!("services/{service}/Cargo.toml"))).unwrap();
        for other in services.iter().filter(|other| *other != service) {
            assert!(
                !manifest
                    .lines()
                    .any(|line| line.starts_with(&format!("kith-{other}"))),
                "services/{service} depends on services/{other}"
            );
        }
    }
}

#[test]
fn only_wiring_names_concrete_adapters() {
    for house in houses() {
        let found: Vec<String> = sources(&format!("{house}/src"))
            .into_iter()
            .filter(|(name, _)| {
                !name.ends_with("wiring.rs")
                    && !name.contains("/wiring/")
                    && !name.contains("/adapters/")
                    && !name.ends_with("main.rs")
            })
            .flat_map(|(name, text)| {
                code(&text)
                    .filter(|line| {
                        [
                            "sql::sqlite",
                            "sql::postgres",
                            "InProcessBus",
                            "RabbitMqBus",
                            "ObjectBlobs",
                            "RowBlobs",
                        ]
                        .iter()
                        .any(|word| line.contains(word))
                    })
                    .map(|line| format!("{name}: {}", line.trim()))
                    .collect::<Vec<_>>()
            })
            .collect();
        none(
            &found,
            "outside of adapters/ only wiring.rs names a concrete adapter",
        );
    }
}

#[test]
fn the_skeleton_holds_no_business() {
    let nouns = [
        "Person",
        "person_id",
        "Circle",
        "circle_id",
        "Tie",
        "Contact",
        "Reminder",
        "Introduction",
        "kith_",
    ];
    for part in entries("skeleton") {
        none(
            &offences(&format!("skeleton/{part}/src"), &nouns),
            "the skeleton would serve an unrelated product",
        );
    }
}

/// What HTTP is spoken with is an affair of the skeleton and of the gateway, which is all HTTP.
#[test]
fn services_name_no_http_framework() {
    let crates = ["actix", "axum", "http", "hyper", "tower"];
    let places = houses().into_iter();
    let places = places.filter(|house| house != "services/gateway");
    for place in places.chain(["deploy/standalone".to_owned(), "tests/upgrade".to_owned()]) {
        let manifest = fs::read_to_string(root().join(&place).join("Cargo.toml")).unwrap();
        let dependencies = manifest
            .lines()
            .filter(|line| crates.iter().any(|name| line.starts_with(name)))
            .map(|line| format!("{place}/Cargo.toml: {line}"));
        let mut found: Vec<String> = dependencies.collect();
        let words = [
            "actix",
            "axum::",
            "axum_",
            "use http::",
            "hyper::",
            "tower::",
            "tower_",
        ];
        found.extend(offences(&place, &words));
        none(&found, "services name HTTP by `skeleton_host::http` only");
    }
}

#[test]
fn contracts_know_no_framework() {
    none(
        &offences(
            "shared/src",
            &["sqlx", "actix", "tokio", "lapin", "reqwest"],
        ),
        "shared/ is what crosses a border as bytes",
    );
}

#[test]
fn every_module_says_what_it_is() {
    let mut silent = Vec::new();
    for folder in ["services", "shared/src", "skeleton", "deploy"] {
        for (name, text) in sources(folder) {
            let generated =
                name.contains("/fuzz/") || name.contains("/examples/") || name.contains("/tests/");
            let first = text
                .lines()
                .find(|line| !line.trim().is_empty() && !line.starts_with("#!["))
                .unwrap_or_default();
            if !generated && !first.starts_with("//!") {
                silent.push(name);
            }
        }
    }
    none(
        &silent,
        "these files do not begin with a //! that says what they are",
    );
}

/// A field says enough by its name and type, or has a comment that says more; an item is looked up by
/// who does not know it yet.
#[test]
fn every_public_item_says_what_it_is() {
    let mut silent = Vec::new();
    for folder in ["services", "shared/src", "skeleton", "deploy"] {
        for (name, text) in sources(folder) {
            let is_test = name.contains("/contract/") || name.contains("/fuzz/");
            if name.contains("/src/") && !is_test {
                let found = undocumented(&text);
                silent.extend(found.iter().map(|line| format!("{name}: {line}")));
            }
        }
    }
    none(&silent, "these public items have no doc comment");
}

/// Lines that begin a public item without a doc comment before it or its attributes.
fn undocumented(text: &str) -> Vec<&str> {
    const ITEMS: [&str; 9] = [
        "fn ",
        "async fn ",
        "const fn ",
        "struct ",
        "enum ",
        "trait ",
        "type ",
        "static ",
        "const ",
    ];
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let (mut found, mut is_documented, mut in_attribute) = (Vec::new(), false, false);
    for line in text.lines().map(str::trim) {
        if in_attribute || line.starts_with("#[") {
            in_attribute = !line.ends_with(']');
            continue;
        }
        let public = line.strip_prefix("pub ").unwrap_or_default();
        let is_item = ITEMS.iter().any(|item| public.starts_with(item));
        if is_item && !is_documented {
            found.push(line);
        }
        // A macro gets the comment from its caller: `$(#[$doc])*`.
        is_documented = line.starts_with("///") || line.starts_with("$(#[$");
    }
    found
}

#[test]
fn files_fit_the_mind() {
    /// Longer ones have a second subject. A test tells a story, which may be longer.
    const LINES: usize = 500;
    const LINES_OF_A_TEST: usize = 700;
    let mut long = Vec::new();
    for folder in ["services", "shared/src", "skeleton", "deploy", "tests"] {
        for (name, text) in sources(folder) {
            let lines = text.lines().count();
            let most = if name.contains("/tests/") {
                LINES_OF_A_TEST
            } else {
                LINES
            };
            if lines > most {
                long.push(format!("{name}: {lines} lines"));
            }
        }
    }
    none(&long, "split these: a file has one subject");
}

/// What goes into a column, a property or an index as JSON has a type with golden files.
#[test]
fn what_is_stored_is_read_and_written_by_its_contract() {
    let words = [
        "serde_json::from_str",
        "serde_json::from_slice",
        "serde_json::to_string",
        "serde_json::to_vec",
    ];
    for house in houses() {
        let mut found = offences(&format!("{house}/src/adapters/store"), &words);
        // Tests of the golden files themselves; what a server answers is its protocol.
        let others = ["/golden.rs: ", "/elasticsearch/client.rs: "];
        found.retain(|line| !others.iter().any(|file| line.contains(file)));
        none(&found, "stored JSON goes through skeleton_durable::stored");
    }
}

/// PostgreSQL refuses a kept plan whose columns are not those of before: while two versions run side by
/// side, `*` would fail in the older one as soon as the newer one has added a column.
#[test]
fn rows_are_read_by_the_names_of_their_columns() {
    let mut found = Vec::new();
    for house in houses()
        .iter()
        .map(String::as_str)
        .chain(["skeleton/durable"])
    {
        found.extend(offences(&format!("{house}/src"), &["SELECT * FROM"]));
    }
    found.retain(|line| !line.contains("unnest(") && !line.contains("/contract.rs: "));
    none(
        &found,
        "name the columns: `SELECT *` breaks during an upgrade",
    );
}
