//! The formats, once: what each is called, what it looks like and how it is read.
//!
//! A format is a module with a `SPEC` and a line in the table below. A variant, its place in
//! [`Format::ALL`] and its specification come from that line, so none can be forgotten.

use std::fmt;

use crate::{
    entry::Limits,
    error::FormatError,
    google, linkedin, mbox,
    reader::{Entries, ReadSeek},
    vcard,
};

/// What there is to know of a format.
pub(crate) struct FormatSpec {
    /// The name that the API, the command line and the tables carry; it never changes.
    pub(crate) name: &'static str,
    /// What people call it.
    pub(crate) label: &'static str,
    /// The source that records of such files have.
    pub(crate) source: &'static Source,
    /// What a file of the format holds, to tell people.
    pub(crate) expected: &'static str,
    /// How much a beginning looks like the format, if it does.
    pub(crate) looks_like: fn(&Head<'_>) -> Option<Likeness>,
    /// Begins to read a file of the format.
    pub(crate) read: fn(Box<dyn ReadSeek + Send>, Limits) -> Result<Entries, FormatError>,
}

/// Where records come from: one source for all formats in which the same place exports.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// The name that events, the API and the tables carry; it never changes.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What standing in it means.
    pub class: SourceClass,
}

/// What it means that somebody stands in a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceClass {
    /// Messages: who wrote to whom. Standing there is no connection, writing is.
    Correspondence,
    /// A network in which both agreed to be connected.
    Network,
    /// A list that its owner keeps.
    AddressBook,
}

/// The beginning of a file.
pub(crate) struct Head<'a> {
    /// Decoded.
    pub(crate) text: &'a str,
}

/// How a file is recognised; the later one is believed when two formats claim a file, and the
/// format that stands first in the table when both recognise it the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// A line somewhere names the format's columns.
    Columns,
    /// A line somewhere is one that only the format has.
    Line,
    /// The format's first line, after blank ones.
    FirstLine,
}

macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident = $spec:expr,)+) => {
        /// A format that is understood.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Format {
            $($(#[$doc])* $variant,)+
        }

        impl Format {
            /// Every format.
            pub const ALL: [Self; [$(stringify!($variant)),+].len()] = [$(Self::$variant),+];

            pub(crate) const fn spec(self) -> &'static FormatSpec {
                match self {
                    $(Self::$variant => &$spec,)+
                }
            }
        }
    };
}

formats! {
    /// LinkedIn's "Get a copy of your data": the ZIP archive, or one CSV file out of it.
    LinkedIn = linkedin::SPEC,
    /// Contacts exported from Google as CSV, with the columns of 2024 or the older ones.
    GoogleCsv = google::SPEC,
    /// vCards 2.1, 3.0 or 4.0.
    Vcard = vcard::SPEC,
    /// A mailbox file.
    Mbox = mbox::SPEC,
}

impl Format {
    /// The name that settings, tables and addresses carry.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.spec().name
    }

    /// What people call it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        self.spec().label
    }

    /// The source that records of such files have.
    #[must_use]
    pub const fn source(self) -> &'static Source {
        self.spec().source
    }

    /// What a file of this format holds, to tell people.
    #[must_use]
    pub const fn expected(self) -> &'static str {
        self.spec().expected
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
