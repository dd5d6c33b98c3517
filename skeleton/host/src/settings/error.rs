//! Every mistake of the settings, in one message.

use std::fmt;

/// One thing wrong with one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Dotted name: `users.store`.
    pub name: String,
    /// Where the value came from (`KITH_USERS__STORE`, `kith.toml`); empty when it is missing.
    pub origin: String,
    /// The value, unless it is a secret or missing.
    pub value: Option<String>,
    /// What was wrong or what was expected.
    pub expected: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        if let Some(value) = &self.value {
            write!(f, " = {value:?}")?;
        }
        if !self.origin.is_empty() {
            write!(f, " (from {})", self.origin)?;
        }
        write!(f, ": {}", self.expected)
    }
}

/// All mistakes of one reading of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// At least one, in the order they were found.
    pub mistakes: Vec<Mistake>,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.mistakes.len();
        write!(
            f,
            "{count} mistake{} in the settings",
            if count == 1 { "" } else { "s" }
        )?;
        for mistake in &self.mistakes {
            write!(f, "\n  {mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}
