//! What is said, without what nobody sees: marks of direction and width that programs leave in names,
//! two spellings of one letter, digits of other scripts in numbers, what stands around an address.

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::{
    encoded,
    field::FieldName,
    model::{Contact, Labelled},
    text::non_empty,
};

/// Addresses taken out of one value.
const MAX_ADDRESSES: usize = 50;

impl Contact {
    /// Takes out what is no part of what is said.
    pub(crate) fn tidy(&mut self) {
        line(&mut self.name.full);
        self.name.parts_mut().into_iter().for_each(optional_line);
        for (field, values) in self.values.fields() {
            match field {
                FieldName::Email => *values = values.drain(..).flat_map(addresses).collect(),
                FieldName::Phone => values.iter_mut().for_each(|it| phone(&mut it.value)),
                FieldName::Photo => {}
                _ => values.iter_mut().for_each(|it| text(&mut it.value)),
            }
            values
                .iter_mut()
                .for_each(|value| optional_line(&mut value.label));
            values.retain(|it| !it.value.is_empty());
            drop_repetitions(values);
        }
        for employment in &mut self.employments {
            optional_line(&mut employment.organisation);
            optional_line(&mut employment.title);
            optional_line(&mut employment.department);
        }
        for address in &mut self.addresses {
            let parts = [
                &mut address.po_box,
                &mut address.extended,
                &mut address.street,
                &mut address.city,
                &mut address.region,
                &mut address.postal_code,
                &mut address.country,
                &mut address.formatted,
            ];
            parts.into_iter().flatten().for_each(text);
        }
        for related in &mut self.related {
            line(&mut related.name);
        }
        self.labels.iter_mut().for_each(line);
        self.notes.iter_mut().for_each(text);
        self.unknown.iter_mut().for_each(text);
    }
}

/// A value said twice in a row of others is one; what is said of it is put together.
fn drop_repetitions(values: &mut Vec<Labelled>) {
    let mut kept: Vec<Labelled> = Vec::with_capacity(values.len());
    for value in values.drain(..) {
        let same = |it: &&mut Labelled| it.value == value.value;
        // Of very many values the same are dropped when they are bounded.
        let Some(known) = kept.iter_mut().take(1_000).find(same) else {
            kept.push(value);
            continue;
        };
        known.preferred |= value.preferred;
        for kind in value.types {
            if !known.types.contains(&kind) {
                known.types.push(kind);
            }
        }
        known.label = match (known.label.take(), value.label) {
            (Some(one), Some(other)) if one != other => Some(format!("{one}, {other}")),
            (one, other) => one.or(other),
        };
    }
    *values = kept;
}

fn optional_line(part: &mut Option<String>) {
    if let Some(it) = part {
        line(it);
        if it.is_empty() {
            *part = None;
        }
    }
}

/// A text of one line: its blanks are single spaces.
fn line(it: &mut String) {
    text(it);
    let is_tidy = |it: &str| {
        let mut before = ' ';
        let mut blanks = it.chars().map(|c| (std::mem::replace(&mut before, c), c));
        !blanks.any(|(before, c)| c.is_whitespace() && (c != ' ' || before == ' '))
    };
    if !is_tidy(it) {
        *it = it.split_whitespace().collect::<Vec<_>>().join(" ");
    }
}

/// A text of any length.
fn text(it: &mut String) {
    if let Some(decoded) = encoded::decoded(it) {
        *it = decoded;
    }
    if it.chars().any(is_unseen) {
        *it = it.chars().filter_map(seen).collect();
    }
    if !is_nfc(it) {
        *it = it.nfc().collect();
    }
    let trimmed = it.trim().trim_matches(is_joiner).trim();
    if trimmed.len() < it.len() {
        *it = trimmed.to_owned();
    }
}

/// Joiners of width zero belong to the spelling of Persian, of Indian scripts and of emoji, but never
/// begin or end a text.
fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

fn is_unseen(c: char) -> bool {
    seen(c) != Some(c)
}

/// What is seen of a character.
fn seen(c: char) -> Option<char> {
    match c {
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(' '),
        '\n' | '\t' => Some(c),
        // Marks of direction, of width zero, of hyphenation and of byte order.
        '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}'
        | '\u{feff}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

/// A telephone number: with the digits and signs that every telephone has.
fn phone(it: &mut String) {
    text(it);
    let plain = |c: char| match c {
        c if c.is_ascii() => c,
        '＋' => '+',
        '－' | '‐' | '‑' | '‒' | '–' | '—' | '−' | 'ー' => '-',
        '（' => '(',
        '）' => ')',
        '．' => '.',
        '／' => '/',
        '＃' => '#',
        '＊' => '*',
        c => digit(c).unwrap_or(c),
    };
    if !it.is_ascii() {
        *it = it.chars().map(plain).collect();
    }
    line(it);
}

/// The ASCII digit of a decimal digit of any script in which numbers are written.
fn digit(c: char) -> Option<char> {
    const ZEROES: [u32; 22] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50,
        0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0xa9d0, 0xff10,
    ];
    let value = ZEROES.iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(*zero)?;
        (value < 10).then_some(value)
    })?;
    char::from_digit(value, 10)
}

