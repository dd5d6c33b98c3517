//! What an import is made of that is disturbed on purpose, when it is, and how two runs of it are
//! compared.

use std::fmt::Write as _;

use serde_json::Value;

/// Connections in LinkedIn's format: a third with an address, every fiftieth person twice with
/// another spelling.
#[must_use]
pub fn connections(people: usize) -> String {
    let mut text = String::from(
        "Notes:\n\"When exporting your connection data, you may notice that some are missing.\"\n\n\
         First Name,Last Name,URL,Email Address,Company,Position,Connected On\n",
    );
    for n in 0..people {
        let email = if n % 3 == 0 {
            format!("p{n}@example.com")
        } else {
            String::new()
        };
        let same = if n % 50 == 49 { n - 1 } else { n };
        let url = format!("https://www.linkedin.com/in/fictional-{same}");
        writeln!(
            text,
            "Given{n},Family{n},{url},{email},Org {},Title {n},04 Mar 2021",
            n % 40
        )
        .expect("a String takes everything");
    }
    text
}

/// Numbers from a seed: all the randomness that a moment needs.
pub struct Seeded(u64);

impl Seeded {
    /// From what `KITH_SEED` says.
    #[must_use]
    pub fn from_environment(otherwise: u64) -> Self {
        Self(number("KITH_SEED", otherwise))
    }

    /// The next number below 2^31.
    pub fn draw(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

/// A number that the environment sets.
#[must_use]
pub fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// Some fields of each item, as sorted texts: what differs from run to run, ids and times, is left
/// out by not being named.
#[must_use]
pub fn texts(items: &[Value], keys: &[&str]) -> Vec<String> {
    let mut texts: Vec<String> = items
        .iter()
        .map(|item| {
            let values: Vec<String> = keys.iter().map(|key| item[key].to_string()).collect();
            values.join(" ")
        })
        .collect();
    texts.sort();
    texts
}

/// What each table of a backup holds, as `kith backup --json` tells it, but for what is on its way
/// between services.
///
/// # Panics
/// Where it tells something else.
#[must_use]
pub fn tables(about: &Value) -> Vec<String> {
    let services = about["services"].as_object().expect("services by name");
    let tables = services.iter().flat_map(|(service, carried)| {
        let tables = carried["tables"].as_object();
        let tables = tables.expect("tables by name").iter();
        tables.map(move |(table, held)| (service, table, held))
    });
    tables
        .filter(|(_, table, held)| {
            !["inbox", "outbox"].contains(&table.as_str()) && held["rows"] != 0
        })
        .map(|(service, table, held)| format!("{service} {table} {held}"))
        .collect()
}
