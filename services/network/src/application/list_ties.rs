//! Whom somebody is tied to, as far as the viewer sees, strongest first.

use std::collections::BTreeSet;

use kith_paths::Scratch;
use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::commit::CommitError;

use super::{
    App, Seen,
    check::{Checked, Shown, ShownTie},
    graph_build::ScopeGraph,
    people::visible_person,
    scope_of,
};
use crate::domain::{strength, world::Member};

/// Most ties of one person that are looked at.
pub const TIES_LIMIT: usize = 1000;

/// Whose ties, for whom, and which page of them.
#[derive(Clone, Copy, Debug)]
pub struct ListTies {
    pub viewer: AccountId,
    /// Whose ties; the viewer's own account stands for the viewer.
    pub of: PersonId,
    /// How many to pass over.
    pub skip: usize,
    /// How many at most.
    pub limit: usize,
}

/// A tie, from the end that was asked about.
#[derive(Clone, Debug)]
pub struct ListedTie {
    /// The other end.
    pub person: Shown,
    pub tie: ShownTie,
}

/// Some of a person's ties.
#[derive(Clone, Debug, Default)]
pub struct ListedTies {
    pub ties: Vec<ListedTie>,
    /// Whether weaker ones follow.
    pub more: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ListTiesError {
    /// The person is unknown, or the viewer may not know of it.
    #[error("no such person")]
    UnknownPerson,
    /// The store, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl App {
    /// At most `limit` ties, each as the store has it now.
    ///
    /// # Errors
    /// See [`ListTiesError`].
    pub async fn list_ties(&self, question: ListTies) -> Result<ListedTies, ListTiesError> {
        let seen = scope_of(&*self.store, question.viewer).await?;
        let (graph, centre) = find(self, &seen, question.of).await?;
        let Some(centre) = centre else {
            return Ok(ListedTies::default());
        };
        let wanted = question.skip.saturating_add(question.limit).min(TIES_LIMIT);
        let near = graph.neighbours(centre, wanted + 1, &mut Scratch::default())?;
        let mut humans: Vec<&[Member]> = vec![graph.members(centre)];
        humans.extend(
            near.iter()
                .take(wanted)
                .skip(question.skip)
                .map(|human| graph.members(*human)),
        );
        let steps: BTreeSet<(usize, usize)> = (1..humans.len()).map(|other| (0, other)).collect();
        let today = strength::day_of(self.clock.now());
        let now = scope_of(&*self.store, question.viewer).await?;
        let checked = Checked::load(&*self.store, &now.scope, today, &humans, &steps).await?;
        let mut listed = Vec::new();
        for centre in checked.humans(humans[0]) {
            for other in humans[1..]
                .iter()
                .flat_map(|members| checked.humans(members))
            {
                if let Some(tie) = checked.tie(centre, other) {
                    listed.push(ListedTie {
                        person: checked.show(other),
                        tie,
                    });
                }
            }
        }
        listed.sort_by(|a, b| b.tie.strength.total_cmp(&a.tie.strength));
        Ok(ListedTies {
            ties: listed,
            more: near.len() > wanted && wanted < TIES_LIMIT,
        })
    }
}

/// The graph of the scope, and the human in it that an id means; none where it has no ties yet.
pub(crate) async fn find(
    app: &App,
    seen: &Seen,
    of: PersonId,
) -> Result<(std::sync::Arc<ScopeGraph>, Option<u32>), ListTiesError> {
    let id = if of.0 == seen.scope.viewer().0 {
        of.0
    } else {
        let person = visible_person(&*app.store, &seen.scope, of).await?;
        person.ok_or(ListTiesError::UnknownPerson)?.id.0
    };
    let graph = app
        .graphs
        .of(seen, strength::day_of(app.clock.now()))
        .await?;
    let human = graph.human(id);
    Ok((graph, human))
}
