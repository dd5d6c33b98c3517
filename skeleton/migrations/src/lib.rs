//! Finds the scripts of a `migrations/` folder while its owner is compiled, so that nobody lists
//! them by hand, and puts the types of each database in place of their names.
//!
//! | folder | holds |
//! |---|---|
//! | `sql/` | scripts for both SQL databases, with types by name: see [`TYPES`] |
//! | `sqlite/`, `postgres/`, `neo4j/` | scripts that only one database has |
//!
//! A script is named `V7__what.sql` (`.cypher` for Neo4j). Of each database the versions of both
//! folders are one sequence, in which no number stands twice; a number may be left out.

use std::{fs, path::Path};

use proc_macro::TokenStream;

/// The names of types: in SQLite, in PostgreSQL. What a name means is a part of every script that was
/// published with it, so a name may be added, but none may ever mean something else.
const TYPES: [(&str, &str, &str); 6] = [
    ("uuid", "BLOB", "UUID"),
    ("bytes", "BLOB", "BYTEA"),
    ("integer", "INTEGER", "BIGINT"),
    ("real", "REAL", "DOUBLE PRECISION"),
    // Microseconds since 1970.
    ("time", "INTEGER", "BIGINT"),
    // Parsed by the service, never by the database.
    ("json", "TEXT", "TEXT"),
];

/// `scripts!("sqlite")` or `scripts!("sqlite", "tests/migrations")`: the scripts of the crate that is
/// compiled, as `&[("V1__accounts", "CREATE TABLE …"), …]` in the order of their versions. See
/// `skeleton_durable::migrations!`, which is what services use.
#[proc_macro]
pub fn scripts(input: TokenStream) -> TokenStream {
    let input = input.to_string();
    let arguments: Vec<&str> = input
        .split(',')
        .map(|argument| argument.trim().trim_matches('"'))
        .collect();
    let (engine, folder) = match arguments.as_slice() {
        [engine] => (*engine, "migrations"),
        [engine, folder] => (*engine, *folder),
        _ => ("", ""),
    };
    // Cargo sets it for whatever it compiles.
    let owner = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let text = match find(&Path::new(&owner).join(folder), engine) {
        Ok(scripts) => scripts.iter().map(Script::tokens).collect(),
        Err(reason) => format!("compile_error!({reason:?})"),
    };
    format!("&[{text}]")
        .parse()
        .expect("literals in the order of a list are tokens")
}

#[derive(Debug, PartialEq, Eq)]
struct Script {
    version: u32,
    name: String,
    text: String,
    file: String,
}

impl Script {
    /// An element of the list. It reads the file once more, so that the compiler looks at it again
    /// when it changes.
    fn tokens(&self) -> String {
        let Self {
            name, text, file, ..
        } = self;
        format!("{{ const _: &str = include_str!({file:?}); ({name:?}, {text:?}) }},")
    }
}

/// All scripts for a database, in order.
fn find(folder: &Path, engine: &str) -> Result<Vec<Script>, String> {
    let is_sql = matches!(engine, "sqlite" | "postgres");
    if !is_sql && engine != "neo4j" {
        return Err("expected scripts!(\"sqlite\"), \"postgres\" or \"neo4j\"".to_owned());
    }
    let mut scripts = read(&folder.join(engine))?;
    if is_sql {
        for script in read(&folder.join("sql"))? {
            let text = expand(&script.text, engine)
                .map_err(|reason| format!("{}: {reason}", script.file))?;
            scripts.push(Script { text, ..script });
        }
    }
    scripts.sort_by_key(|script| script.version);
    for pair in scripts.windows(2) {
        if pair[0].version == pair[1].version {
            return Err(format!(
                "{} and {} bear one number",
                pair[0].file, pair[1].file
            ));
        }
    }
    Ok(scripts)
}

