//! The ZIP archive: its members, each read and refused by itself, and how much they may inflate to.
//!
//! Members are inflated as they are read, never as a whole. What the archive's directory claims
//! about sizes is not believed: the bytes that come out are counted, over all members together.
//! A member is known by what it holds, whatever its name.

use std::{
    collections::VecDeque,
    io::{Cursor, Read},
    sync::{Arc, Mutex},
};

use flate2::read::DeflateDecoder;

use super::{
    directory::{self, Listed, Member},
    is_gzip, is_zip,
    stream::{Claim, Forward, Gauge, Metered, Packed, RATIO_FREE_BYTES, Shared},
};
use crate::{
    catalogue::{Format, SourceClass},
    detect::{DETECT_HEAD_BYTES, format_of},
    entry::{Content, Entry, Limits, Position},
    error::FormatError,
    foreign, mbox,
    reader::{Entries, ReadSeek},
    text,
};

/// An open archive.
pub(super) struct Archive {
    /// As which the archive is imported.
    format: Format,
    source: Shared,
    members: std::vec::IntoIter<Member>,
    current: Option<Current>,
    limits: Limits,
    /// Packed bytes of the members finished.
    packed_done: u64,
    /// Inflated bytes of the members finished.
    inflated_done: u64,
    /// What all members together may inflate to, in bytes.
    inflated_limit: u64,
    /// Whether anything was read or refused.
    is_worth_a_word: bool,
    /// Members that are not read, and why: told where nothing was read.
    passed_over: Vec<(Arc<str>, Option<String>)>,
    /// What is told at the end.
    last_words: Option<VecDeque<Entry>>,
}

struct Current {
    name: Arc<str>,
    entries: Entries,
    gauge: Arc<Gauge>,
}

/// What becomes of a member.
enum Opened {
    Read(Entries),
    /// Refused, which is worth a line of its own.
    Refused(String),
    /// Not read; why, where it could have been meant to be.
    PassedOver(Option<String>),
    /// It inflates too far, and with it the archive.
    Bomb(FormatError),
}

impl Archive {
    pub(super) fn open(
        format: Format,
        source: Box<dyn ReadSeek + Send>,
        limits: Limits,
    ) -> Result<Self, FormatError> {
        let (source, listed) = directory::read(source, limits)?;
        let Listed { members, others } = listed;
        // Their places do not overlap, so this is never more than the file itself.
        let packed_bytes = members.iter().map(|member| member.packed_bytes);
        let by_ratio = packed_bytes
            .sum::<u64>()
            .saturating_mul(limits.max_inflate_ratio)
            .saturating_add(RATIO_FREE_BYTES);
        Ok(Self {
            format,
            source: Arc::new(Mutex::new(source)),
            members: members.into_iter(),
            current: None,
            limits,
            packed_done: 0,
            inflated_done: 0,
            inflated_limit: by_ratio.min(limits.max_archive_bytes),
            is_worth_a_word: false,
            passed_over: others.into_iter().map(|name| (name, None)).collect(),
            last_words: None,
        })
    }

    fn open_member(&self, member: &Member, gauge: &Arc<Gauge>) -> Opened {
        if let Some(fault) = &member.fault {
            return Opened::Refused(fault.clone());
        }
        let packed = Packed {
            source: self.source.clone(),
            at: member.start,
            left: member.packed_bytes,
            gauge: gauge.clone(),
        };
        let inflating: Box<dyn Read + Send> = match member.deflated {
            true => Box::new(DeflateDecoder::new(packed)),
            false => Box::new(packed),
        };
        let claim = Claim {
            bytes: member.claimed_bytes,
            crc: member.claimed_crc,
        };
        let mut metered = Metered::new(inflating, gauge.clone(), Some(claim), self.limit());
        let mut head = Vec::new();
        let read = metered
            .by_ref()
            .take(DETECT_HEAD_BYTES as u64)
            .read_to_end(&mut head);
        let is_wanted = member.is_wanted();
        if let Err(error) = read {
            return match gauge.passed(&member.name) {
                Some(bomb) => Opened::Bomb(bomb),
                None => Opened::Refused(damaged(&error)),
            };
        }
        if text::is_blank(&head) {
            return Opened::PassedOver(None);
        }
        if is_zip(&head) || is_gzip(&head) {
            return Opened::Refused(
                "an archive inside an archive is not opened: unpack them first".to_owned(),
            );
        }
        let decoded = text::decode_head(&head);
        let by_magic = foreign::by_magic(&head);
        let format = format_of(&decoded).filter(|_| by_magic.is_none());
        let Some(format) = format else {
            return match by_magic.or_else(|| foreign::recognise(&decoded)) {
                Some(foreign) if foreign.holds_people || is_wanted => {
                    Opened::Refused(foreign.to_string())
                }
                Some(foreign) => Opened::PassedOver(Some(foreign.to_string())),
                None if is_wanted => Opened::Refused(self.not_understood(head)),
                None => Opened::PassedOver(foreign::header_to_use(&decoded)),
            };
        };
        if self.is_of_another_class(format) {
            return Opened::Refused(format!(
                "its people are of {}, not of {} as the rest: unpack it and bring this file by itself",
                format.label(),
                self.format.label()
            ));
        }
        // A mail that does not say when it was sent is of when its file was written.
        let before = match member.modified {
            Some(moment) if format == Format::Mbox && mbox::lacks_date(&head) => {
                moment.strftime("From - %a %b %d %H:%M:%S %Y\n").to_string()
            }
            _ => String::new(),
        };
        let head = [before.as_bytes(), &head].concat();
        let whole = Forward(Cursor::new(head).chain(metered));
        match (format.spec().read)(Box::new(whole), self.limits) {
            Ok(entries) => Opened::Read(entries),
            // A table without rows is nothing to complain about when there are others.
            Err(FormatError::Empty { .. }) => Opened::PassedOver(None),
            Err(error) => Opened::Refused(error.to_string()),
        }
    }

