//! Names, as far as two of them can be compared: without case, marks, titles, particles and order.

use deunicode::deunicode;
use kith_formats::Name;

use super::nicknames::are_forms_of_one;

/// Words that stand before or behind a name and are no part of it.
const TITLES: &[&str] = &[
    "mr",
    "mister",
    "herr",
    "monsieur",
    "senor",
    "sr",
    "signor",
    "mrs",
    "ms",
    "miss",
    "frau",
    "madame",
    "mme",
    "senora",
    "sra",
    "signora",
    "fru",
    "dr",
    "prof",
    "professor",
    "doctor",
    "ing",
    "dipl",
    "mag",
    "med",
    "phd",
    "msc",
    "bsc",
    "mba",
    "md",
    "sir",
    "dame",
    "rev",
    "hon",
];
const MASCULINE: &[&str] = &["mr", "mister", "herr", "monsieur", "senor", "signor"];
const FEMININE: &[&str] = &[
    "mrs", "ms", "miss", "frau", "madame", "mme", "senora", "sra", "signora", "fru",
];
const GENERATIONS: &[&str] = &["jr", "junior", "sr", "senior", "ii", "iii", "iv"];
/// Particles of family names: left out on one side as often as not.
const PARTICLES: &[&str] = &[
    "von", "van", "der", "den", "de", "del", "della", "di", "da", "do", "dos", "das", "du", "la",
    "le", "el", "al", "bin", "ibn", "af", "av", "zu", "zum", "y", "e", "und", "and", "ter", "ten",
    "vom",
];
/// Two tokens that are as alike as this by Jaro and Winkler are a slip of the pen apart.
const ALIKE: f64 = 0.92;
/// Shorter tokens are alike by chance.
const ALIKE_FROM_CHARS: usize = 5;
/// No name has more parts that matter.
const MOST_TOKENS: usize = 8;

/// A name, ready to be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    given: Vec<String>,
    family: Vec<String>,
    generation: Option<Generation>,
    address: Option<Address>,
    /// It is written in letters that are not Latin, and read in one of several ways.
    transcribed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Generation {
    Younger,
    Older,
    Later,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Address {
    Masculine,
    Feminine,
}

/// How alike two names are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// One of them says nothing.
    Unknown,
    /// The same words, two or more, in whatever order.
    Same,
    /// The same given and family name; one has more between them.
    Contained,
    /// The given name is an initial, a short form or a slip of the pen of the other's.
    Similar,
    /// The same single word.
    SameWord,
    /// One is a single word of the other.
    Partial,
    /// The same given name beside different family names.
    OtherFamily,
    /// The same family name beside different given names.
    OtherGiven,
    /// Nothing is common.
    Different,
}

impl Likeness {
    /// Whether the names are two people's. Another family name beside the same given name may be a
    /// marriage's.
    #[must_use]
    pub const fn is_anothers(self) -> bool {
        matches!(self, Self::OtherGiven | Self::Different)
    }
}

impl PersonName {
    /// A name in parts, as far as there are any.
    #[must_use]
    pub fn of(name: &Name) -> Self {
        let mut this = match (&name.given, &name.family) {
            (given, family) if given.is_some() || family.is_some() => {
                let mut this = Self::default();
                let given = given.as_deref().unwrap_or_default();
                let additional = name.additional.as_deref().unwrap_or_default();
                this.given = this.tokens(&format!("{given} {additional}"), 1);
                this.family = this.tokens(family.as_deref().unwrap_or_default(), 1);
                this
            }
            _ => Self::in_one(&name.full),
        };
        for aside in [&name.prefix, &name.suffix].into_iter().flatten() {
            this.tokens(aside, 1);
        }
        this
    }

    /// A name of which only the whole is known.
    #[must_use]
    pub fn in_one(text: &str) -> Self {
        let mut this = Self::default();
        if text.contains('@') {
            return this;
        }
        // `Lovelace, Ada`, unless what follows the comma is set aside (`Ada Lovelace, PhD`).
        if let Some((family, given)) = text.split_once(',') {
            let given = this.tokens(given, 1);
            let family = this.tokens(family, 1);
            if !given.is_empty() {
                (this.given, this.family) = (given, family);
                return this;
            }
            this.split(family);
            return this;
        }
        let tokens = this.tokens(text, 2);
        this.split(tokens);
        this
    }

    fn split(&mut self, mut tokens: Vec<String>) {
        if tokens.len() > 1 {
            self.family = tokens.split_off(tokens.len() - 1);
        }
        self.given = tokens;
    }

