//! A picture of the people around somebody: the nearest, the ties among them, and where they stand.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kith_paths::Scratch;
use kith_shared::ids::{AccountId, PersonId};

use super::{
    App,
    check::{Checked, Shown},
    list_ties::{ListTiesError, find},
    scope_of,
};
use crate::domain::{
    layout::{self, Point},
    strength,
    world::Member,
};

/// Ties of each person of the picture that are looked at.
const TIES_EACH: usize = 200;

/// Whose surroundings, for whom, and how many people of them.
#[derive(Clone, Copy, Debug)]
pub struct ShowNeighbourhood {
    pub viewer: AccountId,
    /// Around whom; the viewer's own account stands for the viewer.
    pub of: PersonId,
    /// How many people besides.
    pub limit: usize,
}

/// The picture.
#[derive(Clone, Debug, Default)]
pub struct Neighbourhood {
    /// The one in the centre first, then the nearest.
    pub people: Vec<(Shown, Point)>,
    /// Ties between places in `people`, the strongest first.
    pub ties: Vec<(usize, usize, f64)>,
}

impl App {
    /// The picture; the same every time, as long as nothing changes.
    ///
    /// # Errors
    /// See [`ListTiesError`].
    pub async fn show_neighbourhood(
        &self,
        question: ShowNeighbourhood,
    ) -> Result<Neighbourhood, ListTiesError> {
        let seen = scope_of(&*self.store, question.viewer).await?;
        let (graph, centre) = find(self, &seen, question.of).await?;
        let Some(centre) = centre else {
            return Ok(Neighbourhood::default());
        };
        let scratch = &mut Scratch::default();
        let mut nodes = vec![centre];
        nodes.extend(graph.neighbours(centre, question.limit, scratch)?);
        let places: HashMap<u32, usize> = nodes
            .iter()
            .enumerate()
            .map(|(place, &node)| (node, place))
            .collect();
        let mut steps = BTreeSet::new();
        for (place, &node) in nodes.iter().enumerate() {
            // The centre's own ties are all in the picture's list of people.
            let limit = if place == 0 {
                question.limit
            } else {
                TIES_EACH
            };
            for near in graph.neighbours(node, limit, scratch)? {
                if let Some(&other) = places.get(&near) {
                    steps.insert((place.min(other), place.max(other)));
                }
            }
        }
        let humans: Vec<&[Member]> = nodes.iter().map(|&node| graph.members(node)).collect();
        let today = strength::day_of(self.clock.now());
        let now = scope_of(&*self.store, question.viewer).await?;
        let checked = Checked::load(&*self.store, &now.scope, today, &humans, &steps).await?;
        Ok(draw(&checked, &humans, &steps, question.of))
    }
}

/// Everybody whom the store still ties to the centre, directly or not, and where they stand.
fn draw(
    checked: &Checked<'_>,
    humans: &[&[Member]],
    steps: &BTreeSet<(usize, usize)>,
    of: PersonId,
) -> Neighbourhood {
    let now: Vec<BTreeSet<u32>> = humans
        .iter()
        .map(|members| checked.humans(members))
        .collect();
    let mut places: BTreeMap<u32, usize> = BTreeMap::new();
    let mut shown = Vec::new();
    for &human in now.iter().flatten() {
        places.entry(human).or_insert_with(|| {
            shown.push(checked.show(human));
            shown.len() - 1
        });
    }
    let mut ties = BTreeMap::new();
    for &(a, b) in steps {
        for (&x, &y) in now[a]
            .iter()
            .flat_map(|x| now[b].iter().map(move |y| (x, y)))
        {
            if let Some(strength) = checked.strength(x, y) {
                let (x, y) = (places[&x], places[&y]);
                ties.insert((x.min(y), x.max(y)), strength);
            }
        }
    }
    let mut ties: Vec<(usize, usize, f64)> = ties
        .into_iter()
        .map(|((a, b), strength)| (a, b, strength))
        .collect();
    ties.sort_by(|x, y| y.2.total_cmp(&x.2));
    let points = layout::place(shown.len(), &ties, of.0.as_u128());
    Neighbourhood {
        people: shown.into_iter().zip(points).collect(),
        ties,
    }
}
