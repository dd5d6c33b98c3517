//! Whose books a viewer sees, and how much of each person: the policy that everything else obeys.
//!
//! A scope is made from the viewer's circles as they are now. What a scope does not hold does not
//! exist for its viewers: its persons are no nodes, its keys link nobody.

use std::collections::BTreeSet;

use kith_shared::{
    events::users::CircleMember,
    ids::{AccountId, CircleId, PersonId},
    sharing::{self, Sharing, SharingException, Subject},
};

use super::records::{Circle, Marks, Person};

/// What one viewer, or several with the same rights, may see.
#[derive(Clone, Debug)]
pub struct Scope {
    viewer: AccountId,
    circles: Vec<Circle>,
    /// Books that are seen at least in part, the viewer's own included, in order.
    owners: Vec<AccountId>,
    /// Everybody who takes part, in order.
    accounts: Vec<AccountId>,
    exclusive: bool,
}

/// Two scopes with one key hold the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScopeKey {
    circles: Vec<(CircleId, i64)>,
    owners: Vec<AccountId>,
    only_for: Option<AccountId>,
}

/// A tie of two accounts by a circle that both are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CircleTie {
    /// One account, the smaller id.
    pub a: AccountId,
    pub b: AccountId,
}

impl Scope {
    /// The scope of `viewer` from the circles it is a member of. Circles that it is not in, and
    /// accounts in `erased`, are left out.
    #[must_use]
    pub fn of(viewer: AccountId, circles: Vec<Circle>, erased: &BTreeSet<AccountId>) -> Self {
        let mut circles: Vec<Circle> = circles
            .into_iter()
            .map(|mut circle| {
                circle
                    .members
                    .retain(|member| !erased.contains(&member.account_id));
                circle.members.sort_by_key(|member| member.account_id);
                circle.members.dedup_by_key(|member| member.account_id);
                circle
            })
            .filter(|circle| member_of(circle, viewer).is_some() && circle.members.len() > 1)
            .collect();
        circles.sort_by_key(|circle| circle.id);
        circles.dedup_by_key(|circle| circle.id);
        let members = || circles.iter().flat_map(|circle| &circle.members);
        let mut accounts: Vec<AccountId> = members()
            .map(|member| member.account_id)
            .chain([viewer])
            .collect();
        accounts.sort_unstable();
        accounts.dedup();
        let mut owners: BTreeSet<AccountId> = members()
            .filter(|member| shares_anything(member))
            .map(|member| member.account_id)
            .collect();
        owners.insert(viewer);
        // Whoever keeps anything back sees more of the own book than the others do.
        let exclusive = !circles.iter().all(|circle| {
            member_of(circle, viewer)
                .is_some_and(|me| me.sharing == Sharing::Name && me.exceptions.is_empty())
        });
        Self {
            viewer,
            circles,
            owners: owners.into_iter().collect(),
            accounts,
            exclusive,
        }
    }

    /// Who asks.
    #[must_use]
    pub fn viewer(&self) -> AccountId {
        self.viewer
    }

    /// Equal for scopes that hold the same.
    #[must_use]
    pub fn key(&self) -> ScopeKey {
        ScopeKey {
            circles: self
                .circles
                .iter()
                .map(|circle| (circle.id, circle.version))
                .collect(),
            owners: self.owners.clone(),
            only_for: (self.exclusive || self.circles.is_empty()).then_some(self.viewer),
        }
    }

    /// Books that are seen at least in part, in order.
    #[must_use]
    pub fn owners(&self) -> &[AccountId] {
        &self.owners
    }

    /// The place of an owner among [`Scope::owners`].
    #[must_use]
    pub fn owner_index(&self, owner: AccountId) -> Option<usize> {
        self.owners.binary_search(&owner).ok()
    }

    /// Every account that takes part, also those that show nothing of their books, in order.
    #[must_use]
    pub fn accounts(&self) -> &[AccountId] {
        &self.accounts
    }

    /// How an account calls itself, as the circles say.
    #[must_use]
    pub fn name(&self, account: AccountId) -> Option<&str> {
        let member = self
            .circles
            .iter()
            .find_map(|circle| member_of(circle, account))?;
        Some(member.display_name.as_str())
    }

    /// How much of a person is seen: the most that any common circle grants.
    #[must_use]
    pub fn exposure(&self, person: &Person, marks: &Marks) -> Sharing {
        if person.owner == self.viewer {
            return Sharing::Name;
        }
        shown_in(self.memberships(person.owner), person, marks)
    }

