//! Who can introduce me to whom: the best paths, each checked against the store before it leaves.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use kith_paths::{Answer, Filter, OwnerSet, Query, Scratch, TieKey};
use kith_shared::ids::{AccountId, PersonId};
use skeleton_durable::commit::CommitError;

use super::{
    App, Seen,
    check::{Checked, Shown, ShownTie},
    graph_build::{ScopeGraph, Workers},
    people::visible_person,
    scope_of,
};
use crate::domain::{organisation, scope::Scope, strength, world::Member};

/// What a further step costs.
pub const DAMPING: f64 = kith_paths::DEFAULT_DAMPING;
/// How often the search goes on after a proposed path was refused.
const ROUNDS: usize = 24;

/// To whom.
#[derive(Clone, Debug)]
pub enum Destination {
    /// A person that the asker sees.
    Person(PersonId),
    /// Anybody who works, or else worked, at an organisation.
    Organisation(String),
}

/// Who asks for ways to whom, and how far they may go.
#[derive(Clone, Debug)]
pub struct FindPaths {
    /// Who asks; every path begins there.
    pub asker: AccountId,
    pub to: Destination,
    /// How many paths.
    pub count: usize,
    /// Steps of the longest.
    pub max_steps: usize,
}

/// A chain of people from the asker.
#[derive(Clone, Debug)]
pub struct FoundPath {
    /// The asker first.
    pub people: Vec<Shown>,
    /// One fewer than people.
    pub steps: Vec<ShownTie>,
    /// Product of the strengths and of [`DAMPING`] for each step after the first.
    pub score: f64,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct FoundPaths {
    /// Best first; to those who are at the organisation now before those who were.
    pub paths: Vec<FoundPath>,
    /// A better path may be missing.
    pub approximate: bool,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum FindPathsError {
    /// The person is unknown, or the asker may not know of it.
    #[error("no such person")]
    UnknownPerson,
    /// The store, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

/// Whom to reach: also decides whether somebody still is one of them once they were checked.
enum Goal {
    Person(PersonId),
    Worker { organisation: String, current: bool },
}

impl App {
    /// The best paths from the asker, each checked against the store.
    ///
    /// # Errors
    /// See [`FindPathsError`].
    pub async fn find_paths(&self, question: FindPaths) -> Result<FoundPaths, FindPathsError> {
        let seen = scope_of(&*self.store, question.asker).await?;
        match &question.to {
            Destination::Person(id) => {
                let person = visible_person(&*self.store, &seen.scope, *id)
                    .await?
                    .ok_or(FindPathsError::UnknownPerson)?;
                let graph = self.graph(&seen).await?;
                let targets = graph.human(person.id.0).into_iter().collect();
                let goal = Goal::Person(person.id);
                self.search(
                    &question,
                    &seen.scope,
                    &graph,
                    targets,
                    &goal,
                    question.count,
                )
                .await
            }
            Destination::Organisation(name) => {
                let organisation = organisation::normalise(name);
                let graph = self.graph(&seen).await?;
                let Workers { current, former } = graph.workers(&organisation);
                let goal = Goal::Worker {
                    organisation: organisation.clone(),
                    current: true,
                };
                let mut found = self
                    .search(
                        &question,
                        &seen.scope,
                        &graph,
                        current,
                        &goal,
                        question.count,
                    )
                    .await?;
                let left = question.count.saturating_sub(found.paths.len());
                if left > 0 && !former.is_empty() {
                    let goal = Goal::Worker {
                        organisation,
                        current: false,
                    };
                    let more = self
                        .search(&question, &seen.scope, &graph, former, &goal, left)
                        .await?;
                    found.paths.extend(more.paths);
                    found.approximate |= more.approximate;
                }
                Ok(found)
            }
        }
    }

    async fn graph(&self, seen: &Seen) -> Result<Arc<ScopeGraph>, CommitError> {
        self.graphs
            .of(seen, strength::day_of(self.clock.now()))
            .await
    }

    /// Searches until every path that the graph proposes passes the check.
    async fn search(
        &self,
        question: &FindPaths,
        scope: &Scope,
        graph: &Arc<ScopeGraph>,
        targets: Vec<u32>,
        goal: &Goal,
        count: usize,
    ) -> Result<FoundPaths, FindPathsError> {
        let nothing = FoundPaths {
            paths: Vec::new(),
            approximate: false,
        };
        let Some(from) = graph.human(question.asker.0) else {
            return Ok(nothing);
        };
        let targets: Vec<u32> = targets
            .into_iter()
            .filter(|target| *target != from)
            .collect();
        if targets.is_empty() {
            return Ok(nothing);
        }
        let filter = Filter {
            owners: OwnerSet::all(),
            ..Filter::default()
        };
        let mut query = Query::new(from, targets, filter);
        query.count = count;
        query.max_steps = question.max_steps;
        query.damping = DAMPING;
        let mut found = nothing;
        for _ in 0..ROUNDS {
            let answer;
            (query, answer) = propose(self, graph.clone(), query).await?;
            let refused = self
                .check(question.asker, graph, goal, &answer, &mut found)
                .await?;
            found.approximate = answer.approximate;
            if refused.is_empty() {
                return Ok(found);
            }
            self.graphs.distrust(scope);
            for refusal in refused {
                match refusal {
                    Refusal::Tie(key) => query.filter.excluded_ties.push(key),
                    Refusal::Node(node) => query.filter.excluded_nodes.push(node),
                }
            }
        }
        found.approximate = true;
        Ok(found)
    }

    /// Puts what passed into `found` and says what was refused.
    async fn check(
        &self,
        asker: AccountId,
        graph: &ScopeGraph,
        goal: &Goal,
        answer: &Answer,
        found: &mut FoundPaths,
    ) -> Result<Vec<Refusal>, CommitError> {
        found.paths.clear();
        if answer.paths.is_empty() {
            return Ok(Vec::new());
        }
        // The policy too is read again: it may have changed while the search went on.
        let now = scope_of(&*self.store, asker).await?;
        let mut places: HashMap<u32, usize> = HashMap::new();
        let mut humans: Vec<&[Member]> = Vec::new();
        let mut steps = BTreeSet::new();
        for path in &answer.paths {
            for &node in &path.nodes {
                places.entry(node).or_insert_with(|| {
                    humans.push(graph.members(node));
                    humans.len() - 1
                });
            }
            steps.extend(
                path.nodes
                    .windows(2)
                    .map(|pair| (places[&pair[0]], places[&pair[1]])),
            );
        }
        let today = strength::day_of(self.clock.now());
        let checked = Checked::load(&*self.store, &now.scope, today, &humans, &steps).await?;
        let mut refused = Vec::new();
        for path in &answer.paths {
            match walk(&checked, graph, asker, path, goal) {
                Ok(walked) => found.paths.push(found_path(&checked, &walked)),
                Err(refusal) => refused.push(refusal),
            }
        }
        let order = |a: &FoundPath, b: &FoundPath| b.score.total_cmp(&a.score);
        found
            .paths
            .sort_by(|a, b| order(a, b).then(a.steps.len().cmp(&b.steps.len())));
        Ok(refused)
    }
}

/// What to search without.
enum Refusal {
    Tie(TieKey),
    Node(u32),
}

/// Follows a proposed path through what was read just now.
fn walk(
    checked: &Checked<'_>,
    graph: &ScopeGraph,
    asker: AccountId,
    path: &kith_paths::Path,
    goal: &Goal,
) -> Result<Vec<u32>, Refusal> {
    let mut at = checked.human(asker.0).ok_or(Refusal::Node(path.nodes[0]))?;
    let mut walked = vec![at];
    for (step, pair) in path.steps.iter().zip(path.nodes.windows(2)) {
        let next = checked.humans(graph.members(pair[1]));
        if next.is_empty() {
            return Err(Refusal::Node(pair[1]));
        }
        let strongest = next
            .into_iter()
            .filter(|human| !walked.contains(human))
            .filter_map(|human| Some((checked.strength(at, human)?, human)))
            .max_by(|x, y| x.0.total_cmp(&y.0).then(y.1.cmp(&x.1)));
        let Some((_, human)) = strongest else {
            return Err(Refusal::Tie(TieKey::new(pair[0], pair[1], step.owner)));
        };
        at = human;
        walked.push(at);
    }
    if goal.is_reached(checked, at) {
        return Ok(walked);
    }
    Err(path
        .nodes
        .last()
        .map_or(Refusal::Node(path.nodes[0]), |&last| Refusal::Node(last)))
}

impl Goal {
    fn is_reached(&self, checked: &Checked<'_>, human: u32) -> bool {
        match self {
            Self::Person(person) => checked.human(person.0) == Some(human),
            Self::Worker {
                organisation,
                current,
            } => checked
                .persons_of(human)
                .flat_map(|(person, _)| &person.employments)
                .any(|job| {
                    (job.current || !current)
                        && organisation::normalise(&job.organisation) == *organisation
                }),
        }
    }
}

fn found_path(checked: &Checked<'_>, walked: &[u32]) -> FoundPath {
    let people = walked.iter().map(|&human| checked.show(human)).collect();
    let pairs = walked.windows(2);
    let steps: Vec<ShownTie> = pairs
        .filter_map(|pair| checked.tie(pair[0], pair[1]))
        .collect();
    let score = score(steps.iter().map(|step| step.strength));
    FoundPath {
        people,
        steps,
        score,
    }
}

/// Product of the strengths and of [`DAMPING`] for each step after the first.
pub fn score(strengths: impl Iterator<Item = f64>) -> f64 {
    strengths.enumerate().fold(1.0, |score, (index, strength)| {
        score * strength * if index > 0 { DAMPING } else { 1.0 }
    })
}

/// Asks the graph, on a thread that may be busy for a while.
async fn propose(
    app: &App,
    graph: Arc<ScopeGraph>,
    query: Query,
) -> Result<(Query, Answer), CommitError> {
    thread_local! {
        static SCRATCH: RefCell<Scratch> = RefCell::default();
    }
    let internal = |error: anyhow::Error| CommitError::Internal(error);
    // As many at once as there are cores: more would only wait for each other.
    let permit = app.searches.clone().acquire_owned().await;
    let permit = permit.map_err(|error| internal(error.into()))?;
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let answer = SCRATCH.with_borrow_mut(|scratch| graph.snapshot.best_paths(&query, scratch));
        answer.map(|answer| (query, answer))
    })
    .await
    .map_err(|error| internal(error.into()))?
    .map_err(|error| internal(error.into()))
}
