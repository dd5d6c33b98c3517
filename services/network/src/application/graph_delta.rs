//! A graph's successor out of what changed, instead of out of everything.
//!
//! Taken over: what happened between people who are there already, what is said of them as long as it
//! makes nobody another human, and new people whose keys nobody holds. Anything else, and more than
//! [`LIMIT`] at once, is for [`ScopeGraph::build`]. Strengths come from the store by the very code
//! that checks answers, so a graph changed step by step is the graph built anew.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use kith_paths::{Graph, Strength, Tie, TieKey};
use kith_shared::{
    events::ingest::PersonState,
    ids::{AccountId, PersonId},
    sharing::Sharing,
};
use skeleton_durable::commit::CommitError;

use super::{
    check::Checked,
    graph_build::{Facts, ScopeGraph},
    merges::survivors,
    people::marks_of_all,
};
use crate::{
    domain::{
        records::{Interactions, Marks, Person},
        scope::Scope,
        world::{Member, owner_of_place},
    },
    ports::{Standing, Store},
};

/// Most persons, and most pairs, that are taken over one by one.
pub const LIMIT: usize = 1000;

type Standings = BTreeMap<AccountId, Standing>;

impl ScopeGraph {
    /// The graph as of `now`, from this one that is as of `before`; none when it must be built.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn succeeded(
        &self,
        store: &dyn Store,
        scope: &Scope,
        before: &Standings,
        now: &Standings,
    ) -> Result<Option<Self>, CommitError> {
        let Some((persons, pairs)) = changed(store, scope, before, now).await? else {
            return Ok(None);
        };
        // Exceptions that mean other persons than before show or hide them.
        if marks_of_all(store, scope).await? != *self.marks {
            return Ok(None);
        }
        let mut delta = Delta {
            store,
            scope,
            next: self.clone(),
            keys: BTreeSet::new(),
            rehired: BTreeSet::new(),
        };
        if !delta.take_persons(&persons) {
            return Ok(None);
        }
        delta.take_pairs(&pairs).await?;
        delta.finish().await
    }
}

/// Everything in the scope that changed; none when it is too much or of another kind.
async fn changed(
    store: &dyn Store,
    scope: &Scope,
    before: &Standings,
    now: &Standings,
) -> Result<Option<(Vec<Person>, Vec<Interactions>)>, CommitError> {
    let (mut persons, mut pairs) = (Vec::new(), Vec::new());
    for (&account, standing) in now {
        let then = before.get(&account).copied().unwrap_or_default();
        if *standing == then {
            continue;
        }
        let retagged = standing.tags_at > then.changes && scope.needs_tags(account);
        // Counts go back only when a store was restored from a backup.
        if standing.changes < then.changes || standing.account_at > then.changes || retagged {
            return Ok(None);
        }
        if scope.owner_index(account).is_none() {
            continue;
        }
        let limit = u32::try_from(LIMIT).unwrap_or(u32::MAX);
        let Some(more) = store.changed_since(account, then.changes, limit).await? else {
            return Ok(None);
        };
        persons.extend(more.persons);
        pairs.extend(more.interactions);
        if persons.len() > LIMIT || pairs.len() > LIMIT {
            return Ok(None);
        }
    }
    let forgotten = before.keys().any(|account| !now.contains_key(account));
    Ok((!forgotten).then_some((persons, pairs)))
}

struct Delta<'a> {
    store: &'a dyn Store,
    scope: &'a Scope,
    next: ScopeGraph,
    /// Ties to look up again, by humans and owner.
    keys: BTreeSet<(u32, u32, u16)>,
    /// Humans whose workplaces are to be looked up again.
    rehired: BTreeSet<u32>,
}

