//! Files that mean harm or are plainly broken: a clear error, in bounded memory and time.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use kith_formats::{Content, Entry, Format, FormatError, Limits, read};

use crate::{
    archive::{Packing, zip},
    support::{entries, error, rejections},
};

/// A file that begins somehow, goes on with a pattern for so many bytes, and ends somehow;
/// without holding it.
struct Endless {
    head: Vec<u8>,
    pattern: Vec<u8>,
    pattern_bytes: u64,
    at: u64,
}

impl Endless {
    fn new(head: &str, line: &str, pattern_bytes: u64) -> Box<Self> {
        let pattern = line.repeat((1 << 20) / line.len()).into_bytes();
        Box::new(Self {
            head: head.into(),
            pattern,
            pattern_bytes,
            at: 0,
        })
    }
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let head = self.head.len() as u64;
        let left = (head + self.pattern_bytes).saturating_sub(self.at);
        let from = if self.at < head {
            &self.head[self.at as usize..]
        } else {
            &self.pattern[((self.at - head) % self.pattern.len() as u64) as usize..]
        };
        let taken = out
            .len()
            .min(from.len())
            .min(usize::try_from(left).unwrap());
        out[..taken].copy_from_slice(&from[..taken]);
        self.at += taken as u64;
        Ok(taken)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::Current(by) => self.at.checked_add_signed(by).unwrap(),
            SeekFrom::End(by) => (self.head.len() as u64 + self.pattern_bytes)
                .checked_add_signed(by)
                .unwrap(),
        };
        Ok(self.at)
    }
}

/// How long the endless files are: gigabytes when asked for, enough to notice otherwise.
fn endless_bytes() -> u64 {
    match std::env::var("KITH_ENDLESS_BYTES") {
        Ok(bytes) => bytes.parse().expect("a number of bytes"),
        Err(_) => 24 << 20,
    }
}

/// Entries and the error that the file ends in.
fn drain(format: Format, source: Box<Endless>) -> (Vec<Entry>, String) {
    let mut entries = Vec::new();
    for entry in read(format, source, Limits::default()).unwrap() {
        match entry {
            Ok(entry) => {
                assert!(entry.raw.len() <= Limits::default().max_raw_bytes);
                entries.push(entry);
            }
            Err(error) => return (entries, error.to_string()),
        }
    }
    panic!("no error at the end of {} entries", entries.len())
}

#[test]
fn a_card_that_never_ends_is_one_rejection() {
    for line in ["NOTE:and so on\n", " folded", "x"] {
        let file = Endless::new("BEGIN:VCARD\nFN:Ada\n", line, endless_bytes());
        let (entries, error) = drain(Format::Vcard, file);
        assert_eq!(entries.len(), 1, "{line:?}");
        assert!(error.contains("END:VCARD"), "{error}");
    }
}

#[test]
fn a_good_card_behind_an_overlong_one_is_read() {
    let long = "NOTE:and so on\n".repeat(700_000);
    let file = format!("BEGIN:VCARD\nFN:A\n{long}END:VCARD\nBEGIN:VCARD\nFN:Ada\nEND:VCARD\n");
    let found = entries(Format::Vcard, file);
    assert_eq!(found.len(), 2);
    assert!(rejections(&found)[0].1.contains("longer than"));
    assert!(matches!(&found[1].content, Content::Contact(ada) if ada.name.full == "Ada"));
}

#[test]
fn mail_headers_that_never_end_are_one_rejection() {
    for line in [
        "X-Header: and so on\n",
        " folded\n",
        "To: a@example.org\n",
        "x",
    ] {
        let head = "From a@example.org Sun Feb 15 00:04:28 2026\nFrom: a@example.org\n";
        let (entries, error) = drain(Format::Mbox, Endless::new(head, line, endless_bytes()));
        assert_eq!(entries.len(), 1, "{line:?}");
        assert!(error.contains("empty line"), "{error}");
    }
}

