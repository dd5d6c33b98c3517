//! Where raw settings come from, flattened to dotted names.

use super::{Fields, Mistake, SettingsError};
use figment::Figment;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// A raw value and where it was written.
#[derive(Debug, Clone)]
pub(super) struct Raw {
    pub(super) text: String,
    pub(super) origin: String,
}

/// Raw settings by dotted name; later layers win.
#[derive(Clone, Default)]
pub struct Source {
    pub(super) values: BTreeMap<String, Raw>,
    mistakes: Vec<Mistake>,
}

impl std::fmt::Debug for Source {
    /// Names only: a value may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Source {
    /// The optional TOML file under the environment variables that start with `prefix`
    /// (`KITH_USERS__STORE` is `users.store`).
    pub fn load(prefix: &str, file: Option<&Path>) -> Self {
        let source = Self::default();
        let source = match file {
            Some(path) => source.with_file(path),
            None => source,
        };
        source.with_variables(
            prefix,
            std::env::vars_os().filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.into_string().ok()?))
            }),
        )
    }

    /// The environment alone.
    pub fn from_env(prefix: &str) -> Self {
        Self::load(prefix, None)
    }

    /// Given values, for tests and for programs that set up several services.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(
        pairs: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let mut source = Self::default();
        for (name, value) in pairs {
            source.set(name, value, "the program");
        }
        source
    }

    /// Adds a TOML file. One that cannot be read or parsed is a mistake which [`Source::read`] reports.
    #[must_use]
    pub fn with_file(mut self, path: &Path) -> Self {
        let origin = path.display().to_string();
        let read: Result<Dict, String> = std::fs::read_to_string(path)
            .map_err(|error| error.to_string())
            .and_then(|text| {
                Figment::from(Toml::string(&text))
                    .extract()
                    .map_err(|error| error.to_string())
            });
        match read {
            Ok(dict) => self.flatten("", dict, &origin),
            Err(error) => self.mistakes.push(Mistake {
                name: origin,
                origin: String::new(),
                value: None,
                expected: format!("expected a readable TOML file: {error}"),
            }),
        }
        self
    }

    /// Adds variables that start with `prefix`; `__` nests, case does not matter.
    #[must_use]
    pub fn with_variables(
        mut self,
        prefix: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        for (variable, value) in variables {
            if let Some(rest) = variable.strip_prefix(prefix) {
                self.set(rest.to_lowercase().replace("__", "."), value, &variable);
            }
        }
        self
    }

    /// Sets one value over what is there.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>, origin: &str) {
        let raw = Raw {
            text: value.into(),
            origin: origin.to_owned(),
        };
        self.values.insert(name.into(), raw);
    }

    /// Reads settings; all mistakes together, or none and the settings.
    ///
    /// # Errors
    /// Every wrong, missing or unknown setting.
    pub fn read<T>(&self, read: impl FnOnce(&mut Fields<'_>) -> T) -> Result<T, SettingsError> {
        let mut fields = Fields::new(self, self.mistakes.clone());
        let value = read(&mut fields);
        let mistakes = fields.finish();
        if mistakes.is_empty() {
            Ok(value)
        } else {
            Err(SettingsError { mistakes })
        }
    }

    fn flatten(&mut self, parent: &str, dict: Dict, origin: &str) {
        for (key, value) in dict {
            let name = if parent.is_empty() {
                key
            } else {
                format!("{parent}.{key}")
            };
            match value {
                Value::Dict(_, inner) => self.flatten(&name, inner, origin),
                Value::Array(_, items) => {
                    let items: Vec<String> = items.iter().filter_map(text).collect();
                    self.set(name, items.join(","), origin);
                }
                other => self.set(name, text(&other).unwrap_or_default(), origin),
            }
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Char(_, char) => Some(char.to_string()),
        Value::Bool(_, bool) => Some(bool.to_string()),
        Value::Num(_, number) => number
            .to_u128()
            .map(|n| n.to_string())
            .or_else(|| number.to_i128().map(|n| n.to_string()))
            .or_else(|| number.to_f64().map(|n| n.to_string())),
        _ => None,
    }
}
