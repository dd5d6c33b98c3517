//! Nothing leaves before the store agreed. A graph in memory only proposes; what it proposes is
//! read again, from the store as it is now, and put together by the same rules. Whatever is not
//! there any more — a tie, a person, somebody's consent — is not in what comes out: it fails closed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{Timestamp, civil::Date};
use kith_shared::{
    events::ingest::InteractionBucket,
    ids::{AccountId, PersonId},
    sharing::Sharing,
};
use skeleton_durable::commit::CommitError;
use uuid::Uuid;

use super::people::marks_of;
use crate::{
    domain::{
        evidence::{self, Evidence},
        records::{Account, Marks, Person},
        scope::Scope,
        world::{BY_CIRCLE, Member, MemberTie, World, WorldBuilder},
    },
    ports::{Pair, Store},
};

/// A small world, read just now.
pub struct Checked<'a> {
    scope: &'a Scope,
    today: Date,
    world: World,
    persons: HashMap<PersonId, Person>,
    accounts: HashMap<AccountId, Account>,
    marks: BTreeMap<PersonId, Marks>,
    /// What happened between members, by their ids; the smaller first.
    buckets: HashMap<(AccountId, Uuid, Uuid), Vec<InteractionBucket>>,
    ties: HashMap<(u32, u32), Vec<MemberTie>>,
}

/// Somebody as the viewer may see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The person: of the own book where there is one, else of a book that shows its name.
    pub person: Option<PersonId>,
    /// The account that this human is, where that is known.
    pub account: Option<AccountId>,
    /// The name, or what stands for it.
    pub display_name: String,
    /// Where they work.
    pub organisation: Option<String>,
    /// Whether it is the viewer.
    pub me: bool,
}

/// The tie of two humans: the strongest of those that the viewer sees.
#[derive(Clone, Debug)]
pub struct ShownTie {
    /// In (0, 1).
    pub strength: f64,
    /// First day of the first month of which something is known.
    pub first_at: Option<Date>,
    /// The last interaction.
    pub last_at: Option<Timestamp>,
    /// Of the strongest tie first, each with the account whose evidence it is, unless the viewer's.
    pub evidence: Vec<(Evidence, Option<(AccountId, String)>)>,
}

