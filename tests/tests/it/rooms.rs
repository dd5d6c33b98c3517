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
//!     store/                stored.rs rows.rs reads.rs writes.rs tables.rs, a folder an engine
//! ```

use std::fs;

use crate::architecture::{entries, houses, none, root, sources};

/// Services whose rooms still have other names.
const EXEMPT: &[&str] = &["gateway", "ingest", "network", "search"];

fn rooms() -> impl Iterator<Item = String> {
    houses()
        .into_iter()
        .filter(|house| !EXEMPT.iter().any(|name| house.ends_with(name)))
}

/// Names in `folder` that are not among `known`; a folder's ends in `/`.
fn unknown(folder: &str, known: &[&str]) -> Vec<String> {
    let path = root().join(folder);
    if !path.exists() {
        return Vec::new();
    }
    let named = |name: String| match path.join(&name).is_dir() {
        true => format!("{name}/"),
        false => name,
    };
    entries(folder)
        .into_iter()
        .map(named)
        .filter(|name| !known.contains(&name.as_str()))
        .map(|name| format!("{folder}/{name}: the house knows {}", known.join(", ")))
        .collect()
}

fn text(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_default()
}

/// What `strangers` finds in every house that has moved in.
fn everywhere(strangers: impl Fn(&str) -> Vec<String>) -> Vec<String> {
    rooms().flat_map(|house| strangers(&house)).collect()
}

#[test]
fn a_service_has_the_rooms_of_the_house_and_no_others() {
    let strangers = everywhere(|house| {
        let room = |room: &str, known: &[&str]| unknown(&format!("{house}/{room}"), known);
        [
            room(
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
            room("src/adapters", &["mod.rs", "events.rs", "http/", "store/"]),
            room(
                "src/adapters/store",
                &[
                    "mod.rs",
                    "stored.rs",
                    "rows.rs",
                    "reads.rs",
                    "reads/",
                    "writes.rs",
                    "writes/",
                    "tables.rs",
                    "sqlite/",
                    "postgres/",
                    "neo4j/",
                ],
            ),
        ]
        .concat()
    });
    none(
        &strangers,
        "a file under a name that the house does not know",
    );
}

#[test]
fn what_else_is_in_http_is_an_endpoint() {
    let strangers = everywhere(|house| {
        let folder = format!("{house}/src/adapters/http");
        let table = text(&format!("{folder}/mod.rs"));
        let is_known = |name: &str| ["mod.rs", "bodies.rs", "problems.rs"].contains(&name);
        let is_routed = |name: &str| {
            name.strip_suffix(".rs")
                .is_some_and(|stem| table.contains(&format!(" {stem}::")))
        };
        entries(&folder)
            .into_iter()
            .filter(|name| !is_known(name) && !is_routed(name))
            .map(|name| {
                format!(
                    "{folder}/{name}: neither bodies.rs, problems.rs nor in the table of routes"
                )
            })
            .collect()
    });
    none(
        &strangers,
        "http/ has bodies.rs, problems.rs and one endpoint a file",
    );
}

#[test]
fn every_use_case_is_in_the_menu() {
    let missing = everywhere(|house| {
        let folder = format!("{house}/src/application");
        let menu = text(&format!("{folder}/mod.rs"));
        let mut missing = Vec::new();
        if !menu.contains("pub struct App {") {
            missing.push(format!("{folder}/mod.rs: no `pub struct App`"));
        }
        for (file, text) in sources(&folder) {
            for line in text.lines() {
                let Some(rest) = line.trim_start().strip_prefix("pub async fn ") else {
                    continue;
                };
                let name = rest.split(['(', '<']).next().unwrap_or_default();
                let is_use_case = text.contains("impl App {");
                if is_use_case && !menu.contains(&format!("`{name}`")) {
                    missing.push(format!("{file}: `{name}` is not in {folder}/mod.rs"));
                }
            }
        }
        missing
    });
    none(
        &missing,
        "application/mod.rs names every command and query of App",
    );
}

#[test]
fn a_service_that_has_moved_in_is_exempt_no_more() {
    let gone: Vec<String> = EXEMPT
        .iter()
        .filter(|name| !root().join("services").join(name).is_dir())
        .map(|name| format!("{name}: there is no such service"))
        .collect();
    none(&gone, "only services that there are can be exempt");
}
