//! Messages to monthly counts, and who of those who write is a person of the book.
//!
//! Of a message nothing is kept but that it was counted. Whoever the owner never wrote to and who
//! wrote but once is counted and not yet a person; a later message can make them one, and then
//! the past counts too.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{Timestamp, tz::TimeZone};
use kith_formats::{Mailbox, Message, MessageKind};
use kith_shared::keys::KeyHasher;

use super::{
    account::Account,
    interactions::{BucketKey, Channel, Tally, group_class},
    key::Key,
    resolution::PersonName,
};

/// Up to how many take part, owner included, in a group that is evidence among its members.
pub const SMALL_GROUP: usize = 5;
/// How often somebody must write in small groups to be a person without ever being written to.
pub const MESSAGES_OF_A_PERSON: u32 = 2;

/// As many names of other people beside one address are a relay's.
const NAMES_OF_A_RELAY: u32 = 2;

/// One end of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// The address as a key; none for shared mailboxes and what is no address.
    pub key: Option<Key>,
    /// Whether it is the owner's.
    pub mine: bool,
    /// The name shown beside it.
    pub name: Option<String>,
    /// The address as spelled.
    pub spelled: String,
}

/// A message as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedMessage {
    /// Hash of its Message-ID and when it was sent, or of who, whom and when where it has none. An id
    /// alone is no identity: broken mailers give every message the same.
    pub hash: Vec<u8>,
    /// The hash under which a version counted it that believed the id alone.
    pub hash_by_id: Option<Vec<u8>>,
    /// When it was sent.
    pub at: Timestamp,
    /// Which kind of message.
    pub channel: Channel,
    pub from: Party,
    /// All others, each once.
    pub to: Vec<Party>,
}

impl CountedMessage {
    /// What of a message matters.
    #[must_use]
    pub fn of(message: &Message, owner: &Account, hasher: &KeyHasher) -> Self {
        let channel = match message.kind {
            MessageKind::Mail => Channel::Mail,
            MessageKind::LinkedInMessage | MessageKind::LinkedInInvitation => Channel::LinkedIn,
        };
        let party = |mailbox: &Mailbox| party(mailbox, &channel, owner, hasher);
        let from = party(&message.from);
        let mut seen = HashSet::from([identity(&from)]);
        let to = message.to.iter().chain(&message.cc).map(party);
        let mut to: Vec<Party> = to.filter(|party| seen.insert(identity(party))).collect();
        if !from.mine && !to.iter().any(|party| party.mine) {
            let mut delivered = message.delivered.iter().map(party);
            if let Some(mine) = delivered.find(|party| party.mine) {
                // Addressed to another name of the owner's, if to nobody else.
                if to.len() == 1 {
                    to.clear();
                }
                to.push(mine);
            }
        }
        Self {
            hash: hash(message, &channel),
            hash_by_id: message
                .message_id
                .as_deref()
                .map(|id| hash_by_id(id, &channel)),
            at: message.date,
            channel,
            from,
            to,
        }
    }

    /// The keys of all who take part but the owner.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        let parties = std::iter::once(&self.from).chain(&self.to);
        parties
            .filter(|party| !party.mine)
            .filter_map(|party| party.key.as_ref())
    }

    /// What a human would recognise it by.
    #[must_use]
    pub fn label(&self) -> String {
        let other = if self.from.mine {
            self.to.iter().find(|party| !party.mine)
        } else {
            Some(&self.from)
        };
        other.map_or_else(String::new, |it| {
            it.name.clone().unwrap_or_else(|| it.spelled.clone())
        })
    }

    /// How many take part; the owner once, however many addresses of theirs are in it.
    fn people(&self) -> usize {
        let others = std::iter::once(&self.from)
            .chain(&self.to)
            .filter(|party| !party.mine);
        others.count() + 1
    }
}

fn identity(party: &Party) -> String {
    party
        .key
        .as_ref()
        .map_or_else(|| party.spelled.to_lowercase(), |key| key.0.clone())
}

