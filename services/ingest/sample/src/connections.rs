//! LinkedIn's `Connections.csv`, preamble and all.

use std::io::{self, Write};

use jiff::civil::Date;

use crate::people::Human;

const PREAMBLE: &str = "Notes:\n\"When exporting your connection data, you may notice that some of \
    the email addresses are missing. You will only see email addresses for connections who have \
    allowed their connections to see or download their email address.\"\n\n\
    First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";

/// A row: who, whether the address is shown, and since when.
pub(crate) struct Connection<'a> {
    pub(crate) human: &'a Human,
    pub(crate) shows_email: bool,
    pub(crate) since: Date,
}

pub(crate) fn write_header(out: &mut impl Write) -> io::Result<()> {
    out.write_all(PREAMBLE.as_bytes())
}

pub(crate) fn write_row(out: &mut impl Write, row: &Connection<'_>) -> io::Result<()> {
    let Connection {
        human,
        shows_email,
        since,
    } = row;
    let email = if *shows_email {
        human.email.as_str()
    } else {
        ""
    };
    let cells = [
        &human.given,
        &human.family,
        &human.profile,
        email,
        human.organisation,
        human.title,
        &since.strftime("%d %b %Y").to_string(),
    ];
    let cells = cells.map(cell).join(",");
    writeln!(out, "{cells}")
}

/// A CSV cell, in quotes where it must be.
pub(crate) fn cell(text: &str) -> String {
    if text.contains([',', '"', '\n']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text.to_owned()
}
