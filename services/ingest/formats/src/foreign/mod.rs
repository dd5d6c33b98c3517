//! What people bring that is not read: each recognised, named, and with a way to what is read.
//!
//! Nothing here is read, only refused so that whoever brought it knows what to do.

mod tables;
mod texts;

use std::fmt;

pub(crate) use tables::header_to_use;

/// A file of a kind that is known and not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreign {
    /// What it is, with its article.
    pub(crate) what: &'static str,
    /// What to do instead.
    pub(crate) advice: &'static str,
    /// It is there to hold people, so that leaving it out of an archive is worth a word.
    pub(crate) holds_people: bool,
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, which is not read; {}", self.what, self.advice)
    }
}

const fn people(what: &'static str, advice: &'static str) -> Foreign {
    Foreign {
        what,
        advice,
        holds_people: true,
    }
}

const fn other(what: &'static str, advice: &'static str) -> Foreign {
    Foreign {
        what,
        advice,
        holds_people: false,
    }
}

const SAVE_AS_CSV: &str = "people in a spreadsheet can be brought when it is saved as CSV with the \
    columns First Name, Last Name, E-mail 1 - Value, Phone 1 - Value, Labels";
const BRING_CONTACTS: &str = "bring contacts as vCard (.vcf) or Google CSV, mail as mbox, or \
    LinkedIn's ZIP archive";
const UNPACK: &str = "unpack it and bring the files inside";
const FROM_APPLE: &str = "on a Mac, open Contacts, select all (Command-A), choose File > Export > \
    Export vCard, and bring that file";
const FROM_OUTLOOK: &str = "in Outlook, select the contacts and choose Forward Contact > As a \
    Business Card, or import the file into Google Contacts or Apple's Contacts and export it there \
    as vCard";
const MAIL_FROM_OUTLOOK: &str = "open it in Outlook and move the mail into an account of \
    Thunderbird, then bring Thunderbird's mbox files; contacts: export them as vCard";

/// First bytes, and what a file that begins with them is.
const MAGIC: [(&[u8], Foreign); 33] = [
    (
        b"!BDN",
        people("a data file of Outlook (PST or OST)", MAIL_FROM_OUTLOOK),
    ),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        people(
            "a message of Outlook (.msg) or a document of old Office (.xls, .doc)",
            "save a message as .eml, and a spreadsheet as CSV with the columns First Name, Last \
             Name, E-mail 1 - Value, Phone 1 - Value, Labels",
        ),
    ),
    (
        b"SQLite format 3",
        people("a database (SQLite), as address books keep it", FROM_APPLE),
    ),
    (b"bplist00", people("a property list of Apple", FROM_APPLE)),
    (
        b"\xcf\xad\x12\xfe",
        people("a mailbox of Outlook Express (.dbx)", MAIL_FROM_OUTLOOK),
    ),
    (
        b"\x9c\xcb\xcb\x8d",
        people("an address book of Windows (.wab)", FROM_OUTLOOK),
    ),
    (
        b"// <!-- <mdb:mork",
        people(
            "an old address book of Thunderbird (.mab)",
            texts::FROM_THUNDERBIRD,
        ),
    ),
    (
        b"\x00\x05\x16\x07",
        other(
            "what a Mac keeps beside a file (._…), not the file itself",
            "bring the file whose name has no ._ before it",
        ),
    ),
    (b"%PDF", other("a PDF document", BRING_CONTACTS)),
    (b"\x89PNG", other("a picture (PNG)", BRING_CONTACTS)),
    (b"\xff\xd8\xff", other("a picture (JPEG)", BRING_CONTACTS)),
    (b"GIF8", other("a picture (GIF)", BRING_CONTACTS)),
    (b"BM", other("a picture (BMP)", BRING_CONTACTS)),
    (b"II*\0", other("a picture (TIFF)", BRING_CONTACTS)),
    (b"MM\0*", other("a picture (TIFF)", BRING_CONTACTS)),
    (
        b"RIFF",
        other(
            "a picture or a recording (WebP, WAV or AVI)",
            BRING_CONTACTS,
        ),
    ),
    (b"ID3", other("a recording (MP3)", BRING_CONTACTS)),
    (b"OggS", other("a recording (Ogg)", BRING_CONTACTS)),
    (
        b"\x1aE\xdf\xa3",
        other("a video (Matroska or WebM)", BRING_CONTACTS),
    ),
    (b"7z\xbc\xaf\x27\x1c", people("a 7-Zip archive", UNPACK)),
    (b"Rar!", people("a RAR archive", UNPACK)),
    (b"BZh", people("a file packed by bzip2", UNPACK)),
    (b"\xfd7zXZ", people("a file packed by xz", UNPACK)),
    (b"(\xb5/\xfd", people("a file packed by zstd", UNPACK)),
    (
        b"PK\x05\x06",
        other(
            "a ZIP archive with nothing in it",
            "pack or download it again",
        ),
    ),
    (
        b"PK\x07\x08",
        people(
            "a part of a split ZIP archive",
            "join its parts, or unpack it",
        ),
    ),
    (b"MZ", other("a program of Windows", BRING_CONTACTS)),
    (b"\x7fELF", other("a program of Linux", BRING_CONTACTS)),
    (b"\xca\xfe\xba\xbe", other("a program", BRING_CONTACTS)),
    (
        b"{\\rtf",
        other("a text with formatting (RTF)", BRING_CONTACTS),
    ),
    (
        b"\x78\x9f\x3e\x22",
        people("an attachment of Outlook (winmail.dat)", MAIL_FROM_OUTLOOK),
    ),
    (
        b"-----BEGIN PGP",
        people(
            "encrypted or a key (PGP)",
            "decrypt it and bring what comes out",
        ),
    ),
    (
        b"Salted__",
        people("encrypted (OpenSSL)", "decrypt it and bring what comes out"),
    ),
];