    /// In which identity groups a person's keys take part: those of the circles that see its name.
    /// Group 0 is the viewer's own; group `i + 1` that of the circle at place `i`.
    #[must_use]
    pub fn groups_of_person(&self, person: &Person, marks: &Marks) -> Vec<u32> {
        let own = person.owner == self.viewer;
        let mut groups = if own { vec![0] } else { Vec::new() };
        for (index, circle) in (1..).zip(&self.circles) {
            let Some(member) = member_of(circle, person.owner) else {
                continue;
            };
            if own || shown_in([member], person, marks) == Sharing::Name {
                groups.push(index);
            }
        }
        groups
    }

    /// In which identity groups an account's proven keys take part.
    #[must_use]
    pub fn groups_of_account(&self, account: AccountId) -> Vec<u32> {
        let mut groups = if account == self.viewer {
            vec![0]
        } else {
            Vec::new()
        };
        let circles = (1..).zip(&self.circles);
        groups.extend(
            circles
                .filter(|(_, c)| member_of(c, account).is_some())
                .map(|(index, _)| index),
        );
        groups
    }

    /// Ties of accounts by circles, each pair once.
    #[must_use]
    pub fn circle_ties(&self) -> Vec<CircleTie> {
        let mut ties = BTreeSet::new();
        for circle in &self.circles {
            for (index, one) in circle.members.iter().enumerate() {
                for other in &circle.members[index + 1..] {
                    let (a, b) = (one.account_id, other.account_id);
                    ties.insert(CircleTie {
                        a: a.min(b),
                        b: a.max(b),
                    });
                }
            }
        }
        ties.into_iter().filter(|tie| tie.a != tie.b).collect()
    }

    /// The circles that both accounts are in.
    pub fn circles_of_both(&self, a: AccountId, b: AccountId) -> impl Iterator<Item = &Circle> {
        let both = move |circle: &&Circle| {
            member_of(circle, a).is_some() && member_of(circle, b).is_some()
        };
        self.circles.iter().filter(both)
    }

    /// What an account shows in each of the circles.
    fn memberships(&self, account: AccountId) -> impl Iterator<Item = &CircleMember> {
        let circles = self.circles.iter();
        circles.filter_map(move |circle| member_of(circle, account))
    }

    fn exceptions(&self, owner: AccountId) -> impl Iterator<Item = &SharingException> {
        let others = (owner != self.viewer).then(|| self.memberships(owner));
        let others = others.into_iter().flatten();
        others.flat_map(|member| &member.exceptions)
    }

    /// Whether an owner makes exceptions for anybody: then the old ids of its persons matter.
    #[must_use]
    pub fn has_exceptions(&self, owner: AccountId) -> bool {
        self.exceptions(owner).next().is_some()
    }

    /// Owners whose exceptions name tags: the tags of their persons must be known.
    #[must_use]
    pub fn needs_tags(&self, owner: AccountId) -> bool {
        self.exceptions(owner).any(|it| it.tag.is_some())
    }

    /// The ids that an owner's exceptions name, some perhaps merged since.
    #[must_use]
    pub fn excepted_ids(&self, owner: AccountId) -> BTreeSet<PersonId> {
        let exceptions = self.exceptions(owner);
        exceptions.filter_map(|it| it.person_id).collect()
    }

    /// The tags that an owner's exceptions name.
    #[must_use]
    pub fn excepted_tags(&self, owner: AccountId) -> BTreeSet<&str> {
        let exceptions = self.exceptions(owner);
        exceptions.filter_map(|it| it.tag.as_deref()).collect()
    }
}

fn shown_in<'m>(
    memberships: impl IntoIterator<Item = &'m CircleMember>,
    person: &Person,
    marks: &Marks,
) -> Sharing {
    let subject = Subject {
        id: person.id,
        old_ids: &marks.old_ids_of(person),
        tags: &marks.tags,
    };
    sharing::exposure(memberships, subject)
}

fn member_of(circle: &Circle, account: AccountId) -> Option<&CircleMember> {
    // `Scope::of` has put them in order.
    let place = circle
        .members
        .binary_search_by_key(&account, |member| member.account_id);
    place.ok().map(|place| &circle.members[place])
}