/// The scripts of one folder as they are; none where there is no such folder.
fn read(folder: &Path) -> Result<Vec<Script>, String> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut scripts = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let file = path.display().to_string();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let version = name
            .strip_prefix('V')
            .and_then(|name| name.split_once("__"))
            .filter(|(_, what)| !what.is_empty())
            .and_then(|(version, _)| version.parse().ok());
        let is_script = path
            .extension()
            .is_some_and(|it| it == "sql" || it == "cypher");
        let Some(version) = version.filter(|_| is_script) else {
            return Err(format!("{file}: expected a name like V7__what.sql"));
        };
        scripts.push(Script {
            version,
            name: name.into_owned(),
            text: fs::read_to_string(&path).map_err(failed)?,
            file,
        });
    }
    Ok(scripts)
}

/// Puts types in place of their names. A `$` that no letter follows stays as it is.
fn expand(text: &str, engine: &str) -> Result<String, String> {
    let mut parts = text.split('$');
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
            expanded.push('$');
            expanded.push_str(part);
            continue;
        }
        let known = TYPES.iter().find(|(known, ..)| *known == name);
        let Some((_, sqlite, postgres)) = known else {
            let names: Vec<String> = TYPES.iter().map(|(name, ..)| format!("${name}")).collect();
            return Err(format!(
                "no type is called ${name}, expected {}",
                names.join(", ")
            ));
        };
        expanded.push_str(if engine == "sqlite" { sqlite } else { postgres });
        expanded.push_str(rest);
    }
    Ok(expanded)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Where this fails, every script that was published with the name would count as changed, and
    /// no store that has taken it would open again.
    #[test]
    fn a_name_means_what_it_always_meant() {
        let all = "($uuid, $bytes, $integer, $real, $time, $json)";
        assert_eq!(
            expand(all, "sqlite").unwrap(),
            "(BLOB, BLOB, INTEGER, REAL, INTEGER, TEXT)"
        );
        assert_eq!(
            expand(all, "postgres").unwrap(),
            "(UUID, BYTEA, BIGINT, DOUBLE PRECISION, BIGINT, TEXT)"
        );
    }

    #[test]
    fn only_names_are_replaced() {
        let text = "SELECT $1, '5 $', $$ FROM thing";
        assert_eq!(expand(text, "postgres").unwrap(), text);
        assert_eq!(expand("$uuid", "sqlite").unwrap(), "BLOB");
        let unknown = expand("at $timestamp", "sqlite").unwrap_err();
        assert!(unknown.contains("$timestamp"), "{unknown}");
        assert!(unknown.contains("$time,"), "{unknown}");
    }

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_database_has_its_own_scripts_and_the_common_ones_in_one_sequence() {
        let folder = folder(&[
            ("sqlite/V1__one.sql", "a BLOB, $1"),
            ("postgres/V1__one.sql", "a UUID"),
            ("postgres/V10__late.sql", "only here"),
            ("sql/V9__two.sql", "b $uuid"),
            ("neo4j/V1__one.cypher", "MERGE (n {id: $uuid})"),
        ]);
        let found = |engine| {
            let scripts = find(folder.path(), engine).unwrap();
            assert_eq!(scripts, find(folder.path(), engine).unwrap());
            let scripts = scripts.into_iter();
            scripts
                .map(|script| format!("{} {}", script.name, script.text))
                .collect::<Vec<_>>()
        };
        assert_eq!(found("sqlite"), ["V1__one a BLOB, $1", "V9__two b BLOB"]);
        assert_eq!(
            found("postgres"),
            ["V1__one a UUID", "V9__two b UUID", "V10__late only here"]
        );
        assert_eq!(found("neo4j"), ["V1__one MERGE (n {id: $uuid})"]);
    }

    #[test]
    fn what_is_no_script_or_bears_a_number_twice_is_refused() {
        let refused = |files: &[(&str, &str)]| find(folder(files).path(), "sqlite").unwrap_err();
        let twice = refused(&[("sqlite/V2__a.sql", ""), ("sql/V2__b.sql", "")]);
        assert!(twice.contains("bear one number"), "{twice}");
        for name in [
            "sql/2__a.sql",
            "sql/V2_a.sql",
            "sql/V2__.sql",
            "sql/V2__a.txt",
        ] {
            let odd = refused(&[(name, "")]);
            assert!(odd.contains("V7__what.sql"), "{odd}");
        }
    }
}