impl Delta<'_> {
    fn owner_of(&self, account: AccountId) -> Option<u16> {
        self.scope.owner_index(account).map(owner_of_place)
    }

    /// False when the graph must be built.
    fn take_persons(&mut self, persons: &[Person]) -> bool {
        for person in persons {
            let known = self.next.human(person.id.0);
            let taken = match (known, person.state) {
                (None, PersonState::Removed) => true,
                (None, PersonState::Merged { into }) => {
                    // What was said of it counts for another from now on.
                    self.next.miss(into.0);
                    !self.next.misses(person.id.0)
                }
                (Some(_), PersonState::Merged { .. } | PersonState::Removed) => false,
                (Some(human), PersonState::Active) => self.change(human, person),
                (None, PersonState::Active) => self.add(person),
            };
            if !taken {
                return false;
            }
        }
        true
    }

    /// Somebody who is there already.
    fn change(&mut self, human: u32, person: &Person) -> bool {
        let facts = Facts::of(person);
        let Some(before) = self.next.facts(person.id.0) else {
            return false;
        };
        // By an id that was merged into it an exception may mean it now, or no longer.
        let other_ids = before.aliases != facts.aliases;
        if before.keys != facts.keys || (other_ids && self.scope.has_exceptions(person.owner)) {
            return false;
        }
        if before.jobs != facts.jobs {
            self.rehired.insert(human);
        }
        self.next.set_facts(person.id.0, facts);
        self.tie_with_owner(human, person.owner);
        true
    }

    /// Somebody new.
    fn add(&mut self, person: &Person) -> bool {
        let Some(owner) = self.owner_of(person.owner) else {
            return true;
        };
        let marks = self.next.marks.clone();
        let marks = marks.get(&person.id).unwrap_or(Marks::NONE);
        if self.scope.exposure(person, marks) == Sharing::Hidden {
            // Seen by nobody, and if that changes, so does the scope, a tag or an id of the person.
            return true;
        }
        let claimed = person.keys.iter().any(|key| self.next.is_claimed(key));
        if claimed || self.next.misses(person.id.0) {
            return false;
        }
        let member = Member {
            id: person.id.0,
            owner,
        };
        let human = self.next.add_human(member, person);
        if !person.employments.is_empty() {
            self.rehired.insert(human);
        }
        self.tie_with_owner(human, person.owner);
        true
    }

    /// Lists that a person stands in count for its tie to the owner.
    fn tie_with_owner(&mut self, human: u32, owner: AccountId) {
        if let (Some(index), Some(account)) = (self.owner_of(owner), self.next.human(owner.0)) {
            self.look_up(human, account, index);
        }
    }

    fn look_up(&mut self, a: u32, b: u32, owner: u16) {
        if a != b {
            self.keys.insert((a.min(b), a.max(b), owner));
        }
    }

    async fn take_pairs(&mut self, pairs: &[Interactions]) -> Result<(), CommitError> {
        let ends = |pair: &Interactions| [Some(pair.person), pair.other];
        let ids: HashSet<PersonId> = pairs.iter().flat_map(ends).flatten().collect();
        let known = |id: PersonId| self.next.human(id.0).is_some();
        let survivors = survivors(self.store, ids, known).await?;
        for pair in pairs {
            let now = |id: PersonId| survivors.get(&id).copied().unwrap_or(id).0;
            let a = now(pair.person);
            let b = pair.other.map_or(pair.owner.0, now);
            match (
                self.next.human(a),
                self.next.human(b),
                self.owner_of(pair.owner),
            ) {
                (Some(a), Some(b), Some(owner)) => self.look_up(a, b, owner),
                _ => {
                    for id in [a, b] {
                        if self.next.human(id).is_none() {
                            self.next.miss(id);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Looks up what is to be looked up again.
    async fn finish(mut self) -> Result<Option<ScopeGraph>, CommitError> {
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut nodes: Vec<u32> = Vec::new();
        let mut place = |node: u32| {
            *places.entry(node).or_insert_with(|| {
                nodes.push(node);
                nodes.len() - 1
            })
        };
        let steps: BTreeSet<(usize, usize)> = self
            .keys
            .iter()
            .map(|&(a, b, _)| (place(a), place(b)))
            .collect();
        self.rehired.iter().for_each(|&human| {
            place(human);
        });
        let day = self.next.day;
        let humans: Vec<&[Member]> = nodes.iter().map(|&node| self.next.members(node)).collect();
        let checked = Checked::load(self.store, self.scope, day, &humans, &steps).await?;
        let mut strongest: HashMap<(u32, u32, u16), f64> = HashMap::new();
        for (a, b, owner, strength) in checked.member_ties() {
            let (Some(a), Some(b)) = (self.next.human(a), self.next.human(b)) else {
                continue;
            };
            let kept = strongest.entry((a.min(b), a.max(b), owner)).or_default();
            *kept = kept.max(strength);
        }
        let mut hired: Vec<(u32, Vec<Person>)> = Vec::new();
        for &human in &self.rehired {
            let seen = |member: &Member| checked.person(PersonId(member.id)).cloned();
            hired.push((
                human,
                self.next.members(human).iter().filter_map(seen).collect(),
            ));
        }
        drop(checked);
        let mut graph = Graph::resumed(&self.next.snapshot);
        while graph.node_count() < self.next.human_count() {
            if graph.add_node().is_err() {
                return Ok(None);
            }
        }
        for &(a, b, owner) in &self.keys {
            let strength = strongest.get(&(a, b, owner));
            match strength.and_then(|&strength| Strength::new(strength).ok()) {
                Some(strength) => {
                    let tie = Tie {
                        a,
                        b,
                        owner,
                        strength,
                        private: false,
                    };
                    if graph.put(tie).is_err() {
                        return Ok(None);
                    }
                }
                None => {
                    graph.remove(TieKey::new(a, b, owner));
                }
            }
        }
        for (human, persons) in hired {
            let persons: Vec<&Person> = persons.iter().collect();
            self.next.set_workplaces(human, &persons);
        }
        self.next.set_snapshot(graph.snapshot());
        Ok(Some(self.next))
    }
}
