//! The directory of a ZIP archive: which of its members may be read and where their bytes are.
//!
//! An honest packer gives every member bytes of its own. A directory in which several entries point
//! at the same bytes makes a small file a large one, so that is refused before anything is read.

use std::{
    collections::HashMap,
    io::{self, Read, Seek, SeekFrom},
    sync::Arc,
};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use zip::{CompressionMethod, ZipArchive};

use crate::{
    dates,
    entry::{Limits, bounded},
    error::FormatError,
    reader::ReadSeek,
    table::normalise,
};

/// The tables of LinkedIn that are read, by normalised name, in the order they are read in.
const WANTED: [&str; 5] = [
    "connectionscsv",
    "contactscsv",
    "importedcontactscsv",
    "messagescsv",
    "invitationscsv",
];

/// Bytes of the file that may be read to find its members. The library that reads the directory
/// keeps it in memory, at several times its size; ten thousand members take half of this.
const DIRECTORY_BYTES: u64 = 4 << 20;

/// Longest name of a member that is shown, in bytes.
const SHOWN_BYTES: usize = 200;

/// How names end of what never holds people or mail, so that it is not even looked at.
const NEVER_READ: [&str; 32] = [
    "avi", "bmp", "css", "doc", "docx", "gif", "heic", "htm", "html", "ico", "jpeg", "jpg", "js",
    "json", "m4a", "mov", "mp3", "mp4", "msf", "ogg", "opus", "pdf", "png", "pps", "ppt", "pptx",
    "svg", "tif", "tiff", "wav", "webm", "webp",
];
/// How names end of what holds people or mail.
const READ: [&str; 5] = ["eml", "emlx", "mbox", "vcard", "vcf"];

/// A member that may be read.
#[derive(Debug)]
pub(super) struct Member {
    /// Its name, without folders unless another member has the same.
    pub(super) name: Arc<str>,
    /// Where its packed bytes begin.
    pub(super) start: u64,
    /// How many they are.
    pub(super) packed_bytes: u64,
    /// What the directory says they inflate to; not believed.
    pub(super) claimed_bytes: u64,
    /// What the directory says of their content.
    pub(super) claimed_crc: u32,
    /// Packed by deflate, or not at all.
    pub(super) deflated: bool,
    /// When its file was written, as far as its name or the directory says.
    pub(super) modified: Option<DateTime>,
    /// Why it cannot be read.
    pub(super) fault: Option<String>,
}

impl Member {
    /// Whether it is read by its name, so that not to understand it is worth a word.
    pub(super) fn is_wanted(&self) -> bool {
        is_of_linkedin(&self.name) || READ.contains(&ending(&self.name).as_str())
    }
}

/// What an archive holds.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// The members that may be read, in the order in which they are.
    pub(super) members: Vec<Member>,
    /// Names of the others.
    pub(super) others: Vec<Arc<str>>,
}

type Source = Box<dyn ReadSeek + Send>;

/// What an archive holds, and the source again.
pub(super) fn read(mut source: Source, limits: Limits) -> Result<(Source, Listed), FormatError> {
    check_claim(&mut *source, limits)?;
    let left = DIRECTORY_BYTES;
    let mut archive = ZipArchive::new(Sparing { source, left }).map_err(damaged)?;
    if archive.len() > limits.max_members {
        return Err(too_many(archive.len() as u64, limits));
    }
    if archive.has_duplicate_names() {
        let reason = "its directory names a member twice; expected each once".to_owned();
        return Err(FormatError::Archive { reason });
    }
    let listed = members(&mut archive)?;
    Ok((archive.into_inner().source, listed))
}

