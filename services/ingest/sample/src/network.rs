//! Six books that overlap, so that there is somebody to be introduced to.
//!
//! The asker knows three of the other accounts. The fourth and the fifth share no contact with
//! the asker; they are known to the first and the second. Whoever is only in their books is
//! reached in three steps: through another account and one of its contacts.

use std::collections::BTreeSet;

use jiff::{ToSpan, civil::Date};

use crate::{
    connections::{self, Connection},
    mail::{End, Mail, Sort},
    people::{Human, World},
    rng::Rng,
};

/// Someone whom the asker reaches in three steps, never in fewer.
pub const ADA: (&str, &str) = ("Ada", "Lovelace");

/// The organisation she works at.
pub const ORGANISATION: &str = "Acme";

/// An account that owns a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persona {
    pub name: String,
    /// Verified e-mail address.
    pub email: String,
}

/// The files of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonaFiles {
    /// Whose they are.
    pub persona: Persona,
    /// LinkedIn's `Connections.csv`.
    pub connections_csv: Vec<u8>,
    /// A mailbox file.
    pub mbox: Vec<u8>,
}

/// A made-up network.
#[derive(Debug)]
pub struct Network;

/// Persona pairs and third-party pairs that all books together come to.
const TIES: usize = 15_000;

/// A book's organisations and the other accounts in it; the asker is 0.
struct Plan {
    organisations: &'static [usize],
    knows: &'static [usize],
    people: usize,
}

const PLANS: [Plan; 6] = [
    Plan {
        organisations: &[0, 1, 2, 3, 4, 5, 6, 7, 8],
        knows: &[1, 2, 3],
        people: 330,
    },
    Plan {
        organisations: &[6, 7, 9, 10, 11, 12, 13, 14, 15],
        knows: &[0, 2, 4],
        people: 340,
    },
    Plan {
        organisations: &[7, 8, 14, 15, 16, 17, 18, 19, 20, 21],
        knows: &[0, 1, 5],
        people: 360,
    },
    Plan {
        organisations: &[4, 5, 6, 20, 21, 22, 23, 24, 25, 26],
        knows: &[0],
        people: 350,
    },
    Plan {
        organisations: &[13, 14, 15, 27, 28, 29, 30, 31, 32, 33],
        knows: &[1, 5],
        people: 345,
    },
    Plan {
        organisations: &[19, 20, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43],
        knows: &[2, 4],
        people: 365,
    },
];

impl Network {
    /// Makes the files of six accounts: about 2,000 people and 15,000 ties in all books together.
    /// Nothing in them is later than `today`.
    #[must_use]
    pub fn generate(
        seed: u64,
        asker: &Persona,
        others: &[Persona; 5],
        today: Date,
    ) -> Vec<PersonaFiles> {
        let personas = std::iter::once(asker)
            .chain(others)
            .cloned()
            .collect::<Vec<_>>();
        let world = World::new(seed);
        let between = between_personas(seed, &personas, today);
        let files = |(at, plan): (usize, &Plan)| {
            let mut book = Book::new(seed, at, plan, &personas, &world, today);
            let own = &personas[at].email;
            let involved = |mail: &&Mail| mail.from.email == *own || mail.to[0].email == *own;
            book.mails.extend(between.iter().filter(involved).cloned());
            PersonaFiles {
                persona: personas[at].clone(),
                connections_csv: book.connections_csv(),
                mbox: book.mbox(),
            }
        };
        PLANS.iter().enumerate().map(files).collect()
    }
}

/// The mail between accounts, which both sides have.
fn between_personas(seed: u64, personas: &[Persona], today: Date) -> Vec<Mail> {
    let mut rng = Rng::new(seed, 2);
    let mut mails = Vec::new();
    for (a, plan) in PLANS.iter().enumerate() {
        for &b in plan.knows.iter().filter(|b| **b > a) {
            for n in 0..24 {
                let (from, to) = if rng.percent(50) { (a, b) } else { (b, a) };
                mails.push(Mail {
                    id: format!("{a}-{b}-{n}.{seed:x}@mail.example.org"),
                    sent: moment(&mut rng, today, 300),
                    from: end(&personas[from]),
                    to: vec![end(&personas[to])],
                    cc: Vec::new(),
                    sort: Sort::Personal,
                });
            }
        }
    }
    mails
}

fn end(persona: &Persona) -> End {
    End {
        name: persona.name.clone(),
        email: persona.email.clone(),
    }
}

fn end_of(human: &Human) -> End {
    End {
        name: human.name(),
        email: human.email.clone(),
    }
}

/// A moment of the last so many days, before `today`, during the day.
fn moment(rng: &mut Rng, today: Date, days: usize) -> jiff::civil::DateTime {
    let ago = i64::try_from(rng.between(1, days)).expect("a few years of days");
    let day = today.saturating_sub(ago.days());
    let (hour, minute, second) = (rng.between(7, 20), rng.below(60), rng.below(60));
    let small = |number: usize| i8::try_from(number).expect("below sixty");
    day.at(small(hour), small(minute), small(second), 0)
}

/// One account's people and mail.
struct Book {
    rng: Rng,
    at: usize,
    owner: End,
    today: Date,
    /// The other accounts first, then people by organisation.
    people: Vec<Human>,
    /// Who shows an address; nobody writes to the others.
    shown: Vec<bool>,
    mails: Vec<Mail>,
}

