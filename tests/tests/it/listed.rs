//! `deploy/services.toml` is the one list of services: it names those that there are, and what is written
//! where no list can be read says the same.

use std::{collections::BTreeSet, fs, path::Path};

use kith_tests::services::{Service, listed};

use crate::architecture::services;

fn text(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    fs::read_to_string(root.join(file)).unwrap()
}

fn names() -> BTreeSet<String> {
    listed().into_iter().map(|service| service.name).collect()
}

#[test]
fn the_list_names_the_services_that_there_are() {
    assert_eq!(names(), services().into_iter().collect());
}

#[test]
fn every_service_has_a_port_of_its_own() {
    let ports: BTreeSet<i64> = listed().iter().map(|service| service.port).collect();
    assert_eq!(ports.len(), listed().len());
    // Replicas are a hundred apart.
    assert!(ports.iter().all(|port| (0..100).contains(port)));
}

#[test]
fn whoever_consumes_events_is_listed() {
    for (consumer, _) in kith_shared::catalogue::consumers() {
        assert!(names().contains(consumer), "{consumer} is not listed");
    }
}

/// `only("GET", "/api/v1/people", "search"),`: the service stands last.
#[test]
fn requests_are_passed_on_to_what_the_gateway_may_reach() {
    let routes = text("services/gateway/src/domain/routes.rs");
    let answering: BTreeSet<&str> = routes
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("all(\"") || line.starts_with("only(\""))
        .map(|line| line.split('"').rev().nth(1).unwrap())
        .collect();
    let gateway = listed()
        .into_iter()
        .find(|service| service.name == "gateway");
    let reaches = gateway.unwrap().reaches;
    let services: BTreeSet<&str> = reaches
        .iter()
        .map(String::as_str)
        .filter(|name| names().contains(*name))
        .collect();
    assert_eq!(answering, services);
}

/// The block of a service in compose.yaml: from its name to the next blank line.
fn block<'a>(compose: &'a str, name: &str) -> &'a str {
    let head = format!("\n  {name}:\n    <<: *service\n");
    let start = compose
        .find(&head)
        .unwrap_or_else(|| panic!("compose.yaml has no {name}"));
    let rest = &compose[start + 1..];
    &rest[..rest.find("\n\n").unwrap_or(rest.len())]
}

fn list_in<'a>(block: &'a str, key: &str) -> BTreeSet<&'a str> {
    let line = block
        .lines()
        .find_map(|line| line.trim().strip_prefix(&format!("{key}: [")))
        .unwrap_or_else(|| panic!("no {key} in\n{block}"));
    line.trim_end_matches(']').split(", ").collect()
}

/// The networks in which a service finds what it may reach; each engine has one of its own.
fn networks(service: &Service) -> BTreeSet<&str> {
    let of_engine = |engine| match engine {
        "postgres" => Some("postgres"),
        "neo4j" => Some("graph"),
        "elasticsearch" => Some("index"),
        "outside" => Some("outside"),
        _ => None, // a service, all of which are in one
    };
    let reached = service.reaches.iter().map(String::as_str);
    reached
        .chain([service.store.as_str()])
        .filter_map(of_engine)
        .chain(["services", "broker"])
        .collect()
}

#[test]
fn compose_runs_those_listed_where_they_reach_what_they_may() {
    let compose = text("deploy/compose/compose.yaml");
    let run = compose.matches("\n    <<: *service\n").count();
    assert_eq!(run, listed().len(), "services in compose.yaml");
    for service in listed() {
        let name = &service.name;
        let block = block(&compose, name);
        assert!(block.contains(&format!("image: kith/{name}:")), "{block}");
        assert!(block.contains(&format!("SERVICE: {name}")), "{block}");
        let secret = format!("{{ source: {name}.toml, target: kith.toml }}");
        assert!(block.contains(&secret), "{block}");
        assert_eq!(list_in(block, "networks"), networks(&service), "{name}");
        if name == "gateway" {
            for upstream in service
                .reaches
                .iter()
                .filter(|name| names().contains(*name))
            {
                let setting = format!(
                    "KITH_UPSTREAMS__{}: http://{upstream}:8400",
                    upstream.to_uppercase()
                );
                assert!(block.contains(&setting), "no {setting}");
            }
        }
        if service.store == "postgres" {
            let file = format!("  postgres-{name}: {{ file: secrets/postgres-{name} }}");
            assert!(compose.contains(&file), "no {file}");
            assert!(compose.contains(&format!("      - postgres-{name}\n")));
        }
    }
}
