//! What a tag and a note may be.

/// Longest tag, in characters.
pub const TAG_LIMIT: usize = 64;
/// Longest note, in characters.
pub const NOTE_LIMIT: usize = 10_000;
/// Most tags, and most notes, of one person.
pub const PER_PERSON_LIMIT: usize = 200;

/// Why a text is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadText {
    /// Nothing in it.
    #[error("expected some text")]
    Empty,
    /// Too much in it.
    #[error("expected at most {limit} characters, got {got}")]
    TooLong {
        /// How many may be.
        limit: usize,
        /// How many there are.
        got: usize,
    },
}

/// A tag as it is kept: blanks at the ends gone, runs of blanks one.
///
/// # Errors
/// When it is empty or too long.
pub fn tag(text: &str) -> Result<String, BadText> {
    bounded(
        text.split_whitespace().collect::<Vec<_>>().join(" "),
        TAG_LIMIT,
    )
}

/// A note as it is kept: blanks at the ends gone.
///
/// # Errors
/// When it is empty or too long.
pub fn note(text: &str) -> Result<String, BadText> {
    bounded(text.trim().to_owned(), NOTE_LIMIT)
}

fn bounded(text: String, limit: usize) -> Result<String, BadText> {
    match text.chars().count() {
        0 => Err(BadText::Empty),
        got if got > limit => Err(BadText::TooLong { limit, got }),
        _ => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_and_notes_are_trimmed_and_bounded() {
        assert_eq!(tag("  old \t friends ").as_deref(), Ok("old friends"));
        assert_eq!(note(" \n"), Err(BadText::Empty));
        assert_eq!(
            tag(&"x".repeat(65)),
            Err(BadText::TooLong { limit: 64, got: 65 })
        );
    }
}
