//! The humans and ties that one scope holds. Built whole for the graph that searches run on, and
//! built small, from the store as it is now, to check every answer: the same rules both times.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::civil::Date;
use kith_shared::{
    events::ingest::{Connection, InteractionBucket},
    ids::{AccountId, PersonId},
    keys::KeyHash,
    sharing::Sharing,
};
use uuid::Uuid;

use super::{
    identity::{Claimant, Identities},
    organisation,
    records::{Account, Marks, Person},
    scope::{CircleTie, Scope},
    strength,
};

/// The owner index of ties that hold because both ends are in a circle; those of books begin at 1
/// (see [`owner_of_place`]).
pub const BY_CIRCLE: u16 = 0;

/// Up to so many accounts are looked at pair by pair instead of circle by circle.
const FEW_ACCOUNTS: usize = 64;

/// The owner index of the book at `place` in [`Scope::owners`].
#[must_use]
pub fn owner_of_place(place: usize) -> u16 {
    u16::try_from(place + 1).unwrap_or(u16::MAX)
}

/// One appearance of a human: an account, or a person in somebody's book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The id of the account or person.
    pub id: Uuid,
    /// In whose book, [`BY_CIRCLE`] for an account.
    pub owner: u16,
}

/// A tie by the places of its members.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MemberTie {
    pub a: u32,
    /// The other end.
    pub b: u32,
    pub owner: u16,
    /// In (0, 1).
    pub strength: f64,
}

/// Collects members, then ties.
#[derive(Debug)]
pub struct WorldBuilder<'a> {
    scope: &'a Scope,
    today: Date,
    members: Vec<Member>,
    places: HashMap<Uuid, u32>,
    /// Old ids of merged persons, each with the next.
    merged: HashMap<PersonId, PersonId>,
    /// Lists that a person stands in, until its tie to the owner is made.
    listed: HashMap<u32, Vec<Connection>>,
    identities: Identities,
    workplaces: Vec<(String, u32, bool)>,
    /// Evidence that was said of several ids of one person, to be weighed together.
    gathered: BTreeMap<(u16, u32, u32), Vec<InteractionBucket>>,
    shared_ids: HashMap<PersonId, ()>,
    ties: Vec<MemberTie>,
    missing: HashSet<Uuid>,
}

/// The humans and ties of a scope.
#[derive(Debug)]
pub struct World {
    pub members: Vec<Member>,
    /// Of each member, the human: a number below [`World::humans`].
    pub human_of: Vec<u32>,
    /// How many there are.
    pub humans: u32,
    /// Where a member stands.
    pub places: HashMap<Uuid, u32>,
    /// All ties, several of a pair of humans possible.
    pub ties: Vec<MemberTie>,
    /// Normalised organisation, member, whether currently.
    pub workplaces: Vec<(String, u32, bool)>,
    /// Of whom something was said, or into whom somebody was merged, but who are not here.
    pub missing: HashSet<Uuid>,
    /// Every key that a member holds, some several times.
    pub keys: Vec<KeyHash>,
}

impl<'a> WorldBuilder<'a> {
    /// Nobody yet; strengths will be as of `today`.
    #[must_use]
    pub fn new(scope: &'a Scope, today: Date) -> Self {
        Self {
            scope,
            today,
            members: Vec::new(),
            places: HashMap::new(),
            merged: HashMap::new(),
            listed: HashMap::new(),
            identities: Identities::default(),
            workplaces: Vec::new(),
            gathered: BTreeMap::new(),
            shared_ids: HashMap::new(),
            ties: Vec::new(),
            missing: HashSet::new(),
        }
    }

    fn add(&mut self, member: Member) -> u32 {
        let place = u32::try_from(self.members.len()).unwrap_or(u32::MAX);
        self.members.push(member);
        self.places.insert(member.id, place);
        place
    }

    /// From here on members can only be one human with others of this part: when a graph has told
    /// humans apart by all of a book, a few persons of it must not be taken for one.
    pub fn part(&mut self, part: usize) {
        self.identities
            .part(u32::try_from(part).unwrap_or(u32::MAX));
    }

    /// Adds an account of the scope; its proven keys make it stand for persons.
    pub fn account(&mut self, id: AccountId, account: Option<&Account>) {
        let place = self.add(Member {
            id: id.0,
            owner: BY_CIRCLE,
        });
        let groups = self.scope.groups_of_account(id);
        for key in account.iter().flat_map(|account| &account.verified) {
            self.identities
                .claim(&groups, key, Claimant::Account, place);
        }
    }

    /// Adds a person, unless the scope does not see it. A merged one only says who it is now.
    pub fn person(&mut self, person: &Person, marks: &Marks) {
        use kith_shared::events::ingest::PersonState;
        let Some(place) = self.scope.owner_index(person.owner) else {
            return;
        };
        match person.state {
            PersonState::Merged { into } => {
                self.merged.insert(person.id, into);
                return;
            }
            PersonState::Removed => return,
            PersonState::Active => {}
        }
        if self.scope.exposure(person, marks) == Sharing::Hidden {
            return;
        }
        let owner = owner_of_place(place);
        let place = self.add(Member {
            id: person.id.0,
            owner,
        });
        let groups = self.scope.groups_of_person(person, marks);
        for key in &person.keys {
            self.identities
                .claim(&groups, key, Claimant::Book(owner), place);
        }
        for job in &person.employments {
            let name = organisation::normalise(&job.organisation);
            if !name.is_empty() {
                self.workplaces.push((name, place, job.current));
            }
        }
        if !person.connections.is_empty() {
            self.listed.insert(place, person.connections.clone());
        }
    }

