//! How often two ends of a correspondence wrote to each other, by month.
//!
//! Counts are kept by address, not by person: whoever becomes a person later brings the past
//! along, and merging or its undoing moves nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{Timestamp, civil::Date};
use kith_shared::{
    events::ingest::{GroupSize, InteractionBucket, InteractionKind, InteractionsChanged},
    ids::{AccountId, PersonId},
};

use super::key::Key;

/// Which count. Of two addresses the smaller stands first; the owner has no address here.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BucketKey {
    pub a: Key,
    /// The other end; none for the owner.
    pub b: Option<Key>,
    /// Which kind of message.
    pub channel: Channel,
    /// First day of the month, UTC.
    pub month: Date,
    /// 0 pair, 1 small, 2 medium, 3 large; a later version may know more, for larger groups.
    pub group: u8,
}

/// Which kind of message is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Channel {
    Mail,
    /// LinkedIn's messages and invitations.
    LinkedIn,
    /// A channel that a later version counts and this one does not know.
    Other(Box<str>),
}

impl Channel {
    /// Every channel that this version knows.
    pub const ALL: [Self; 2] = [Self::Mail, Self::LinkedIn];

    /// The name that tables and events carry.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Mail => "mail",
            Self::LinkedIn => "linkedin",
            Self::Other(name) => name,
        }
    }

    /// The channel of that name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let known = Self::ALL
            .into_iter()
            .find(|channel| channel.as_str() == name);
        known.unwrap_or_else(|| Self::Other(name.into()))
    }

    /// What an interaction in it is published as. Of a channel that this version does not know the
    /// name says which it is, and a message is the word that claims least.
    const fn kind(&self) -> InteractionKind {
        match self {
            Self::Mail => InteractionKind::Mail,
            Self::LinkedIn | Self::Other(_) => InteractionKind::Message,
        }
    }
}

/// The count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// From the owner to `a`; from `a` to `b` of two persons.
    pub sent: u32,
    /// The other way.
    pub received: u32,
    /// The last of them.
    pub last_at: Timestamp,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            sent: self.sent.saturating_add(other.sent),
            received: self.received.saturating_add(other.received),
            last_at: self.last_at.max(other.last_at),
        }
    }

    /// Seen from the other end.
    #[must_use]
    pub fn turned(self) -> Self {
        Self {
            sent: self.received,
            received: self.sent,
            ..self
        }
    }
}

/// The class of a group as it is stored.
#[must_use]
pub const fn group_class(people: usize) -> u8 {
    match GroupSize::of(people) {
        GroupSize::Pair => 0,
        GroupSize::Small => 1,
        GroupSize::Medium => 2,
        GroupSize::Large => 3,
    }
}

/// Gathers the counts of all addresses of a pair.
#[derive(Clone, Debug, Default)]
pub struct PairTally(BTreeMap<(Channel, Date, u8), Tally>);

impl PairTally {
    /// Adds a count, seen from the pair's first end.
    pub fn add(&mut self, channel: Channel, month: Date, group: u8, tally: Tally) {
        self.0
            .entry((channel, month, group))
            .and_modify(|sum| *sum = sum.plus(tally))
            .or_insert(tally);
    }

    /// The buckets, in one order.
    #[must_use]
    pub fn buckets(&self) -> Vec<InteractionBucket> {
        let bucket =
            |((channel, month, group), tally): (&(Channel, Date, u8), &Tally)| InteractionBucket {
                source: channel.as_str().to_owned(),
                kind: channel.kind(),
                month: *month,
                sent: tally.sent,
                received: tally.received,
                group_size: match group {
                    0 => GroupSize::Pair,
                    1 => GroupSize::Small,
                    2 => GroupSize::Medium,
                    // The more take part, the higher the class, in later versions too.
                    _ => GroupSize::Large,
                },
                last_at: tally.last_at,
            };
        self.0.iter().map(bucket).collect()
    }
}

/// What was last published of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub person: PersonId,
    /// The other; none for the owner.
    pub other: Option<PersonId>,
    /// Of the event.
    pub version: i64,
    /// Of the buckets.
    pub digest: Vec<u8>,
}

