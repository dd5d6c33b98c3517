//! What was read before the stores were restored does not count any more: ETags and positions in the
//! stream of updates bear the epoch that they are of.
//!
//! Versions and positions begin anew in what was restored, at the numbers of the moment of the backup.
//! A client of the time after that moment knows a version 7 that is not the version 7 of now.

use std::fmt::Write as _;

use uuid::Uuid;

/// The time since a restore; the first has no name, and marks nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epoch(Option<String>);

/// Characters of its name that are put into tags.
const MARK: usize = 8;

impl Epoch {
    /// Begins with this restore.
    #[must_use]
    pub fn begins(id: Uuid) -> Self {
        Self::named(&id.simple().to_string())
    }

    /// As it is kept; empty where nothing was restored.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let mark: String = name.chars().take(MARK).collect();
        Self((!mark.is_empty()).then_some(mark))
    }

    /// The ETags of a service, as the outside sees them: `"7"` is `"7.1a2b3c4d"`.
    #[must_use]
    pub fn marked(&self, tag: &str) -> String {
        match (&self.0, tag.strip_suffix('"')) {
            (Some(mark), Some(tag)) => format!("{tag}.{mark}\""),
            _ => tag.to_owned(),
        }
    }

    /// Of the tags that a client knows, with commas, those of this epoch, as the service knows them;
    /// none where there is none.
    #[must_use]
    pub fn known(&self, tags: &str) -> Option<String> {
        let Some(mark) = &self.0 else {
            return Some(tags.to_owned());
        };
        if tags.trim() == "*" {
            return Some(tags.to_owned());
        }
        let ending = format!(".{mark}\"");
        let mut known = String::new();
        for tag in tags.split(',') {
            if let Some(tag) = tag.trim().strip_suffix(&ending) {
                let comma = if known.is_empty() { "" } else { ", " };
                let _ = write!(known, "{comma}{tag}\"");
            }
        }
        (!known.is_empty()).then_some(known)
    }

    /// Of the tags that a client edits by, those of this epoch. A proxy that changes an answer on its way
    /// makes its tag a weak one, which names the same state.
    #[must_use]
    pub fn guards(&self, tags: &str) -> Option<String> {
        self.known(&tags.replace("W/\"", "\""))
    }

    /// A position in the stream of updates, as a client keeps it: `57`, `1a2b3c4d.57`.
    #[must_use]
    pub fn position(&self, id: i64) -> String {
        match &self.0 {
            Some(mark) => format!("{mark}.{id}"),
            None => id.to_string(),
        }
    }

    /// What a client says that it has seen last; of another epoch, or no position at all, it is one
    /// that is ahead of everything: whoever says so is told that updates were missed.
    #[must_use]
    pub fn seen(&self, position: &str) -> i64 {
        let id = match &self.0 {
            Some(mark) => position
                .strip_prefix(mark.as_str())
                .and_then(|rest| rest.strip_prefix('.')),
            None => Some(position),
        };
        id.and_then(|id| id.parse().ok()).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second() -> Epoch {
        Epoch::named("1a2b3c4d5e6f")
    }

    #[test]
    fn the_first_epoch_changes_nothing() {
        let first = Epoch::named("");
        assert_eq!(first.marked("\"7\""), "\"7\"");
        assert_eq!(first.known("\"7\", \"8\"").as_deref(), Some("\"7\", \"8\""));
        assert_eq!(first.position(57), "57");
        assert_eq!(first.seen("57"), 57);
    }

    #[test]
    fn tags_of_another_epoch_are_not_known() {
        let marked = second().marked("\"7\"");
        assert_eq!(marked, "\"7.1a2b3c4d\"");
        assert_eq!(second().known(&marked).as_deref(), Some("\"7\""));
        let weak = second().marked("W/\"7\"");
        assert_eq!(second().known(&weak).as_deref(), Some("W/\"7\""));
        for foreign in ["\"7\"", "\"7.99999999\"", "7", ""] {
            assert_eq!(second().known(foreign), None, "{foreign}");
        }
        assert_eq!(second().guards(&weak).as_deref(), Some("\"7\""));
        assert_eq!(Epoch::default().guards("W/\"7\"").as_deref(), Some("\"7\""));
        let mixed = format!("\"6\", {marked},\"8.99999999\"");
        assert_eq!(second().known(&mixed).as_deref(), Some("\"7\""));
        assert_eq!(second().known("*").as_deref(), Some("*"));
        assert_eq!(
            Epoch::default().known(&marked).as_deref(),
            Some("\"7.1a2b3c4d\"")
        );
    }

    #[test]
    fn positions_of_another_epoch_are_ahead_of_everything() {
        let position = second().position(57);
        assert_eq!(position, "1a2b3c4d.57");
        assert_eq!(second().seen(&position), 57);
        for foreign in ["57", "99999999.57", "1a2b3c4d.", "x"] {
            assert_eq!(second().seen(foreign), i64::MAX, "{foreign}");
        }
        assert_eq!(Epoch::default().seen(&position), i64::MAX);
    }
}