fn party(mailbox: &Mailbox, channel: &Channel, owner: &Account, hasher: &KeyHasher) -> Party {
    let key = match channel {
        Channel::Mail => Key::of_email(&mailbox.address),
        Channel::LinkedIn => Key::of_profile(&mailbox.address),
        // No message that this version reads is of a channel that it does not know.
        Channel::Other(_) => None,
    };
    // A shared mailbox can be the owner's too.
    let plain = (*channel == Channel::Mail).then(|| mailbox.address.trim().to_lowercase());
    let mine = key.as_ref().is_some_and(|key| owner.owns(key, hasher))
        || plain.is_some_and(|address| owner.emails.contains(&address));
    let name = mailbox.name.clone().filter(|name| !name.contains('@'));
    Party {
        key,
        mine,
        name,
        spelled: mailbox.address.clone(),
    }
}

fn hash(message: &Message, channel: &Channel) -> Vec<u8> {
    let mut hash = blake3::Hasher::new();
    hash.update(channel.as_str().as_bytes());
    match &message.message_id {
        Some(id) => {
            hash.update(id.as_bytes()).update(b"\0");
            hash.update(message.date.as_second().to_string().as_bytes());
        }
        None => {
            hash.update(message.date.as_microsecond().to_string().as_bytes());
            for mailbox in std::iter::once(&message.from)
                .chain(&message.to)
                .chain(&message.cc)
            {
                hash.update(b"\0")
                    .update(mailbox.address.to_lowercase().as_bytes());
            }
        }
    }
    hash.finalize().as_bytes()[..16].to_vec()
}

fn hash_by_id(id: &str, channel: &Channel) -> Vec<u8> {
    let mut hash = blake3::Hasher::new();
    hash.update(channel.as_str().as_bytes())
        .update(id.as_bytes());
    hash.finalize().as_bytes()[..16].to_vec()
}

/// Somebody who takes part in the owner's correspondence, person or not yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correspondent {
    pub key: Key,
    /// The fullest name seen beside it, of equals the last.
    pub name: Option<String>,
    /// How often a name was seen beside it that is another person's.
    pub other_names: u32,
    /// How often the owner wrote to it.
    pub written_to: u32,
    /// How often it wrote in small groups.
    pub wrote: u32,
    /// When it was last seen.
    pub last_at: Timestamp,
    /// Whether a record says so in the book.
    pub recorded: bool,
}

impl Correspondent {
    fn stranger(key: &Key, at: Timestamp) -> Self {
        let key = key.clone();
        Self {
            key,
            name: None,
            other_names: 0,
            written_to: 0,
            wrote: 0,
            last_at: at,
            recorded: false,
        }
    }

    /// Whether it is to be a person of the book. An address under the names of several people is a
    /// relay's or a team's; two may be a couple's, if the owner writes to them.
    #[must_use]
    pub fn is_a_person(&self) -> bool {
        if self.written_to > 0 {
            self.other_names < NAMES_OF_A_RELAY
        } else {
            self.wrote >= MESSAGES_OF_A_PERSON && self.other_names == 0
        }
    }

    /// Notes a name that stands beside it in a message of `at`.
    fn note_name(&mut self, name: &str, at: Timestamp) {
        let Some(known) = &self.name else {
            self.name = Some(name.to_owned());
            return;
        };
        let (before, now) = (PersonName::in_one(known), PersonName::in_one(name));
        if before.compare(&now).is_anothers() {
            self.other_names = self.other_names.saturating_add(1);
            return;
        }
        if now.says_more_than(&before) || !before.says_more_than(&now) && at >= self.last_at {
            self.name = Some(name.to_owned());
        }
    }
}

/// The part of an account's correspondence that a batch touches, and what the batch adds.
#[derive(Debug, Default)]
pub struct CorrespondenceBatch {
    known: HashMap<Key, Correspondent>,
    seen: HashSet<Vec<u8>>,
    /// Correspondents to save.
    pub changed: BTreeSet<Key>,
    /// Messages newly counted.
    pub counted: Vec<Vec<u8>>,
    /// What to add to the counts.
    pub tallies: BTreeMap<BucketKey, Tally>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageOutcome {
    /// It was counted before.
    Known,
    /// None of the owner's addresses is in it.
    NotMine,
    /// Nobody but the owner and shared mailboxes takes part.
    NobodyElse,
    /// It was counted as an exchange with these.
    Counted(Vec<Key>),
}

impl CorrespondenceBatch {
    /// As the store knows it: the correspondents of a batch, and those of its messages that were
    /// counted before.
    #[must_use]
    pub fn load(known: Vec<Correspondent>, seen: HashSet<Vec<u8>>) -> Self {
        let known = known.into_iter().map(|it| (it.key.clone(), it)).collect();
        Self {
            known,
            seen,
            ..Self::default()
        }
    }