/// What a file is by its first bytes, whatever stands behind them.
pub(crate) fn by_magic(bytes: &[u8]) -> Option<Foreign> {
    let magic = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic));
    // A text may begin with the letters of a picture's magic.
    let is_text = |magic: &[u8]| magic.is_ascii() && magic.len() < 4 && !bytes.contains(&0);
    if let Some((_, foreign)) = magic.filter(|(magic, _)| !is_text(magic)) {
        return Some(*foreign);
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some(other("a picture or a video (HEIC or MP4)", BRING_CONTACTS));
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Some(people("a tar archive", UNPACK));
    }
    None
}

/// What a text that is of no format is, if it is of a kind that is known and not read.
pub(crate) fn recognise(text: &str) -> Option<Foreign> {
    texts::recognise(text).or_else(|| tables::recognise(text))
}

/// What an archive is by the names of its first members, if it is a document or the export of a
/// program that is not read.
pub(crate) fn recognise_archive(names: &[String]) -> Option<Foreign> {
    let any = |fits: &dyn Fn(&str) -> bool| names.iter().any(|name| fits(name));
    let is_office = any(&|name| name == "[Content_Types].xml" || name == "mimetype");
    if any(&|name| name.starts_with("xl/")) {
        return Some(people("a spreadsheet of Excel (.xlsx)", SAVE_AS_CSV));
    }
    if any(&|name| name.starts_with("Index/") && name.ends_with(".iwa")) {
        return Some(people(
            "a document of Numbers, Pages or Keynote",
            SAVE_AS_CSV,
        ));
    }
    if is_office || any(&|name| name.starts_with("word/")) {
        return Some(people("a document of an office program", SAVE_AS_CSV));
    }
    if any(&|name| name == "AndroidManifest.xml" || name.starts_with("META-INF/")) {
        return Some(other("a program", BRING_CONTACTS));
    }
    if any(&|name| name.contains(".abbu/") || name.ends_with(".abcddb")) {
        return Some(people("an archive of Apple's Contacts (.abbu)", FROM_APPLE));
    }
    if any(&|name| name.starts_with("com.microsoft.__Messages")) {
        return Some(people(
            "an archive of Outlook for Mac (.olm)",
            MAIL_FROM_OUTLOOK,
        ));
    }
    let is_chat = |name: &str| {
        let last = name.rsplit('/').next().unwrap_or_default();
        last == "_chat.txt" || last.contains("WhatsApp")
    };
    if any(&is_chat) {
        return Some(texts::WHATSAPP);
    }
    if any(&|name| name.contains("your_facebook_activity/") || name.contains("messages/inbox/")) {
        return Some(texts::FACEBOOK);
    }
    if any(&|name| name.starts_with("data/") && name.ends_with(".js")) {
        return Some(texts::X);
    }
    None
}