fn members(archive: &mut ZipArchive<Sparing>) -> Result<Listed, FormatError> {
    let directory_start = archive.central_directory_start();
    let mut places = Vec::new();
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(damaged)?;
        let entry = file.entry();
        let name = entry.name().map_or_else(
            |_| String::from_utf8_lossy(entry.name_raw()).into_owned(),
            std::borrow::Cow::into_owned,
        );
        let Some(start) = file.data_start() else {
            return Err(out_of_place(&name));
        };
        let packed_bytes = entry.compressed_size();
        let end = start.checked_add(packed_bytes);
        let Some(end) = end.filter(|end| *end <= directory_start) else {
            return Err(out_of_place(&name));
        };
        places.push((entry.header_start(), end, name.clone()));
        if name.ends_with(['/', '\\']) || is_leftover(&name) {
            continue;
        }
        let compression = entry.compression();
        let fault = if entry.encrypted() {
            Some("protected by a password; expected an open archive".to_owned())
        } else if ![CompressionMethod::Deflated, CompressionMethod::Stored].contains(&compression) {
            let packed = format!("packed by {compression}; expected deflate or no packing");
            Some(format!("{packed}: unpack it and bring the file by itself"))
        } else {
            None
        };
        if is_never_read(&name) {
            found.push((usize::MAX, name, None));
            continue;
        }
        let member = Member {
            name: Arc::from(""),
            start,
            packed_bytes,
            claimed_bytes: entry.size(),
            claimed_crc: entry.crc32(),
            deflated: compression == CompressionMethod::Deflated,
            modified: delivered(&name).or_else(|| civil(entry.last_modified()?)),
            fault,
        };
        found.push((rank(&name), name, Some(member)));
    }
    refuse_overlaps(places)?;
    let mut times = HashMap::new();
    for (_, name, _) in &found {
        *times.entry(last(name).to_lowercase()).or_insert(0) += 1;
    }
    found.sort_by_key(|(rank, ..)| *rank);
    let mut listed = Listed::default();
    for (_, name, member) in found {
        let is_one = times.get(&last(&name).to_lowercase()) == Some(&1);
        let name = if is_one { last(&name) } else { &name };
        let name = Arc::from(bounded(name.to_owned(), SHOWN_BYTES));
        match member {
            Some(member) => listed.members.push(Member { name, ..member }),
            None => listed.others.push(name),
        }
    }
    Ok(listed)
}

/// When a mail was put into a Maildir: its file's name begins with the seconds since 1970.
fn delivered(name: &str) -> Option<DateTime> {
    let seconds = last(name).split('.').next()?.parse().ok()?;
    let moment = Timestamp::from_second(seconds).ok()?;
    let moment = Some(moment).filter(|it| dates::plausible(*it))?;
    Some(moment.to_zoned(TimeZone::UTC).datetime())
}

