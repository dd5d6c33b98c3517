//! The people of a made-up world, by organisation.

use crate::{
    names::{FAMILY, GIVEN, ORGANISATIONS, TITLES, slug},
    network::{ADA, ORGANISATION, Persona},
    rng::Rng,
};

/// People at each organisation.
const STAFF: usize = 46;

/// Someone.
#[derive(Debug, Clone)]
pub(crate) struct Human {
    pub(crate) given: String,
    pub(crate) family: String,
    pub(crate) email: String,
    pub(crate) profile: String,
    pub(crate) organisation: &'static str,
    pub(crate) title: &'static str,
}

impl Human {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given, self.family).trim().to_owned()
    }

    /// One of the accounts, as others have them in their books.
    pub(crate) fn of_persona(persona: &Persona) -> Self {
        let (given, family) = persona.name.rsplit_once(' ').unwrap_or((&persona.name, ""));
        Self {
            given: given.to_owned(),
            family: family.to_owned(),
            email: persona.email.clone(),
            profile: profile(&persona.name),
            organisation: "Independent",
            title: "Consultant",
        }
    }
}

/// Everybody: person `n` of organisation `o` is at `o * STAFF + n`.
pub(crate) struct World {
    pub(crate) humans: Vec<Human>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed, 1);
        let mut names = GIVEN
            .iter()
            .flat_map(|given| FAMILY.iter().map(move |family| (*given, *family)))
            .collect::<Vec<_>>();
        rng.shuffle(&mut names);
        let mut humans = Vec::with_capacity(ORGANISATIONS.len() * STAFF);
        for (organisation, at) in ORGANISATIONS.iter().zip(0..) {
            for staff in 0..STAFF {
                let name = names[at * STAFF + staff];
                humans.push(human(name, organisation, &mut rng));
            }
        }
        let mut world = Self { humans };
        let ada = world.ada();
        world.humans[ada] = human(ADA, ORGANISATION, &mut rng);
        world.humans[ada].title = "Analyst";
        world
    }

    /// Everybody at an organisation.
    pub(crate) fn staff(organisation: usize) -> std::ops::Range<usize> {
        organisation * STAFF..(organisation + 1) * STAFF
    }

    /// The first at [`ORGANISATION`].
    pub(crate) fn ada(&self) -> usize {
        let at = ORGANISATIONS.iter().position(|name| *name == ORGANISATION);
        Self::staff(at.expect("the list of organisations holds it")).start
    }
}

fn human((given, family): (&str, &str), organisation: &'static str, rng: &mut Rng) -> Human {
    let name = format!("{given} {family}");
    let top = rng.pick(&["com", "org", "net"]);
    let domain = format!("{}.example.{top}", slug(organisation, '-'));
    Human {
        given: given.to_owned(),
        family: family.to_owned(),
        email: format!("{}@{domain}", slug(&name, '.')),
        profile: profile(&name),
        organisation,
        title: TITLES[rng.below(TITLES.len())],
    }
}

fn profile(name: &str) -> String {
    format!("https://www.linkedin.com/in/{}", slug(name, '-'))
}
