//! A thing: something an account names.

use serde::{Deserialize, Serialize};
use skeleton_envelope::Event;
use uuid::Uuid;

/// Longest name, in characters.
pub const NAME_LIMIT: usize = 100;

/// A name that is not empty and not too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(String);

/// The name is empty or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 1 to {NAME_LIMIT} characters, found {found}")]
pub struct BadName {
    /// How many characters were given, blanks at the ends not counted.
    pub found: usize,
}

impl Name {
    /// Parses a name; blanks at the ends are dropped.
    ///
    /// # Errors
    /// When it is empty or longer than [`NAME_LIMIT`].
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let text = text.trim();
        let found = text.chars().count();
        if (1..=NAME_LIMIT).contains(&found) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadName { found })
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A thing as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub id: Uuid,
    /// Whose it is.
    pub account: Uuid,
    /// Rises with every change; 1 when new.
    pub version: i64,
    /// What it is called.
    pub name: Name,
}

impl Thing {
    /// A new thing.
    #[must_use]
    pub fn create(id: Uuid, account: Uuid, name: Name) -> (Self, ThingChanged) {
        let thing = Self {
            id,
            account,
            version: 1,
            name,
        };
        let changed = thing.changed();
        (thing, changed)
    }

    /// The same thing under another name.
    #[must_use]
    pub fn rename(self, name: Name) -> (Self, ThingChanged) {
        let thing = Self {
            version: self.version + 1,
            name,
            ..self
        };
        let changed = thing.changed();
        (thing, changed)
    }

    fn changed(&self) -> ThingChanged {
        ThingChanged {
            thing_id: self.id,
            account_id: self.account,
            version: self.version,
            name: self.name.as_str().to_owned(),
        }
    }
}

/// A thing as it now is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThingChanged {
    pub thing_id: Uuid,
    /// Whose it is.
    pub account_id: Uuid,
    /// Rises with every change.
    pub version: i64,
    /// What it is called.
    pub name: String,
}

impl Event for ThingChanged {
    const TYPE: &'static str = "template.thing-changed";
    fn subject(&self) -> String {
        self.thing_id.to_string()
    }
    fn subject_version(&self) -> i64 {
        self.version
    }
    fn account(&self) -> Option<Uuid> {
        Some(self.account_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_trimmed_and_bounded() {
        assert_eq!(Name::parse("  lamp ").unwrap().as_str(), "lamp");
        assert_eq!(Name::parse("  "), Err(BadName { found: 0 }));
        assert_eq!(Name::parse(&"ä".repeat(101)), Err(BadName { found: 101 }));
    }

    #[test]
    fn every_change_raises_the_version_and_tells_of_the_whole_state() {
        let (thing, _) = Thing::create(Uuid::nil(), Uuid::nil(), Name::parse("lamp").unwrap());
        let (thing, changed) = thing.rename(Name::parse("torch").unwrap());
        assert_eq!(
            (thing.version, changed.version, changed.name.as_str()),
            (2, 2, "torch")
        );
    }
}
