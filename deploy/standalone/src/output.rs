//! What commands say: results on standard output, everything else on standard error.

use std::io::{self, IsTerminal, Write};

/// Writes a line of the result. A reader that went away (`| head`) is no failure.
pub fn line(text: impl std::fmt::Display) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Says something that is no result.
pub fn note(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// The result as JSON.
pub fn json(value: &serde_json::Value) {
    line(serde_json::to_string_pretty(value).unwrap_or_default());
}

/// Whether somebody is watching.
#[must_use]
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}