    /// The words of a text that are a name's; titles and generations are noted. Particles go where
    /// `least` other words stay: `Thu Le` is no particle behind a given name.
    fn tokens(&mut self, text: &str, least: usize) -> Vec<String> {
        // Beyond the Latin letters with marks.
        self.transcribed |= text
            .chars()
            .any(|c| c.is_alphabetic() && c > '\u{24f}' && !('\u{1e00}'..='\u{1eff}').contains(&c));
        let folded = deunicode(text).to_lowercase();
        let mut tokens = Vec::new();
        let words = folded.split(|c: char| !c.is_alphanumeric() && c != '\'');
        for word in words
            .map(|word| word.replace('\'', ""))
            .filter(|it| !it.is_empty())
        {
            if GENERATIONS.contains(&word.as_str()) && !(word == "sr" && tokens.is_empty()) {
                self.generation = Some(match word.as_str() {
                    "jr" | "junior" => Generation::Younger,
                    "sr" | "senior" => Generation::Older,
                    _ => Generation::Later,
                });
                continue;
            }
            if TITLES.contains(&word.as_str()) {
                if MASCULINE.contains(&word.as_str()) {
                    self.address = Some(Address::Masculine);
                } else if FEMININE.contains(&word.as_str()) {
                    self.address = Some(Address::Feminine);
                }
                continue;
            }
            if tokens.len() < MOST_TOKENS {
                tokens.push(word);
            }
        }
        let is_particle = |it: &String| PARTICLES.contains(&it.as_str());
        if tokens.iter().filter(|it| !is_particle(it)).count() >= least {
            tokens.retain(|it| !is_particle(it));
        }
        tokens
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.given.is_empty() && self.family.is_empty()
    }