impl<'a> Checked<'a> {
    /// Reads the appearances in `humans` and the ties between the pairs in `steps` (places in
    /// `humans`).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn load(
        store: &dyn Store,
        scope: &'a Scope,
        today: Date,
        humans: &[&[Member]],
        steps: &BTreeSet<(usize, usize)>,
    ) -> Result<Self, CommitError> {
        let is_account = |member: &&Member| member.owner == BY_CIRCLE;
        let members = || humans.iter().flat_map(|members| members.iter());
        let account_ids: Vec<AccountId> = members()
            .filter(is_account)
            .map(|member| AccountId(member.id))
            .collect();
        let person_ids: Vec<PersonId> = members()
            .filter(|m| !is_account(m))
            .map(|member| PersonId(member.id))
            .collect();
        let accounts: HashMap<AccountId, Account> = store
            .accounts(&account_ids)
            .await?
            .into_iter()
            .map(|a| (a.id, a))
            .collect();
        let persons: HashMap<PersonId, Person> = store
            .persons(&person_ids)
            .await?
            .into_iter()
            .map(|p| (p.id, p))
            .collect();
        // After the persons: what was merged into them until they were read is among the old ids.
        let old = store.merged_into(&person_ids).await?;
        let marks = marks_of(store, scope, persons.values(), &old).await?;
        let mut builder = WorldBuilder::new(scope, today);
        let here = scope.accounts();
        for (part, members) in humans.iter().enumerate() {
            builder.part(part);
            for member in *members {
                let (account, id) = (AccountId(member.id), PersonId(member.id));
                if member.owner == BY_CIRCLE && here.binary_search(&account).is_ok() {
                    builder.account(account, accounts.get(&account));
                } else if let Some(person) = persons.get(&id) {
                    builder.person(person, marks.get(&id).unwrap_or(Marks::NONE));
                }
            }
        }
        for (&old, &into) in &old {
            builder.merged(old, into);
        }
        builder.persons_done();
        let mut buckets: HashMap<_, Vec<InteractionBucket>> = HashMap::new();
        for row in store
            .interactions_of(&pairs_of(scope, humans, steps, &persons, &old))
            .await?
        {
            let now = |id: PersonId| old.get(&id).copied().unwrap_or(id).0;
            let (a, b) = (now(row.person), row.other.map_or(row.owner.0, now));
            let key = (row.owner, a.min(b), a.max(b));
            buckets
                .entry(key)
                .or_default()
                .extend(row.buckets.iter().cloned());
            builder.interactions(row.owner, row.person, row.other, row.buckets);
        }
        let world = builder.finish();
        let mut ties: HashMap<(u32, u32), Vec<MemberTie>> = HashMap::new();
        for tie in &world.ties {
            let (a, b) = (
                world.human_of[tie.a as usize],
                world.human_of[tie.b as usize],
            );
            if a != b {
                ties.entry((a.min(b), a.max(b))).or_default().push(*tie);
            }
        }
        for ties in ties.values_mut() {
            ties.sort_by(|x, y| {
                y.strength
                    .total_cmp(&x.strength)
                    .then(x.owner.cmp(&y.owner))
            });
        }
        Ok(Self {
            scope,
            today,
            world,
            persons,
            accounts,
            marks,
            buckets,
            ties,
        })
    }

    /// The human that an account or person is, if it is seen.
    #[must_use]
    pub fn human(&self, id: Uuid) -> Option<u32> {
        self.world.human(id)
    }

    /// Every tie by the ids of its members, with whose evidence it is.
    pub fn member_ties(&self) -> impl Iterator<Item = (Uuid, Uuid, u16, f64)> {
        self.world.ties.iter().map(|tie| {
            let (a, b) = (self.member(tie.a).id, self.member(tie.b).id);
            (a, b, tie.owner, tie.strength)
        })
    }

    /// A person that is seen.
    #[must_use]
    pub fn person(&self, id: PersonId) -> Option<&Person> {
        self.human(id.0).and_then(|_| self.persons.get(&id))
    }

    /// The humans that appear among `members`; one, unless they turned out to be several.
    #[must_use]
    pub fn humans(&self, members: &[Member]) -> BTreeSet<u32> {
        members
            .iter()
            .filter_map(|member| self.human(member.id))
            .collect()
    }

    /// The strength of the strongest tie of two humans.
    #[must_use]
    pub fn strength(&self, a: u32, b: u32) -> Option<f64> {
        self.ties_of(a, b).first().map(|tie| tie.strength)
    }

    fn ties_of(&self, a: u32, b: u32) -> &[MemberTie] {
        self.ties
            .get(&(a.min(b), a.max(b)))
            .map_or(&[], Vec::as_slice)
    }

    fn appearances(&self, human: u32) -> impl Iterator<Item = Member> {
        let places = self.world.human_of.iter().zip(&self.world.members);
        places
            .filter(move |(of, _)| **of == human)
            .map(|(_, member)| *member)
    }

    /// The persons that a human appears as, with how much of each is seen.
    pub fn persons_of(&self, human: u32) -> impl Iterator<Item = (&Person, Sharing)> {
        self.appearances(human).filter_map(|member| {
            let person = self.persons.get(&PersonId(member.id))?;
            let marks = self.marks.get(&person.id).unwrap_or(Marks::NONE);
            Some((person, self.scope.exposure(person, marks)))
        })
    }

    /// How the viewer sees a human.
    #[must_use]
    pub fn show(&self, human: u32) -> Shown {
        let viewer = self.scope.viewer();
        let accounts = self
            .appearances(human)
            .filter(|member| member.owner == BY_CIRCLE);
        let mut accounts: Vec<AccountId> = accounts.map(|member| AccountId(member.id)).collect();
        accounts.sort_by_key(|id| *id != viewer);
        let account = accounts.first().copied();
        let own = self
            .persons_of(human)
            .map(|(p, _)| p)
            .find(|p| p.owner == viewer);
        let named = || {
            self.persons_of(human)
                .find(|(_, level)| *level == Sharing::Name)
        };
        let person = own.or_else(|| named().map(|(person, _)| person));
        let organisation = person.and_then(Person::organisation).map(str::to_owned);
        if account == Some(viewer) {
            let display_name = self.name_of(viewer);
            return Shown {
                person: None,
                account,
                display_name,
                organisation,
                me: true,
            };
        }
        if let Some(person) = person {
            let display_name = match (own, account) {
                (None, Some(account)) => self.name_of(account),
                _ => person.display_name.clone(),
            };
            let person = Some(person.id);
            return Shown {
                person,
                account,
                display_name,
                organisation,
                me: false,
            };
        }
        let organisation = self.persons_of(human).find_map(|(p, _)| p.organisation());
        let display_name = match (account, organisation) {
            (Some(account), _) => self.name_of(account),
            (None, Some(organisation)) => format!("Someone at {organisation}"),
            (None, None) => "Someone".to_owned(),
        };
        let organisation = organisation.map(str::to_owned);
        Shown {
            person: None,
            account,
            display_name,
            organisation,
            me: false,
        }
    }

    fn name_of(&self, account: AccountId) -> String {
        let known = self
            .accounts
            .get(&account)
            .map(|account| account.display_name.as_str());
        let name = known.or_else(|| self.scope.name(account));
        name.unwrap_or(if account == self.scope.viewer() {
            "You"
        } else {
            "A member"
        })
        .to_owned()
    }

    /// The tie of two humans with its evidence.
    #[must_use]
    pub fn tie(&self, a: u32, b: u32) -> Option<ShownTie> {
        let ties = self.ties_of(a, b);
        let strength = ties.first()?.strength;
        let mut shown = ShownTie {
            strength,
            first_at: None,
            last_at: None,
            evidence: Vec::new(),
        };
        for tie in ties {
            let (x, y) = (self.member(tie.a), self.member(tie.b));
            if tie.owner == BY_CIRCLE {
                let circles = self.scope.circles_of_both(AccountId(x.id), AccountId(y.id));
                let named = circles.map(|circle| (evidence::of_circle(&circle.name), None));
                shown.evidence.extend(named);
                continue;
            }
            let owner = self.scope.owners()[usize::from(tie.owner) - 1];
            let key = (owner, x.id.min(y.id), x.id.max(y.id));
            let buckets = self.buckets.get(&key).map_or(&[][..], Vec::as_slice);
            let (first, last) = evidence::first_and_last(buckets);
            shown.first_at = [shown.first_at, first].into_iter().flatten().min();
            shown.last_at = shown.last_at.max(last);
            let via = (owner != self.scope.viewer()).then(|| (owner, self.name_of(owner)));
            let said = if x.owner == BY_CIRCLE || y.owner == BY_CIRCLE {
                let person = if x.owner == BY_CIRCLE { y } else { x };
                let person = self.persons.get(&PersonId(person.id));
                let lists = person.map_or(&[][..], |person| &person.connections);
                evidence::with_owner(lists, buckets, self.today)
            } else {
                evidence::between_persons(buckets, self.today)
            };
            shown
                .evidence
                .extend(said.into_iter().map(|evidence| (evidence, via.clone())));
        }
        Some(shown)
    }

    fn member(&self, place: u32) -> Member {
        self.world.members[place as usize]
    }
}