/// The addresses that a value holds: `Ada <ada@example.org>`, `ada@example.org;`, or several.
fn addresses(mut value: Labelled) -> Vec<Labelled> {
    text(&mut value.value);
    if value
        .value
        .contains(|c| matches!(c, '\u{ff01}'..='\u{ff5e}'))
    {
        value.value = value.value.nfkc().collect();
    }
    let found = bare_addresses(&value.value);
    if found.is_empty() {
        return vec![value];
    }
    let each = found.into_iter().enumerate().map(|(n, address)| Labelled {
        value: address,
        preferred: value.preferred && n == 0,
        ..value.clone()
    });
    each.collect()
}

/// Nothing where a value is no address that is known how to take out.
fn bare_addresses(value: &str) -> Vec<String> {
    let is_bare = value.matches('@').count() < 2
        && !value.contains(|c: char| {
            c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '\'' | '(' | ')' | ':')
        });
    // A quoted part before the @ may hold anything.
    if is_bare && !value.ends_with('.') || value.contains("\"@") {
        return Vec::new();
    }
    let in_brackets = value.split('<').skip(1);
    let in_brackets = in_brackets.filter_map(|it| it.split('>').next());
    let mut found = in_brackets.filter_map(address).collect::<Vec<_>>();
    if found.is_empty() {
        let value = value.replace(" @", "@").replace("@ ", "@");
        let words = value.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|' | '/'));
        found = words.filter_map(address).collect();
    }
    found.truncate(MAX_ADDRESSES);
    found
}

/// A word without what stands around it, if that leaves an address.
fn address(word: &str) -> Option<String> {
    let word = word.trim_matches(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '<' | '>' | '(' | ')' | '[' | ']' | '"' | '\'' | ',' | ';' | ':' | '.'
            )
    });
    let word = word
        .split_once(':')
        .filter(|(scheme, _)| ["mailto", "smtp"].contains(&scheme.to_lowercase().as_str()))
        .map_or(word, |(_, address)| address);
    let word = word.split_once('?').map_or(word, |(address, _)| address);
    let (local, domain) = word.split_once('@')?;
    let is_address = !local.is_empty() && domain.contains('.') && !domain.contains('@');
    is_address.then(|| non_empty(word))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_out_of_what_stands_around_them() {
        let found = |value: &str| {
            let values = addresses(Labelled::new(value)).into_iter();
            values.map(|it| it.value).collect::<Vec<_>>().join(" ")
        };
        for (value, expected) in [
            ("ada@example.org", "ada@example.org"),
            ("Ada Lovelace <ada@example.org>", "ada@example.org"),
            ("\"Lovelace, Ada\" <ada@example.org>", "ada@example.org"),
            ("<ada@example.org>,", "ada@example.org"),
            ("ada@example.org;", "ada@example.org"),
            ("ada@example.org.", "ada@example.org"),
            ("'ada@example.org'", "ada@example.org"),
            ("mailto:ada@example.org?subject=Hi", "ada@example.org"),
            ("ada@example.org (work)", "ada@example.org"),
            (
                "ada@example.org, a.l@example.com",
                "ada@example.org a.l@example.com",
            ),
            (
                "ada@example.org/a.l@example.com",
                "ada@example.org a.l@example.com",
            ),
            (
                "ada@example.org|a.l@example.com",
                "ada@example.org a.l@example.com",
            ),
            ("ada @example.org", "ada@example.org"),
            ("SMTP:ada@example.org", "ada@example.org"),
            ("ａｄａ＠example.org", "ada@example.org"),
            ("\"ada l\"@example.org", "\"ada l\"@example.org"),
            ("ask her", "ask her"),
            ("/o=Acme/ou=Engines/cn=ada", "/o=Acme/ou=Engines/cn=ada"),
        ] {
            assert_eq!(found(value), expected, "{value}");
        }
    }

    #[test]
    fn numbers_have_the_digits_of_every_telephone() {
        for (spelled, expected) in [
            ("+٩٧١ ٤ ٣٦٥ ٧٨٩٠", "+971 4 365 7890"),
            ("۰۲۱-۵۵۵۱۲۳۴", "021-5551234"),
            ("＋４４　２０－７９４６", "+44 20-7946"),
            ("+९१ ११ २३४५", "+91 11 2345"),
            ("\u{202a}+44\u{a0}20\u{202c}", "+44 20"),
            ("020 7946 ext. 12", "020 7946 ext. 12"),
        ] {
            let mut it = spelled.to_owned();
            phone(&mut it);
            assert_eq!(it, expected);
        }
    }

    #[test]
    fn names_keep_what_is_seen_and_lose_what_is_not() {
        for (spelled, expected) in [
            ("\u{200f}ليلى\u{a0} حداد\u{200f}", "ليلى حداد"),
            ("Ada\u{200b} \u{2060}Lovelace\u{feff}", "Ada Lovelace"),
            ("Zoe\u{308} Mu\u{308}ller", "Zoë Müller"),
            ("عل\u{200c}ی\u{200c}", "عل\u{200c}ی"),
            ("👩\u{200d}🔬 Ada", "👩\u{200d}🔬 Ada"),
            ("山田\u{3000}太郎", "山田 太郎"),
            ("=?UTF-8?B?w4VzYQ==?= =?utf-8?Q?_Berg?=", "Åsa Berg"),
            ("what=?no word", "what=?no word"),
        ] {
            let mut it = spelled.to_owned();
            line(&mut it);
            assert_eq!(it, expected);
        }
    }
}