/// Everything that decides what is to be published of some persons' interactions.
#[derive(Clone, Debug, Default)]
pub struct Interactions {
    /// Version of the book.
    pub version: i64,
    /// Who holds for the persons asked about now.
    pub roots: BTreeSet<PersonId>,
    /// All counts in which an address of those roots takes part.
    pub tallies: Vec<(BucketKey, Tally)>,
    /// Whose an address is now, as a root.
    pub owners: HashMap<Key, PersonId>,
    /// What was published of the persons asked about, and of their roots.
    pub pairs: Vec<Pair>,
}

impl Interactions {
    /// What is to be published: every pair whose counts are not those last published. A pair
    /// that is no more, since one end was merged or parted, is published empty.
    #[must_use]
    pub fn changed(&self, account: AccountId) -> Vec<(Pair, InteractionsChanged)> {
        let mut now = self.by_pair();
        for pair in &self.pairs {
            now.entry((pair.person, pair.other)).or_default();
        }
        let changed = |((person, other), tally): ((PersonId, Option<PersonId>), PairTally)| {
            let before = self
                .pairs
                .iter()
                .find(|it| (it.person, it.other) == (person, other));
            let buckets = tally.buckets();
            let digest = digest(&buckets);
            if before.is_some_and(|before| before.digest == digest) {
                return None;
            }
            let version = before.map_or(0, |before| before.version) + 1;
            let pair = Pair {
                person,
                other,
                version,
                digest,
            };
            let event = InteractionsChanged {
                account_id: account,
                person_id: person,
                other_id: other,
                version,
                buckets,
            };
            Some((pair, event))
        };
        now.into_iter().filter_map(changed).collect()
    }

    /// The events of these pairs, with the versions at which they were last published. The pairs
    /// were read before the counts, so that no count is older than its version says.
    #[must_use]
    pub fn published_again(&self, account: AccountId, pairs: &[Pair]) -> Vec<InteractionsChanged> {
        let now = self.by_pair();
        let event = |pair: &Pair| InteractionsChanged {
            account_id: account,
            person_id: pair.person,
            other_id: pair.other,
            version: pair.version,
            buckets: now
                .get(&(pair.person, pair.other))
                .map(PairTally::buckets)
                .unwrap_or_default(),
        };
        pairs.iter().map(event).collect()
    }

    fn by_pair(&self) -> BTreeMap<(PersonId, Option<PersonId>), PairTally> {
        let mut now: BTreeMap<_, PairTally> = BTreeMap::new();
        for (bucket, tally) in &self.tallies {
            let Some((pair, turned)) = self.pair_of(bucket) else {
                continue;
            };
            let tally = if turned { tally.turned() } else { *tally };
            now.entry(pair).or_default().add(
                bucket.channel.clone(),
                bucket.month,
                bucket.group,
                tally,
            );
        }
        now
    }

    /// Whose counts these are, and whether they are seen from the second end. None unless both
    /// ends are persons and one is asked about.
    fn pair_of(&self, bucket: &BucketKey) -> Option<((PersonId, Option<PersonId>), bool)> {
        let one = *self.owners.get(&bucket.a)?;
        let Some(b) = &bucket.b else {
            return self.roots.contains(&one).then_some(((one, None), false));
        };
        let other = *self.owners.get(b)?;
        if one == other || !(self.roots.contains(&one) || self.roots.contains(&other)) {
            return None;
        }
        Some(if one < other {
            ((one, Some(other)), false)
        } else {
            ((other, Some(one)), true)
        })
    }
}

fn digest(buckets: &[InteractionBucket]) -> Vec<u8> {
    let mut hash = blake3::Hasher::new();
    for bucket in buckets {
        let text = format!(
            "{}|{:?}|{}|{}|{}|{:?}|{};",
            bucket.source,
            bucket.kind,
            bucket.month,
            bucket.sent,
            bucket.received,
            bucket.group_size,
            bucket.last_at.as_microsecond()
        );
        hash.update(text.as_bytes());
    }
    hash.finalize().as_bytes()[..16].to_vec()
}
