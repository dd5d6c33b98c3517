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
//!
//! The gateway, being the one door, has three rooms more: `src/adapters/services/`, since it alone asks
//! another service and waits for the answer; `src/wiring/`, since its process alone must be said where
//! the others are; `src/adapters/http/front/`, what stands in front of every endpoint, each file of
//! which the documentation of its `mod.rs` names.

use std::fs;

use crate::architecture::{entries, houses, none, root, sources};

/// Rooms that one service alone has; see above.
const OWN: &[(&str, &str)] = &[
    ("services/gateway", "src/adapters/services/"),
    ("services/gateway", "src/wiring/"),
    ("services/gateway", FRONT),
];

const FRONT: &str = "src/adapters/http/front/";

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
        .flat_map(|(room, known)| unknown(house, room, known));
    rooms
        .chain(not_endpoints(house))
        .chain(not_in_front(house))
        .chain(not_in_the_menu(house))
        .collect()
}

fn is_own(house: &str, room: &str) -> bool {
    OWN.contains(&(house, room))
}

/// Names in a room that are not among `known`; a folder's ends in `/`.
fn unknown(house: &str, room: &str, known: &[&str]) -> Vec<String> {
    let folder = &format!("{house}/{room}");
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
        .filter(|name| !is_own(house, &format!("{room}/{name}")))
        .map(|name| format!("{folder}/{name}: expected one of {}", known.join(", ")))
        .collect()
}

/// Files of `http/` that are neither shapes nor problems and that no route leads to.
fn not_endpoints(house: &str) -> Vec<String> {
    let folder = format!("{house}/src/adapters/http");
    let table = text(&format!("{folder}/mod.rs"));
    let is_known = |name: &str| ["mod.rs", "bodies.rs", "bodies", "problems.rs"].contains(&name);
    let is_routed = |name: &str| {
        let endpoint = name.strip_suffix(".rs").unwrap_or(name);
        let mut before = [" ", ".rest("].iter();
        before.any(|before| table.contains(&format!("{before}{endpoint}::")))
    };
    entries(&folder)
        .into_iter()
        .filter(|name| !is_known(name) && !is_routed(name))
        .filter(|name| !is_own(house, &format!("src/adapters/http/{name}/")))
        .map(|name| {
            format!("{folder}/{name}: expected bodies.rs, problems.rs, or an endpoint of mod.rs")
        })
        .collect()
}

/// Files of `http/front/` that the documentation of its `mod.rs` leaves out.
fn not_in_front(house: &str) -> Vec<String> {
    if !is_own(house, FRONT) {
        return Vec::new();
    }
    let folder = format!("{house}/{FRONT}");
    let table = text(&format!("{folder}mod.rs"));
    let is_named = |name: &str| table.contains(&format!("[`{}`]", name.trim_end_matches(".rs")));
    entries(&folder)
        .into_iter()
        .filter(|name| name != "mod.rs" && !is_named(name))
        .map(|name| format!("{folder}{name}: not in the documentation of {folder}mod.rs"))
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

#[test]
fn a_service_has_the_rooms_of_the_house_and_no_others() {
    let found: Vec<String> = houses().iter().flat_map(|house| strangers(house)).collect();
    none(
        &found,
        "the house has no such room (tests/tests/it/rooms.rs)",
    );
}