    /// Its words, sorted.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        let words = self.given.iter().chain(&self.family);
        let mut words: Vec<&str> = words.map(String::as_str).collect();
        words.sort_unstable();
        words.dedup();
        words
    }

    /// Whether it has more words.
    #[must_use]
    pub fn says_more_than(&self, other: &Self) -> bool {
        self.words().len() > other.words().len()
    }

    /// The first and the last word in the order of the alphabet, by which names that are alike are
    /// found; none where it says nothing.
    #[must_use]
    pub fn ends(&self) -> Option<(&str, &str)> {
        let first = self.given.first().or(self.family.first())?;
        let last = self.family.last().or(self.given.last())?;
        Some(if first < last {
            (first, last)
        } else {
            (last, first)
        })
    }

    /// Whether a suffix or a form of address says that these are two people.
    #[must_use]
    pub fn set_apart_from(&self, other: &Self) -> bool {
        let generations = (self.generation, other.generation);
        let addresses = (self.address, other.address);
        let by_generation = match generations {
            (Some(one), Some(two)) => one != two,
            // Ada senior is called so because there is Ada junior, who may be called just Ada.
            _ => false,
        };
        by_generation || matches!(addresses, (Some(one), Some(two)) if one != two)
    }

    /// How alike they are. A name in another script that reads differently says nothing: there are
    /// several ways to write it in Latin letters.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Likeness {
        match self.compare_as_read(other) {
            Likeness::OtherFamily | Likeness::OtherGiven | Likeness::Different
                if self.transcribed != other.transcribed =>
            {
                Likeness::Unknown
            }
            likeness => likeness,
        }
    }

    fn compare_as_read(&self, other: &Self) -> Likeness {
        if self.is_empty() || other.is_empty() {
            return Likeness::Unknown;
        }
        let (ours, theirs) = (self.words(), other.words());
        if ours == theirs {
            return if ours.len() > 1 {
                Likeness::Same
            } else {
                Likeness::SameWord
            };
        }
        if joined(&ours) == joined(&theirs) {
            return Likeness::Same;
        }
        if ours.len() == 1 || theirs.len() == 1 {
            let one = if ours.len() == 1 { ours[0] } else { theirs[0] };
            let rest = if ours.len() == 1 { &theirs } else { &ours };
            let is_word = rest
                .iter()
                .any(|it| *it == one || are_forms_of_one(it, one));
            return if is_word {
                Likeness::Partial
            } else {
                Likeness::Different
            };
        }
        let straight = self.in_order(other);
        if matches!(straight, Likeness::Contained | Likeness::Similar) {
            return straight;
        }
        let swapped = Self {
            given: other.family.clone(),
            family: other.given.clone(),
            ..other.clone()
        };
        match self.in_order(&swapped) {
            swapped @ (Likeness::Contained | Likeness::Similar) => swapped,
            _ => straight,
        }
    }

    fn in_order(&self, other: &Self) -> Likeness {
        let (Some(given), Some(others_given)) = (self.given.first(), other.given.first()) else {
            return Likeness::Different;
        };
        let family = family_match(&self.family, &other.family);
        let given_match = token_match(given, others_given);
        let middle = middle_match(&self.given[1..], &other.given[1..]);
        match (given_match, family) {
            (Match::Equal, Match::Equal) if middle != Match::None => Likeness::Contained,
            (Match::Equal, Match::Equal) => Likeness::OtherGiven,
            // One is known by a middle name.
            (Match::None, Match::Equal) if share_a_word(&self.given, &other.given) => {
                Likeness::Similar
            }
            (Match::None, Match::Equal | Match::Alike) => Likeness::OtherGiven,
            (Match::None, Match::None) => Likeness::Different,
            (_, Match::None) => Likeness::OtherFamily,
            (_, _) if middle != Match::None => Likeness::Similar,
            _ => Likeness::OtherGiven,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match {
    None,
    Alike,
    Equal,
}

fn token_match(a: &str, b: &str) -> Match {
    if a == b {
        return Match::Equal;
    }
    let initial = |short: &str, long: &str| short.chars().count() == 1 && long.starts_with(short);
    if initial(a, b) || initial(b, a) || are_forms_of_one(a, b) || written_alike(a, b) {
        Match::Alike
    } else {
        Match::None
    }
}

fn written_alike(a: &str, b: &str) -> bool {
    let least = a.chars().count().min(b.chars().count());
    let one_slip = || strsim::osa_distance(a, b) <= 1;
    least >= ALIKE_FROM_CHARS && (strsim::jaro_winkler(a, b) >= ALIKE || one_slip())
}

/// A family name of several parts is equal to one of which it is a part (`Garcia Lopez`, `Garcia`).
fn family_match(ours: &[String], theirs: &[String]) -> Match {
    if ours.is_empty() || theirs.is_empty() {
        return Match::None;
    }
    if share_a_word(ours, theirs) || joined(ours) == joined(theirs) {
        return Match::Equal;
    }
    let alike = |one: &String, two: &String| {
        written_alike(one, two)
            || token_match(one, two) == Match::Alike && (one.len() == 1 || two.len() == 1)
    };
    if ours
        .iter()
        .any(|one| theirs.iter().any(|two| alike(one, two)))
    {
        Match::Alike
    } else {
        Match::None
    }
}

/// Middle names are often left out, and speak only where both have one.
fn middle_match(ours: &[String], theirs: &[String]) -> Match {
    let (Some(one), Some(two)) = (ours.first(), theirs.first()) else {
        return Match::Equal;
    };
    token_match(one, two)
}

fn share_a_word(ours: &[String], theirs: &[String]) -> bool {
    ours.iter()
        .any(|word| word.len() > 1 && theirs.contains(word))
}

fn joined(words: &[impl AsRef<str>]) -> String {
    words.iter().map(AsRef::as_ref).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(a: &str, b: &str) -> Likeness {
        let (a, b) = (PersonName::in_one(a), PersonName::in_one(b));
        assert_eq!(a.compare(&b), b.compare(&a), "{a:?} {b:?}");
        a.compare(&b)
    }

    #[test]
    fn names_are_compared_without_order_marks_titles_and_particles() {
        for (a, b) in [
            ("Ada Lovelace", "LOVELACE, Ada"),
            ("Zoë Müller", "zoe muller"),
            ("Dr. Ada Lovelace", "Ada Lovelace, PhD"),
            ("Ludwig van Beethoven", "Ludwig Beethoven"),
            ("Сергей Иванов", "Sergei Ivanov"),
            ("Jean-Luc Martin", "Jean Luc Martin"),
        ] {
            assert_eq!(likeness(a, b), Likeness::Same, "{a} / {b}");
        }
        assert_eq!(
            likeness("Ada King Lovelace", "Ada Lovelace"),
            Likeness::Contained
        );
    }

    #[test]
    fn short_forms_initials_and_slips_are_similar() {
        for (a, b) in [
            ("Bill Turner", "William Turner"),
            ("L. Moreau", "Lina Moreau"),
            ("Lina M.", "Lina Moreau"),
            ("Katarzyna Nowak", "Kasia Nowak"),
            ("Johannes Mueller", "Johannes Muller"),
        ] {
            assert_eq!(likeness(a, b), Likeness::Similar, "{a} / {b}");
        }
    }

    #[test]
    fn relatives_and_strangers_are_told_apart() {
        assert_eq!(
            likeness("Noor Haddad", "Yusuf Haddad"),
            Likeness::OtherGiven
        );
        assert_eq!(likeness("Greta Holm", "Greta Lind"), Likeness::OtherFamily);
        assert_eq!(likeness("Ute Brandt", "Jens Vogel"), Likeness::Different);
        assert_eq!(likeness("Ada", "Ada Lovelace"), Likeness::Partial);
        assert_eq!(likeness("", "Ada Lovelace"), Likeness::Unknown);
        assert_eq!(likeness("山田太郎", "Taro Yamada"), Likeness::Unknown);
        assert_eq!(
            likeness("John Paul Smith", "John Mark Smith"),
            Likeness::OtherGiven
        );
    }

    #[test]
    fn generations_and_forms_of_address_set_apart() {
        let name = PersonName::in_one;
        assert!(name("Ian Marsh Jr.").set_apart_from(&name("Ian Marsh Sr.")));
        assert!(name("Herr Kim Berg").set_apart_from(&name("Frau Kim Berg")));
        assert!(!name("Ian Marsh Jr.").set_apart_from(&name("Ian Marsh")));
    }
}