fn civil(moment: zip::DateTime) -> Option<DateTime> {
    let small = |part: u8| i8::try_from(part).ok();
    let (month, day) = (small(moment.month())?, small(moment.day())?);
    let (hour, minute) = (small(moment.hour())?, small(moment.minute())?);
    let (year, second) = (i16::try_from(moment.year()).ok()?, small(moment.second())?);
    DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

/// Where a member stands in the order of reading: people before what they wrote.
fn rank(name: &str) -> usize {
    let normal = normalise(last(name));
    let wanted = WANTED.iter().position(|wanted| *wanted == normal);
    wanted.unwrap_or_else(|| match ending(name).as_str() {
        "csv" | "vcf" | "vcard" => WANTED.len(),
        "mbox" => WANTED.len() + 2,
        _ => WANTED.len() + 1,
    })
}

/// Whether a member is by its name a table of LinkedIn's export.
pub(super) fn is_of_linkedin(name: &str) -> bool {
    !is_leftover(name) && WANTED.contains(&normalise(last(name)).as_str())
}

/// Whether a member is by its name nothing that holds people or mail.
pub(super) fn is_never_read(name: &str) -> bool {
    is_leftover(name) || name.ends_with('/') || NEVER_READ.contains(&ending(name).as_str())
}

/// What systems leave in folders without being asked. Packed on a Mac, every file has a twin that
/// holds its attributes.
fn is_leftover(name: &str) -> bool {
    const NAMES: [&str; 5] = [
        ".ds_store",
        "thumbs.db",
        "desktop.ini",
        ".localized",
        "icon\r",
    ];
    let folders = ["__macosx", "@eadir", ".spotlight-v100", ".trashes", ".git"];
    let last = last(name).to_lowercase();
    let mut path = name.split(['/', '\\']);
    last.starts_with("._")
        || NAMES.contains(&last.as_str())
        || path.any(|part| folders.contains(&part.to_lowercase().as_str()))
}

/// What stands behind the last dot of a name, in lower case.
fn ending(name: &str) -> String {
    let ending = last(name).rsplit_once('.').map(|(_, ending)| ending);
    ending.unwrap_or_default().to_lowercase()
}

fn last(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// Refuses members that share bytes of the file. `places`: where each begins and ends.
fn refuse_overlaps(mut places: Vec<(u64, u64, String)>) -> Result<(), FormatError> {
    places.sort_unstable();
    for pair in places.windows(2) {
        let ((_, end, before), (start, _, after)) = (&pair[0], &pair[1]);
        if start < end {
            let reason = format!(
                "{} and {} are the same bytes of the file; expected each member to have its own",
                shown(before),
                shown(after)
            );
            return Err(FormatError::Archive { reason });
        }
    }
    Ok(())
}

fn shown(name: &str) -> String {
    bounded(name.to_owned(), SHOWN_BYTES)
        .escape_debug()
        .to_string()
}

fn out_of_place(name: &str) -> FormatError {
    let reason = format!("{} is not where it should be", shown(name));
    FormatError::Archive { reason }
}

/// The error of an archive of which nothing is read.
pub(super) fn nothing_wanted<'a>(names: impl Iterator<Item = &'a str>) -> FormatError {
    let names = names.take(5).map(|name| bounded(name.to_owned(), 60));
    let names = names
        .collect::<Vec<_>>()
        .join(", ")
        .escape_debug()
        .to_string();
    let names = if names.is_empty() { "folders" } else { &names };
    let reason = format!(
        "it holds only {names}; expected contacts (.vcf, or CSV of Google), mail (.mbox, .eml), or \
         a LinkedIn export with at least one of Connections.csv, Contacts.csv, \
         ImportedContacts.csv, messages.csv, Invitations.csv"
    );
    FormatError::Archive { reason }
}

fn damaged(error: impl std::fmt::Display) -> FormatError {
    FormatError::Archive {
        reason: format!("{error}; expected a complete download"),
    }
}

fn too_many(found: u64, limits: Limits) -> FormatError {
    let most = limits.max_members;
    FormatError::Archive {
        reason: format!("it claims {found} members; expected at most {most}"),
    }
}

/// Refuses an absurd directory by what it claims, before anything of it is read.
fn check_claim(source: &mut dyn ReadSeek, limits: Limits) -> Result<(), FormatError> {
    const TAIL_BYTES: u64 = 22 + 65_535;
    let length = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Vec::new();
    source.take(TAIL_BYTES).read_to_end(&mut tail)?;
    source.seek(SeekFrom::Start(0))?;
    for at in memchr::memmem::rfind_iter(&tail, b"PK\x05\x06") {
        if let Some(record) = tail.get(at..at + 22) {
            let members = u64::from(u16::from_le_bytes([record[10], record[11]]));
            if members > limits.max_members as u64 {
                return Err(too_many(members, limits));
            }
            return Ok(());
        }
    }
    Err(damaged("it has no directory at its end"))
}

/// A source of which only so many bytes can be read.
struct Sparing {
    source: Source,
    left: u64,
}

impl Read for Sparing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(format!(
                "its directory is longer than {DIRECTORY_BYTES} bytes or not at its end"
            )));
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let most = most.min(out.len());
        let taken = self.source.read(&mut out[..most])?;
        self.left -= taken as u64;
        Ok(taken)
    }
}

impl Seek for Sparing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}