fn shares_anything(member: &CircleMember) -> bool {
    member.sharing > Sharing::Hidden
        || member
            .exceptions
            .iter()
            .any(|exception| exception.sharing > Sharing::Hidden)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use kith_shared::{events::ingest::PersonState, sharing::cases};

    use super::*;

    fn person_of(owner: AccountId) -> Person {
        Person {
            id: PersonId::generate(),
            owner,
            version: 1,
            state: PersonState::Active,
            display_name: "Ada".into(),
            employments: Vec::new(),
            keys: Vec::new(),
            connections: Vec::new(),
            aliases: Vec::new(),
        }
    }

    #[test]
    fn the_shared_cases_hold_whoever_speaks_of_old_ids() {
        let [viewer, owner] = accounts();
        for case in cases::all() {
            let circle = circle(vec![member(viewer, Sharing::Hidden), case.member(owner)]);
            let scope = Scope::of(viewer, vec![circle], &BTreeSet::new());
            for (name, wanted) in case.shown {
                let event = case.person(name, owner);
                let tags = case.tags_of(name);
                let mut person = person_of(owner);
                person.id = event.person_id;
                // The old persons' events came, the survivor's, or both.
                let by_marks = Marks {
                    old_ids: event.aliases.clone(),
                    tags: tags.clone(),
                };
                let tags_only = Marks {
                    old_ids: Vec::new(),
                    tags,
                };
                let told_itself = Person {
                    aliases: event.aliases,
                    ..person.clone()
                };
                for (person, marks) in [
                    (&person, &by_marks),
                    (&told_itself, &tags_only),
                    (&told_itself, &by_marks),
                ] {
                    let title = case.title;
                    assert_eq!(scope.exposure(person, marks), *wanted, "{title}: {name}");
                    let named = !scope.groups_of_person(person, marks).is_empty();
                    assert_eq!(named, *wanted == Sharing::Name, "{title}: {name}");
                }
            }
        }
    }

    fn member(account_id: AccountId, sharing: Sharing) -> CircleMember {
        CircleMember {
            account_id,
            display_name: "Somebody".into(),
            since: Timestamp::UNIX_EPOCH,
            sharing,
            exceptions: Vec::new(),
        }
    }

    fn circle(members: Vec<CircleMember>) -> Circle {
        Circle {
            id: CircleId::generate(),
            version: 1,
            name: "Alumni".into(),
            members,
        }
    }

    fn accounts<const N: usize>() -> [AccountId; N] {
        std::array::from_fn(|_| AccountId::generate())
    }

    #[test]
    fn members_who_share_by_name_have_one_scope_and_a_hidden_one_has_its_own() {
        let [a, b, hidden] = accounts();
        let circle = circle(vec![
            member(a, Sharing::Name),
            member(b, Sharing::Name),
            member(hidden, Sharing::Hidden),
        ]);
        let of = |viewer| Scope::of(viewer, vec![circle.clone()], &BTreeSet::new());
        assert_eq!(of(a).key(), of(b).key());
        assert_ne!(of(a).key(), of(hidden).key());
        assert_eq!(of(a).owners().len(), 2);
        assert!(of(hidden).owners().contains(&hidden));
        assert_eq!(of(a).circle_ties().len(), 3);
    }

    #[test]
    fn the_most_that_a_common_circle_grants_counts_and_an_exception_takes_away() {
        let [viewer, owner] = accounts();
        let person = person_of(owner);
        let tagged = Marks {
            old_ids: Vec::new(),
            tags: vec!["private".into()],
        };
        let mut generous = member(owner, Sharing::Name);
        generous.exceptions.push(SharingException {
            person_id: None,
            tag: Some("private".into()),
            sharing: Sharing::Hidden,
        });
        let circles = vec![
            circle(vec![member(viewer, Sharing::Hidden), generous]),
            circle(vec![
                member(viewer, Sharing::Hidden),
                member(owner, Sharing::Organisation),
            ]),
        ];
        let scope = Scope::of(viewer, circles, &BTreeSet::new());
        assert_eq!(scope.exposure(&person, Marks::NONE), Sharing::Name);
        assert_eq!(scope.exposure(&person, &tagged), Sharing::Organisation);
        assert_eq!(scope.groups_of_person(&person, &tagged), Vec::<u32>::new());
        assert!(scope.needs_tags(owner));
    }

    #[test]
    fn circles_one_is_not_in_and_erased_accounts_count_for_nothing() {
        let [viewer, other, erased] = accounts();
        let foreign = circle(vec![
            member(other, Sharing::Name),
            member(erased, Sharing::Name),
        ]);
        let scope = Scope::of(viewer, vec![foreign], &BTreeSet::new());
        assert_eq!(scope.owners(), [viewer]);
        let with_erased = circle(vec![
            member(viewer, Sharing::Name),
            member(erased, Sharing::Name),
        ]);
        let scope = Scope::of(viewer, vec![with_erased], &BTreeSet::from([erased]));
        assert_eq!(scope.owners(), [viewer]);
        assert!(scope.circle_ties().is_empty());
    }
}