    /// Says that an old id now means another person.
    pub fn merged(&mut self, old: PersonId, into: PersonId) {
        self.merged.insert(old, into);
    }

    /// Call it between the last person and the first interactions: notes which ids stand for one.
    pub fn persons_done(&mut self) {
        for (&old, &into) in &self.merged {
            let survivor = self.survivor(into);
            if !self.places.contains_key(&survivor.0) {
                self.missing.insert(survivor.0);
            }
            self.shared_ids.insert(old, ());
            self.shared_ids.insert(survivor, ());
        }
    }

    /// Follows merges to the end.
    fn survivor(&self, mut person: PersonId) -> PersonId {
        // A ring of merges cannot be, and must not hang us if it is.
        for _ in 0..64 {
            match self.merged.get(&person) {
                Some(&into) => person = into,
                None => break,
            }
        }
        person
    }

    /// Adds what happened between a pair of `owner`'s book.
    pub fn interactions(
        &mut self,
        owner: AccountId,
        person: PersonId,
        other: Option<PersonId>,
        buckets: Vec<InteractionBucket>,
    ) {
        let Some(index) = self.scope.owner_index(owner).map(owner_of_place) else {
            return;
        };
        let x = self.survivor(person).0;
        let y = other.map_or(owner.0, |other| self.survivor(other).0);
        let end = |id: Uuid| self.places.get(&id).copied();
        let (Some(a), Some(b)) = (end(x), end(y)) else {
            let here = |id: &Uuid| self.places.contains_key(id);
            let missing: Vec<Uuid> = [x, y].into_iter().filter(|id| !here(id)).collect();
            self.missing.extend(missing);
            return;
        };
        if a == b {
            return;
        }
        let shared = |id: PersonId| self.shared_ids.contains_key(&id);
        if shared(person) || other.is_some_and(shared) {
            self.gathered
                .entry((index, a.min(b), a.max(b)))
                .or_default()
                .extend(buckets);
        } else {
            self.tie(index, a, b, &buckets);
        }
    }

    fn tie(&mut self, owner: u16, a: u32, b: u32, buckets: &[InteractionBucket]) {
        let is_account = |place: u32| self.members[place as usize].owner == BY_CIRCLE;
        let person = if is_account(a) { b } else { a };
        let strength = if is_account(a) || is_account(b) {
            let lists = self.listed.remove(&person).unwrap_or_default();
            strength::owner_tie(&lists, buckets, self.today)
        } else {
            strength::third_party_tie(buckets, self.today)
        };
        if let Some(strength) = strength {
            self.ties.push(MemberTie {
                a,
                b,
                owner,
                strength,
            });
        }
    }

    /// Ties by circles, among those who are here.
    fn circle_ties(&self) -> Vec<CircleTie> {
        let here = self
            .members
            .iter()
            .filter(|member| member.owner == BY_CIRCLE);
        let here: Vec<AccountId> = here.map(|member| AccountId(member.id)).collect();
        if here.len() > FEW_ACCOUNTS {
            return self.scope.circle_ties();
        }
        let pairs = here.iter().enumerate();
        pairs
            .flat_map(|(index, &a)| here[index + 1..].iter().map(move |&b| CircleTie { a, b }))
            .filter(|tie| self.scope.circles_of_both(tie.a, tie.b).next().is_some())
            .collect()
    }

    /// Joins those who are one human and makes the remaining ties.
    #[must_use]
    pub fn finish(mut self) -> World {
        for ((owner, a, b), buckets) in std::mem::take(&mut self.gathered) {
            self.tie(owner, a, b, &buckets);
        }
        let mut only_listed: Vec<u32> = self.listed.keys().copied().collect();
        only_listed.sort_unstable();
        for person in only_listed {
            let owner = self.members[person as usize].owner;
            let account = self.scope.owners()[usize::from(owner) - 1];
            if let Some(&account) = self.places.get(&account.0) {
                self.tie(owner, account, person, &[]);
            }
        }
        for tie in self.circle_ties() {
            if let (Some(&a), Some(&b)) = (self.places.get(&tie.a.0), self.places.get(&tie.b.0)) {
                self.ties.push(MemberTie {
                    a,
                    b,
                    owner: BY_CIRCLE,
                    strength: strength::CIRCLE,
                });
            }
        }
        let keys = self.identities.keys().cloned().collect();
        let roots = self
            .identities
            .join(u32::try_from(self.members.len()).unwrap_or(u32::MAX));
        let (human_of, humans) = numbered(&roots);
        World {
            members: self.members,
            human_of,
            humans,
            places: self.places,
            ties: self.ties,
            workplaces: self.workplaces,
            missing: self.missing,
            keys,
        }
    }
}

/// Gives the classes numbers without gaps, in the order of their first members.
fn numbered(roots: &[u32]) -> (Vec<u32>, u32) {
    let mut numbers = vec![u32::MAX; roots.len()];
    let mut count = 0;
    let human_of = roots
        .iter()
        .map(|&root| {
            let number = &mut numbers[root as usize];
            if *number == u32::MAX {
                *number = count;
                count += 1;
            }
            *number
        })
        .collect();
    (human_of, count)
}

impl World {
    /// The human that an account or person is.
    #[must_use]
    pub fn human(&self, id: Uuid) -> Option<u32> {
        self.places
            .get(&id)
            .map(|&place| self.human_of[place as usize])
    }
}
