//! A service has the rooms of the house and no others, so that whoever knows one service finds the
//! way in every other. The template is the house at its smallest.
//!
//! ```text
//! src/main.rs lib.rs wiring.rs ports.rs
//! src/domain/               one aggregate a file
//! src/application/mod.rs    App and the menu: every command and query
//!     <use case>.rs         one a file;  replay.rs  the current state again, and what is held
//! src/adapters/events.rs    envelopes in
//!     http/mod.rs           the table of routes;  bodies.rs  problems.rs  and one endpoint a file
//!     store/                stored.rs rows.rs reads.rs writes.rs tables.rs contract.rs, a folder an engine
//! ```
//!
//! What does not fit in one file has a folder of its name.

use std::fs;

use crate::architecture::{entries, houses, none, root, sources};

/// Services whose rooms still have other names.
const EXEMPT: &[&str] = &["gateway"];

const ROOMS: &[(&str, &[&str])] = &[
    (
        "src",
        &[
            "main.rs",
            "lib.rs",
            "wiring.rs",
            "ports.rs",
            "domain/",
            "application/",
            "adapters/",
        ],
    ),
    ("src/adapters", &["mod.rs", "events.rs", "http/", "store/"]),
    (
        "src/adapters/store",
        &[
            "mod.rs",
            "stored.rs",
            "stored/",
            "rows.rs",
            "reads.rs",
            "reads/",
            "writes.rs",
            "writes/",
            "tables.rs",
            "neo4j/",
            "tantivy/",
            "elasticsearch/",
            "contract.rs",
            "contract/",
        ],
    ),
];

/// What of a house has no place in it.
fn strangers(house: &str) -> Vec<String> {
    let rooms = ROOMS
        .iter()
        .flat_map(|(room, known)| unknown(&format!("{house}/{room}"), known));
    rooms
        .chain(not_endpoints(house))
        .chain(not_in_the_menu(house))
        .collect()
}

/// Names in `folder` that are not among `known`; a folder's ends in `/`.
fn unknown(folder: &str, known: &[&str]) -> Vec<String> {
    let path = root().join(folder);
    if !path.exists() {
        return Vec::new();
    }
    entries(folder)
        .into_iter()
        .map(|name| {
            let is_folder = path.join(&name).is_dir();
            name + if is_folder { "/" } else { "" }
        })
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| format!("{folder}/{name}: expected one of {}", known.join(", ")))
        .collect()
}

/// Files of `http/` that are neither shapes nor problems and that no route leads to.
fn not_endpoints(house: &str) -> Vec<String> {
    let folder = format!("{house}/src/adapters/http");
    let table = text(&format!("{folder}/mod.rs"));
    let is_known = |name: &str| ["mod.rs", "bodies.rs", "problems.rs"].contains(&name);
    let is_routed = |name: &str| {
        let endpoint = name.strip_suffix(".rs").unwrap_or(name);
        table.contains(&format!(" {endpoint}::"))
    };
    entries(&folder)
        .into_iter()
        .filter(|name| !is_known(name) && !is_routed(name))
        .map(|name| {
            format!("{folder}/{name}: expected bodies.rs, problems.rs, or an endpoint of mod.rs")
        })
        .collect()
}

/// Commands and queries of `App` that the documentation of `application/mod.rs` leaves out.
fn not_in_the_menu(house: &str) -> Vec<String> {
    let folder = format!("{house}/src/application");
    let menu = text(&format!("{folder}/mod.rs"));
    let mut missing = Vec::new();
    if !menu.contains("pub struct App {") {
        missing.push(format!("{folder}/mod.rs: expected `pub struct App`"));
    }
    let files = sources(&folder);
    for (file, text) in files.iter().filter(|(_, text)| text.contains("impl App {")) {
        let named = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("pub async fn "));
        for name in named.filter_map(|rest| rest.split(['(', '<']).next()) {
            if !menu.contains(&format!("`{name}`")) && !menu.contains(&format!("[`App::{name}`]")) {
                missing.push(format!(
                    "{file}: {name} is not in the menu, {folder}/mod.rs"
                ));
            }
        }
    }
    missing
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_default()
}

fn is_exempt(house: &str) -> bool {
    EXEMPT
        .iter()
        .any(|name| house == format!("services/{name}"))
}

#[test]
fn a_service_has_the_rooms_of_the_house_and_no_others() {
    let found: Vec<String> = houses()
        .iter()
        .filter(|house| !is_exempt(house))
        .flat_map(|house| strangers(house))
        .collect();
    none(
        &found,
        "the house has no such room (tests/tests/it/rooms.rs)",
    );
}

#[test]
fn who_has_moved_in_is_exempt_no_more() {
    let done: Vec<String> = EXEMPT
        .iter()
        .map(|name| format!("services/{name}"))
        .filter(|house| !houses().contains(house) || strangers(house).is_empty())
        .collect();
    none(&done, "take it off the list of those exempt");
}