#[test]
fn a_csv_record_that_never_ends_ends_the_file_with_its_line() {
    let header = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";
    for head in [
        format!("{header}Ada,Lovelace,u,,,,\n\"unclosed"),
        format!("{header}\nx"),
    ] {
        for pattern in ["and so on\n", "and so on"] {
            if !head.contains('"') && pattern.ends_with('\n') {
                continue;
            }
            let file = Endless::new(&head, pattern, endless_bytes());
            let (_, error) = drain(Format::LinkedIn, file);
            assert!(
                error.contains("line 3") && error.contains("quote"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_quote_left_open_at_the_end_is_rejected() {
    let file = "First Name,Last Name,Labels\nAda,Lovelace,\nMary,\"Somerville,\nGeorge,Peacock,\n";
    let found = entries(Format::GoogleCsv, file);
    let rejected = rejections(&found);
    assert_eq!(rejected[0].0, "line 3");
    assert!(rejected[0].1.contains("closing quote"), "{rejected:?}");
}

#[test]
fn an_empty_file_says_what_was_expected() {
    for format in Format::ALL {
        for blank in ["", "\n", "\u{feff}", "  \r\n\r\n"] {
            let error = error(format, blank);
            assert!(error.contains("expected"), "{format}: {error}");
        }
    }
}

#[test]
fn a_header_without_rows_is_an_error_and_no_silent_success() {
    for (format, file) in [
        (
            Format::LinkedIn,
            "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n",
        ),
        (
            Format::GoogleCsv,
            "First Name,Last Name,File As,Labels\n,,,\n",
        ),
        (Format::Vcard, "hello\n"),
        (Format::Vcard, "BEGIN:VCARD\nEND:VCARD\n"),
    ] {
        let error = error(format, file);
        assert!(error.starts_with("no record found"), "{format}: {error}");
        assert!(error.contains("expected"), "{format}: {error}");
    }
}

#[test]
fn noise_is_an_error_in_every_format() {
    let mut state = 7_u64;
    let mut noise = Vec::new();
    for _ in 0..300_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        noise.push((state >> 33) as u8);
    }
    for format in Format::ALL {
        assert!(
            error(format, noise.clone()).contains("expected"),
            "{format}"
        );
        for magic in [
            &b"PK\x03\x04"[..],
            b"BEGIN:VCARD\n",
            b"\xff\xfe",
            b"\x00\x00",
        ] {
            let file = [magic, &noise].concat();
            assert!(
                error(format, file).contains("expected"),
                "{format} {magic:?}"
            );
        }
    }
}

#[test]
fn a_zip_bomb_is_stopped_by_its_ratio_whatever_it_claims() {
    let header = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";
    let bomb = [header.as_bytes(), &b",,,,,,\n".repeat(30 << 20 >> 3)].concat();
    let mut archive = zip(&[("Connections.csv", &bomb, Packing::Deflate)]);
    assert!(archive.len() < bomb.len() / 150, "{}", archive.len());
    assert!(error(Format::LinkedIn, archive.clone()).contains("inflates to more than"));
    // The same with a directory that claims 10 bytes.
    let size = (bomb.len() as u32).to_le_bytes();
    while let Some(at) = archive.windows(4).position(|four| four == size) {
        archive[at..at + 4].copy_from_slice(&10_u32.to_le_bytes());
    }
    assert!(error(Format::LinkedIn, archive).contains("inflates to more than"));
}

#[test]
fn members_together_are_bounded_too() {
    let header = "First Name,Last Name,Emails,PhoneNumbers\n";
    let rows = (0..2_000).map(|n| format!("Ada{n},Lovelace,ada{n}@example.org,\n"));
    let table = header.to_owned() + &rows.collect::<String>();
    let archive = zip(&[
        ("Contacts.csv", table.as_bytes(), Packing::Deflate),
        ("ImportedContacts.csv", table.as_bytes(), Packing::Deflate),
    ]);
    let limits = Limits {
        max_archive_bytes: table.len() as u64 * 3 / 2,
        ..Limits::default()
    };
    let mut found = read(Format::LinkedIn, Box::new(Cursor::new(archive)), limits).unwrap();
    let error = found.find_map(Result::err).expect("an error");
    assert!(
        matches!(&error, FormatError::Inflates { member, .. } if member == "ImportedContacts.csv"),
        "{error}"
    );
}

#[test]
fn a_truncated_archive_is_an_error_wherever_it_is_cut() {
    let rows = (0..5_000).map(|n| format!("Ada{n},Lovelace,ada{n}@example.org,{}\n", n * 7919));
    let table = "First Name,Last Name,Emails,PhoneNumbers\n".to_owned() + &rows.collect::<String>();
    let archive = zip(&[("Contacts.csv", table.as_bytes(), Packing::Deflate)]);
    for cut in [
        4,
        30,
        archive.len() / 2,
        archive.len() - 30,
        archive.len() - 1,
    ] {
        let error = error(Format::LinkedIn, &archive[..cut]);
        assert!(
            error.contains("expected a complete download"),
            "{cut}: {error}"
        );
    }
    // Bytes lost out of the middle: the directory is there, the member is not.
    let mut damaged = archive;
    damaged[200..1_200].fill(0);
    assert!(error(Format::LinkedIn, damaged).contains("Contacts.csv"));
}

#[test]
fn a_member_that_is_not_what_was_packed_is_an_error() {
    let table = b"First Name,Last Name,Emails,PhoneNumbers\nAda,Lovelace,a@example.org,\n";
    let archive = zip(&[("Contacts.csv", table, Packing::Store)]);
    let at = archive
        .windows(3)
        .position(|three| three == b"Ada")
        .unwrap();
    let mut changed = archive.clone();
    changed[at] = b'B';
    assert!(error(Format::LinkedIn, changed).contains("not what was packed"));
    let mut claims_more = archive;
    let size = (table.len() as u32).to_le_bytes();
    // Of the packed and the unpacked size in the directory the latter.
    let at = claims_more
        .windows(4)
        .rposition(|four| four == size)
        .unwrap();
    claims_more[at] += 1;
    assert!(error(Format::LinkedIn, claims_more).contains("not what was packed"));
}

#[test]
fn archives_inside_an_archive_are_not_opened() {
    let inner = zip(&[("Connections.csv", b"x", Packing::Store)]);
    let error = error(
        Format::LinkedIn,
        zip(&[("export.zip", &inner, Packing::Store)]),
    );
    assert!(error.contains("unpack them first"), "{error}");
}

#[test]
fn an_absurd_number_of_members_is_refused() {
    let names = (0..10_001).map(|n| format!("{n}.csv")).collect::<Vec<_>>();
    let members = names
        .iter()
        .map(|name| (name.as_str(), &b""[..], Packing::Store));
    let error = error(Format::LinkedIn, zip(&members.collect::<Vec<_>>()));
    assert!(
        error.contains("10001 members") && error.contains("at most 10000"),
        "{error}"
    );
}