    /// Whether what stands in a member means something else than in the rest: in a network people
    /// agreed to be connected, in an address book they did not. Mail is mail everywhere.
    fn is_of_another_class(&self, format: Format) -> bool {
        let network = |format: Format| format.source().class == SourceClass::Network;
        network(format) != network(self.format) && format != Format::Mbox
    }

    /// Why a member that by its name should be read is not.
    fn not_understood(&self, head: Vec<u8>) -> String {
        match (self.format.spec().read)(Box::new(Cursor::new(head)), self.limits) {
            Err(error) => error.to_string(),
            Ok(_) => format!("expected {}", self.format.expected()),
        }
    }

    /// What is left for the next member, in bytes.
    fn limit(&self) -> u64 {
        let left = self.inflated_limit.saturating_sub(self.inflated_done);
        left.min(self.limits.max_member_bytes)
    }

    fn finish(&mut self, gauge: &Gauge) {
        self.packed_done += gauge.packed_bytes();
        self.inflated_done += gauge.inflated_bytes();
    }

    fn entry(&self, member: &Arc<str>, content: Content) -> Entry {
        Entry {
            position: Position::Member {
                member: member.clone(),
                place: None,
            },
            bytes_done: self.packed_done,
            raw: String::new(),
            content,
        }
    }

    /// The next record of the member in hand, or what ends it.
    fn next_of_current(&mut self) -> Option<Result<Entry, FormatError>> {
        let Current {
            name,
            entries,
            gauge,
        } = self.current.as_mut()?;
        let (name, gauge) = (name.clone(), gauge.clone());
        let item = entries.next();
        if let Some(Ok(mut entry)) = item {
            entry.bytes_done = self.packed_done + gauge.packed_bytes();
            entry.position = Position::Member {
                member: name,
                place: Some(Box::new(entry.position)),
            };
            return Some(Ok(entry));
        }
        self.current = None;
        self.finish(&gauge);
        let error = item?.err()?;
        if let Some(bomb) = gauge.passed(&name) {
            return Some(Err(bomb));
        }
        let reason = match error {
            FormatError::Io(error) => damaged(&error),
            other => other.to_string(),
        };
        Some(Ok(self.entry(&name, Content::rejected(reason))))
    }

    /// Where nothing was read, why not: of each member that says so, else of all together.
    fn last_words(&mut self) -> Result<Option<Entry>, FormatError> {
        if self.last_words.is_none() {
            let passed_over = std::mem::take(&mut self.passed_over);
            let mut words = VecDeque::new();
            if !self.is_worth_a_word {
                for (name, reason) in &passed_over {
                    let reason = reason.as_ref().map(|it| Content::rejected(it.clone()));
                    words.extend(reason.map(|content| self.entry(name, content)));
                }
                if words.is_empty() {
                    let names = passed_over.iter().map(|(name, _)| &**name);
                    return Err(directory::nothing_wanted(names));
                }
            }
            self.last_words = Some(words);
        }
        Ok(self.last_words.as_mut().and_then(VecDeque::pop_front))
    }
}

impl Iterator for Archive {
    type Item = Result<Entry, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.next_of_current() {
                return Some(item);
            }
            let Some(member) = self.members.next() else {
                return self.last_words().transpose();
            };
            let gauge = Arc::new(Gauge::default());
            match self.open_member(&member, &gauge) {
                Opened::Read(entries) => {
                    self.is_worth_a_word = true;
                    let name = member.name;
                    self.current = Some(Current {
                        name,
                        entries,
                        gauge,
                    });
                }
                Opened::Refused(reason) => {
                    self.is_worth_a_word = true;
                    self.finish(&gauge);
                    return Some(Ok(self.entry(&member.name, Content::rejected(reason))));
                }
                Opened::PassedOver(reason) => {
                    self.finish(&gauge);
                    self.passed_over.push((member.name, reason));
                }
                Opened::Bomb(error) => return Some(Err(error)),
            }
        }
    }
}

fn damaged(error: &std::io::Error) -> String {
    format!("it is damaged ({error}); expected a complete download")
}