    /// A correspondent.
    #[must_use]
    pub fn correspondent(&self, key: &Key) -> Option<&Correspondent> {
        self.known.get(key)
    }

    /// The correspondents to save.
    pub fn to_save(&self) -> impl Iterator<Item = &Correspondent> {
        self.changed.iter().filter_map(|key| self.known.get(key))
    }

    /// Notes that a correspondent has a record.
    pub fn note_recorded(&mut self, key: &Key) {
        if let Some(known) = self.known.get_mut(key) {
            known.recorded = true;
            self.changed.insert(key.clone());
        }
    }

    /// Counts a message.
    pub fn take(&mut self, message: &CountedMessage) -> MessageOutcome {
        let by_id = message.hash_by_id.as_ref();
        if self.seen.contains(&message.hash) || by_id.is_some_and(|it| self.seen.contains(it)) {
            return MessageOutcome::Known;
        }
        let outgoing = message.from.mine;
        if !outgoing && !message.to.iter().any(|party| party.mine) {
            return MessageOutcome::NotMine;
        }
        let people = message.people();
        let counterparts: Vec<&Party> = if outgoing {
            message.to.iter().collect()
        } else {
            vec![&message.from]
        };
        let counterparts: Vec<(&Key, &Party)> = counterparts
            .into_iter()
            .filter(|party| !party.mine)
            .filter_map(|party| Some((party.key.as_ref()?, party)))
            .collect();
        if counterparts.is_empty() {
            return MessageOutcome::NobodyElse;
        }
        self.seen.insert(message.hash.clone());
        self.counted.push(message.hash.clone());
        for (key, party) in &counterparts {
            let small = people <= SMALL_GROUP;
            self.meet(key, party, message.at, |known| {
                if outgoing {
                    known.written_to += 1;
                } else if small {
                    known.wrote += 1;
                }
            });
            let tally = Tally {
                sent: 1,
                received: 0,
                last_at: message.at,
            };
            let tally = if outgoing { tally } else { tally.turned() };
            self.tally(key, None, message, people, tally);
        }
        if !outgoing && people <= SMALL_GROUP {
            self.among(counterparts[0].0, message, people);
        }
        MessageOutcome::Counted(
            counterparts
                .into_iter()
                .map(|(key, _)| key.clone())
                .collect(),
        )
    }

    /// In a small group, the writer's message went to the others too.
    fn among(&mut self, writer: &Key, message: &CountedMessage, people: usize) {
        for party in message.to.iter().filter(|party| !party.mine) {
            let Some(reader) = party.key.as_ref().filter(|key| *key != writer) else {
                continue;
            };
            self.meet(reader, party, message.at, |_| {});
            let tally = Tally {
                sent: 1,
                received: 0,
                last_at: message.at,
            };
            if writer < reader {
                self.tally(writer, Some(reader), message, people, tally);
            } else {
                self.tally(reader, Some(writer), message, people, tally.turned());
            }
        }
    }

    fn meet(
        &mut self,
        key: &Key,
        party: &Party,
        at: Timestamp,
        note: impl FnOnce(&mut Correspondent),
    ) {
        let known = self
            .known
            .entry(key.clone())
            .or_insert_with(|| Correspondent::stranger(key, at));
        if let Some(name) = &party.name {
            known.note_name(name, at);
        }
        known.last_at = known.last_at.max(at);
        note(known);
        self.changed.insert(key.clone());
    }

    fn tally(
        &mut self,
        a: &Key,
        b: Option<&Key>,
        message: &CountedMessage,
        people: usize,
        tally: Tally,
    ) {
        let key = BucketKey {
            a: a.clone(),
            b: b.cloned(),
            channel: message.channel.clone(),
            month: message.at.to_zoned(TimeZone::UTC).date().first_of_month(),
            group: group_class(people),
        };
        self.tallies
            .entry(key)
            .and_modify(|sum| *sum = sum.plus(tally))
            .or_insert(tally);
    }
}