impl Book {
    fn new(
        seed: u64,
        at: usize,
        plan: &Plan,
        personas: &[Persona],
        world: &World,
        today: Date,
    ) -> Self {
        let mut rng = Rng::new(seed, 10 + at as u64);
        let mut people = plan
            .knows
            .iter()
            .map(|known| Human::of_persona(&personas[*known]))
            .collect::<Vec<_>>();
        let accounts = people.len();
        let mut groups = Vec::new();
        for (nth, organisation) in plan.organisations.iter().enumerate() {
            let share = |n: usize| (plan.people - accounts) * n / plan.organisations.len();
            let count = share(nth + 1) - share(nth);
            let start = people.len();
            let chosen = choose(&mut rng, World::staff(*organisation), count, world.ada());
            people.extend(chosen.into_iter().map(|human| world.humans[human].clone()));
            groups.push(start..people.len());
        }
        let shown = people.iter().enumerate().map(|(n, human)| {
            n < accounts || (human.given.as_str(), human.family.as_str()) == ADA || rng.percent(85)
        });
        let shown = shown.collect();
        let mut book = Self {
            rng,
            at,
            owner: end(&personas[at]),
            today,
            people,
            shown,
            mails: Vec::new(),
        };
        book.write_to_each(accounts);
        book.write_to_groups(&groups);
        book.receive_bulk();
        book
    }

    /// One-to-one mail: much with a few, some with many, none with the rest.
    fn write_to_each(&mut self, accounts: usize) {
        for n in accounts..self.people.len() {
            let count = match self.rng.below(100) {
                _ if !self.shown[n] => 0,
                0..15 => self.rng.between(8, 20),
                15..50 => self.rng.between(2, 5),
                _ => self.rng.between(0, 1),
            };
            let theirs = end_of(&self.people[n]);
            for nth in 0..count {
                let mine = self.owner.clone();
                let (from, to) = if nth % 2 == 0 {
                    (mine, theirs.clone())
                } else {
                    (theirs.clone(), mine)
                };
                self.send(from, vec![to], Vec::new(), Sort::Personal);
            }
        }
    }

    /// Mail among three to five people, until the book evidences its share of ties.
    fn write_to_groups(&mut self, groups: &[std::ops::Range<usize>]) {
        let wanted = TIES / PLANS.len() - self.people.len();
        let groups = groups
            .iter()
            .map(|group| group.clone().filter(|n| self.shown[*n]).collect::<Vec<_>>())
            .filter(|group| group.len() >= 4)
            .collect::<Vec<_>>();
        let mut pairs = BTreeSet::new();
        while pairs.len() < wanted {
            let group = self.rng.pick(&groups);
            let mut members = BTreeSet::new();
            let size = if self.rng.percent(75) {
                4
            } else {
                self.rng.between(2, 3)
            };
            while members.len() < size {
                members.insert(*self.rng.pick(group));
            }
            for a in &members {
                pairs.extend(members.iter().filter(|b| *b > a).map(|b| (*a, *b)));
            }
            self.write_to_group(&members.into_iter().collect::<Vec<_>>());
        }
    }

    fn write_to_group(&mut self, members: &[usize]) {
        let mut ends = members
            .iter()
            .map(|n| end_of(&self.people[*n]))
            .collect::<Vec<_>>();
        self.rng.shuffle(&mut ends);
        ends.push(self.owner.clone());
        if self.rng.percent(60) {
            ends.rotate_right(1);
        }
        let from = ends.remove(0);
        let cc = ends.split_off(self.rng.between(1, ends.len()));
        self.send(from, ends, cc, Sort::Personal);
    }

    /// What an import must leave out.
    fn receive_bulk(&mut self) {
        let sorts = [
            (Sort::Newsletter, 30),
            (Sort::Machine, 8),
            (Sort::Spam, 5),
            (Sort::Draft, 2),
        ];
        for (sort, count) in sorts {
            for n in 0..count {
                let sender = End {
                    name: "Newsletter".to_owned(),
                    email: format!("no-reply{n}@news.example.net"),
                };
                let owner = self.owner.clone();
                let (from, to) = if sort == Sort::Draft {
                    (owner, sender)
                } else {
                    (sender, owner)
                };
                self.send(from, vec![to], Vec::new(), sort);
            }
        }
    }

    fn send(&mut self, from: End, to: Vec<End>, cc: Vec<End>, sort: Sort) {
        let id = format!(
            "{}.{}.{:x}@mail.example.org",
            self.mails.len(),
            self.at,
            self.rng.next()
        );
        let sent = moment(&mut self.rng, self.today, 1_000);
        self.mails.push(Mail {
            id,
            sent,
            from,
            to,
            cc,
            sort,
        });
    }

    fn connections_csv(&mut self) -> Vec<u8> {
        let mut csv = Vec::new();
        connections::write_header(&mut csv).expect("a vector takes all bytes");
        for (human, shows_email) in self.people.iter().zip(&self.shown) {
            let since = moment(&mut self.rng, self.today, 3_000).date();
            let row = Connection {
                human,
                shows_email: *shows_email,
                since,
            };
            connections::write_row(&mut csv, &row).expect("a vector takes all bytes");
        }
        csv
    }

    fn mbox(&mut self) -> Vec<u8> {
        self.mails
            .sort_by(|a, b| (a.sent, &a.id).cmp(&(b.sent, &b.id)));
        let mut mbox = Vec::new();
        for mail in &self.mails {
            mail.write(&mut mbox).expect("a vector takes all bytes");
        }
        mbox
    }
}

/// Some of an organisation's people, Ada always among hers.
fn choose(rng: &mut Rng, staff: std::ops::Range<usize>, count: usize, ada: usize) -> Vec<usize> {
    let mut staff = staff.collect::<Vec<_>>();
    rng.shuffle(&mut staff);
    if let Some(at) = staff.iter().position(|human| *human == ada) {
        staff.swap(0, at);
    }
    staff.truncate(count);
    staff
}
