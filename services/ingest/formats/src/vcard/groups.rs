//! Groups of contacts that are cards of their own (`KIND:group`): their names are labels of their
//! members, which may stand before them, so the file is looked through before it is read.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Read, SeekFrom},
};

use crate::{charset::decode, model::Contact, reader::ReadSeek, text::non_empty};

/// How much of a file is looked through, in bytes.
const SCAN_BYTES: u64 = 128 << 20;
/// Longest line looked at, in bytes.
const LINE_BYTES: u64 = 4 << 10;
/// Members remembered of one file, and groups of one member.
const MAX_MEMBERS: usize = 50_000;
const MAX_LABELS: usize = 50;

/// Names of groups, by the identifier of a member.
#[derive(Debug, Default)]
pub(super) struct Groups(HashMap<String, Vec<String>>);

/// A card as far as it may be a group.
#[derive(Default)]
struct Card {
    is_group: bool,
    name: Option<String>,
    members: Vec<String>,
}

impl Groups {
    /// Looks through a file, if it can be gone back in.
    pub(super) fn of(source: &mut dyn ReadSeek) -> io::Result<Self> {
        let mut groups = Self::default();
        let Ok(start) = source.stream_position() else {
            return Ok(groups);
        };
        let mut reader = BufReader::with_capacity(64 << 10, (&mut *source).take(SCAN_BYTES));
        let (mut line, mut next, mut card) = (Vec::new(), Vec::new(), Card::default());
        loop {
            next.clear();
            let taken = (&mut reader)
                .take(LINE_BYTES)
                .read_until(b'\n', &mut next)?;
            if let [b' ' | b'\t', rest @ ..] = &next[..] {
                // Folded; what is longer than a name or an identifier is neither.
                if line.len() < LINE_BYTES as usize {
                    line.extend_from_slice(rest.trim_ascii_end());
                }
                continue;
            }
            groups.take(&line, &mut card);
            if taken == 0 {
                break;
            }
            line.clear();
            line.extend_from_slice(next.trim_ascii_end());
        }
        source.seek(SeekFrom::Start(start))?;
        Ok(groups)
    }

    fn take(&mut self, line: &[u8], card: &mut Card) {
        let Some(at) = line.iter().position(|byte| *byte == b':') else {
            return;
        };
        let name = line[..at].split(|byte| *byte == b';').next();
        let name = name.unwrap_or_default().to_ascii_uppercase();
        let value = || non_empty(&decode(&line[at + 1..]));
        match name.as_slice() {
            b"BEGIN" => *card = Card::default(),
            b"KIND" | b"X-ADDRESSBOOKSERVER-KIND" => {
                card.is_group = line[at + 1..].trim_ascii().eq_ignore_ascii_case(b"group");
            }
            b"FN" => card.name = value(),
            b"MEMBER" | b"X-ADDRESSBOOKSERVER-MEMBER" if card.members.len() < MAX_MEMBERS => {
                card.members.extend(value().map(|it| plain(&it)));
            }
            b"END" => self.add(std::mem::take(card)),
            _ => {}
        }
    }

    fn add(&mut self, card: Card) {
        let Some(name) = card.name.filter(|_| card.is_group) else {
            return;
        };
        for member in card.members {
            if self.0.len() >= MAX_MEMBERS {
                return;
            }
            let names = self.0.entry(member).or_default();
            if names.len() < MAX_LABELS {
                names.push(name.clone());
            }
        }
    }

    /// Adds to a contact the groups that it is a member of.
    pub(super) fn label(&self, contact: &mut Contact) {
        let names = contact.uid.as_ref().and_then(|uid| self.0.get(&plain(uid)));
        for name in names.into_iter().flatten() {
            if !contact.labels.contains(name) {
                contact.labels.push(name.clone());
            }
        }
    }
}

/// An identifier without what only one of two spellings has: `urn:uuid:4FBE…`, `4fbe…:ABPerson`.
fn plain(identifier: &str) -> String {
    let identifier = identifier.trim().to_lowercase();
    let identifier = identifier.trim_start_matches("urn:uuid:");
    identifier.trim_end_matches(":abperson").to_owned()
}