/// The rows that can hold evidence for the steps: of each book, every pair of appearances and of
/// their old ids.
fn pairs_of(
    scope: &Scope,
    humans: &[&[Member]],
    steps: &BTreeSet<(usize, usize)>,
    persons: &HashMap<PersonId, Person>,
    old: &BTreeMap<PersonId, PersonId>,
) -> Vec<(AccountId, Pair)> {
    let mut old_ids: HashMap<PersonId, Vec<PersonId>> = HashMap::new();
    for (&old, &now) in old {
        old_ids.entry(now).or_default().push(old);
    }
    let ids = |id: PersonId| {
        let old = old_ids.get(&id).into_iter().flatten().copied();
        [id].into_iter().chain(old)
    };
    let book_of = |member: &Member| match member.owner {
        BY_CIRCLE => Some(AccountId(member.id)),
        _ => persons.get(&PersonId(member.id)).map(|person| person.owner),
    };
    let mut pairs = BTreeSet::new();
    for &(a, b) in steps {
        for x in humans[a] {
            for y in humans[b] {
                let (Some(owner), Some(of_y)) = (book_of(x), book_of(y)) else {
                    continue;
                };
                if owner != of_y || scope.owner_index(owner).is_none() {
                    continue;
                }
                match (x.owner == BY_CIRCLE, y.owner == BY_CIRCLE) {
                    (true, true) => {}
                    (true, false) => pairs.extend(ids(PersonId(y.id)).map(|p| (owner, (p, None)))),
                    (false, true) => pairs.extend(ids(PersonId(x.id)).map(|p| (owner, (p, None)))),
                    (false, false) => {
                        for p in ids(PersonId(x.id)) {
                            let others = ids(PersonId(y.id));
                            pairs.extend(others.map(|q| (owner, (p.min(q), Some(p.max(q))))));
                        }
                    }
                }
            }
        }
    }
    pairs.into_iter().collect()
}
