//! Whose people an account may see, and how much of them: its own in full, and those that members
//! of its circles share with it.

use kith_shared::{
    events::users::CircleMember,
    ids::AccountId,
    sharing::{self, Sharing, Subject},
};

use super::{
    document::Document,
    query::{Grant, Marks, Scope},
};

/// A circle as far as it matters here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circle {
    /// Who takes part.
    pub members: Vec<CircleMember>,
}

/// What one account may see.
#[derive(Clone, Debug)]
pub struct Visibility {
    asker: AccountId,
    /// What others show in circles that the asker is in; one account may stand here several times.
    shared: Vec<CircleMember>,
}

impl Visibility {
    /// What `asker` may see, being in `circles`. Circles without the asker do not count.
    #[must_use]
    pub fn of(asker: AccountId, circles: Vec<Circle>) -> Self {
        let shared = circles
            .into_iter()
            .filter(|circle| {
                circle
                    .members
                    .iter()
                    .any(|member| member.account_id == asker)
            })
            .flat_map(|circle| circle.members)
            .filter(|member| member.account_id != asker)
            .collect();
        Self { asker, shared }
    }

    /// How much of a person may be seen; none: nothing. Of several circles the most open counts.
    #[must_use]
    pub fn scope(&self, document: &Document) -> Option<Scope> {
        let person = document.active()?;
        if document.account == self.asker {
            return Some(Scope::Own);
        }
        let memberships = self.shared.iter();
        let of_the_owner = memberships.filter(|member| member.account_id == document.account);
        let subject = Subject {
            id: document.id,
            old_ids: &person.aliases,
            tags: document.tags(),
        };
        match sharing::exposure(of_the_owner, subject) {
            Sharing::Hidden => None,
            Sharing::Organisation => person.work().0.map(|_| Scope::Organisation),
            Sharing::Name => Some(Scope::Name),
        }
    }

    /// How a member calls itself in a circle that it shares with the asker.
    #[must_use]
    pub fn name_of(&self, account: AccountId) -> Option<&str> {
        let member = self
            .shared
            .iter()
            .find(|member| member.account_id == account)?;
        Some(&member.display_name)
    }

    /// The same rule as filters for the index. A person may be granted in several scopes.
    #[must_use]
    pub fn grants(&self) -> Vec<Grant> {
        let own = Grant {
            account: self.asker,
            scope: Scope::Own,
            except: Marks::default(),
            only: None,
        };
        let shared = self.shared.iter().flat_map(|member| {
            [
                (Scope::Name, Sharing::Name),
                (Scope::Organisation, Sharing::Organisation),
            ]
            .into_iter()
            .filter_map(|(scope, least)| grant(member, scope, least))
        });
        std::iter::once(own).chain(shared).collect()
    }
}

/// Those of a member's people that are shown at `least` or more: nobody under a stricter
/// exception, and either everybody else or those under an exception that is open enough.
fn grant(member: &CircleMember, scope: Scope, least: Sharing) -> Option<Grant> {
    let marks = |wanted: &dyn Fn(Sharing) -> bool| {
        let mut marks = Marks::default();
        for exception in member.exceptions.iter().filter(|e| wanted(e.sharing)) {
            marks.persons.extend(exception.person_id);
            marks.tags.extend(exception.tag.clone());
        }
        marks
    };
    let only = (member.sharing < least).then(|| marks(&|sharing| sharing >= least));
    if only.as_ref().is_some_and(Marks::is_empty) {
        return None;
    }
    Some(Grant {
        account: member.account_id,
        scope,
        except: marks(&|sharing| sharing < least),
        only,
    })
}

#[cfg(test)]
mod tests {
    use kith_shared::{open::OpenPerson, sharing::cases};

    use super::*;
    use crate::domain::document::{Annotation, Change, Later, Part};

    fn marks(marks: &Marks, document: &Document) -> bool {
        let aliases = document.active().map_or(&[][..], |person| &person.aliases);
        let is_named = |id| marks.persons.contains(id);
        let is_tagged = |tag| marks.tags.contains(tag);
        is_named(&document.id)
            || aliases.iter().any(is_named)
            || document.tags().iter().any(is_tagged)
    }

    /// What an index makes of grants: the most open one that holds.
    fn granted(grants: &[Grant], document: &Document) -> Option<Scope> {
        let holds = |grant: &&Grant| {
            grant.account == document.account
                && !marks(&grant.except, document)
                && grant.only.as_ref().is_none_or(|only| marks(only, document))
        };
        grants
            .iter()
            .filter(holds)
            .map(|grant| grant.scope)
            .max_by_key(|scope| scope.quarters())
    }

    #[test]
    fn rule_and_filters_are_the_policy_in_every_shared_case() {
        let [asker, owner]: [AccountId; 2] = std::array::from_fn(|_| AccountId::generate());
        for case in cases::all() {
            let mut me = case.member(asker);
            me.exceptions.clear();
            let members = vec![me, case.member(owner)];
            let visibility = Visibility::of(asker, vec![Circle { members }]);
            for (name, wanted) in case.shown {
                // As it travels.
                let event = serde_json::to_value(case.person(name, owner)).unwrap();
                let told = Change::from(serde_json::from_value::<OpenPerson>(event).unwrap());
                let mut document = Document::placeholder(told.id, told.account);
                document.absorb(told.part);
                document.absorb(Part::Annotation(Annotation {
                    version: 1,
                    tags: case.tags_of(name),
                    notes: Vec::new(),
                    later: Later::new(),
                }));
                let wanted = match wanted {
                    Sharing::Hidden => None,
                    Sharing::Organisation => Some(Scope::Organisation),
                    Sharing::Name => Some(Scope::Name),
                };
                let title = case.title;
                assert_eq!(visibility.scope(&document), wanted, "{title}: {name}");
                let filtered = granted(&visibility.grants(), &document);
                assert_eq!(filtered, wanted, "{title}: {name}, as filters");
            }
        }
    }
}
