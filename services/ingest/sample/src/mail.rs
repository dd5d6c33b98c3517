//! Mailbox files of small mails: headers and a line of text.

use std::io::{self, Write};

use jiff::{civil::DateTime, tz::TimeZone};

/// An address with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) name: String,
    pub(crate) email: String,
}

/// What kind of mail it is; all but the first are left out by an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Personal,
    Newsletter,
    Machine,
    Draft,
    Spam,
}

/// A mail.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) id: String,
    pub(crate) sent: DateTime,
    pub(crate) from: End,
    pub(crate) to: Vec<End>,
    pub(crate) cc: Vec<End>,
    pub(crate) sort: Sort,
}

impl Mail {
    /// Writes the mail up to and including the empty line after its headers.
    pub(crate) fn write_headers(&self, out: &mut impl Write) -> io::Result<()> {
        let moment = TimeZone::UTC.to_timestamp(self.sent).unwrap_or_default();
        let separator = self.sent.strftime("%a %b %d %H:%M:%S +0000 %Y");
        writeln!(out, "From {}@xxx {separator}", moment.as_millisecond())?;
        writeln!(out, "X-Gmail-Labels: {}", self.labels())?;
        writeln!(out, "Delivered-To: mailbox@example.org")?;
        writeln!(out, "Message-ID: <{}>", self.id)?;
        writeln!(
            out,
            "Date: {}",
            self.sent.strftime("%a, %d %b %Y %H:%M:%S +0000")
        )?;
        writeln!(out, "From: {}", spell(&self.from))?;
        write_ends(out, "To", &self.to)?;
        write_ends(out, "Cc", &self.cc)?;
        match self.sort {
            Sort::Newsletter => {
                writeln!(out, "List-Id: <news.example.net>\nPrecedence: bulk")?;
            }
            Sort::Machine => writeln!(out, "Auto-Submitted: auto-generated")?,
            Sort::Personal | Sort::Draft | Sort::Spam => {}
        }
        writeln!(
            out,
            "Subject: Hello\nContent-Type: text/plain; charset=utf-8\n"
        )
    }

    /// Writes the whole mail.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        self.write_headers(out)?;
        writeln!(out, "Until soon.\n")
    }

    fn labels(&self) -> &'static str {
        match self.sort {
            Sort::Personal => "Inbox,Opened",
            Sort::Newsletter | Sort::Machine => "Inbox,Category Updates",
            Sort::Draft => "Drafts",
            Sort::Spam => "Spam",
        }
    }
}

fn write_ends(out: &mut impl Write, header: &str, ends: &[End]) -> io::Result<()> {
    if ends.is_empty() {
        return Ok(());
    }
    let ends = ends.iter().map(spell).collect::<Vec<_>>();
    writeln!(out, "{header}: {}", ends.join(",\n "))
}

/// `Ada Lovelace <ada@example.org>`, with an encoded word where the name is not ASCII.
fn spell(end: &End) -> String {
    let name = &end.name;
    if name.is_ascii() && !name.contains(['"', ',', '(', '<', '@', ';', '.', '\\']) {
        return format!("{name} <{}>", end.email);
    }
    let encoded = |byte: u8| match byte {
        b' ' => "_".to_owned(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("={byte:02X}"),
    };
    let encoded = name.bytes().map(encoded).collect::<String>();
    format!("=?UTF-8?Q?{encoded}?= <{}>", end.email)
}
