//! How text becomes words: accents and case folded, the same for documents and for queries.

use deunicode::deunicode;

/// Longest word that is kept, in characters.
pub const WORD_LIMIT: usize = 40;
/// Most words of a query; the rest is ignored.
pub const QUERY_WORDS_LIMIT: usize = 12;

/// Text without accents and case, for sorting and comparing.
#[must_use]
pub fn fold(text: &str) -> String {
    deunicode(text.trim()).to_lowercase()
}

/// The words of a text: runs of letters and digits, folded.
pub fn words(text: &str) -> Vec<String> {
    pieces(&fold(text)).collect()
}

/// The words of a name or a title. `O'Brien` is found as `o`, `brien` and `obrien`.
pub fn name_words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in fold(text).split_whitespace() {
        let start = found.len();
        found.extend(pieces(part));
        if found.len() > start + 1 {
            found.push(cut(&found[start..].concat()));
        }
    }
    found
}

/// The words of a telephone number: its groups, and its digits in one, with and without a country
/// code of one to three digits.
pub fn phone_words(number: &str) -> Vec<String> {
    let mut found = words(number);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.len() > 3 {
        if number.trim_start().starts_with('+') {
            for code in 1..=3 {
                found.push(cut(&digits[code..]));
                found.push(cut(&format!("0{}", &digits[code..])));
            }
        }
        found.push(cut(&digits));
    }
    found
}

/// The words that a query asks for, in order, each once.
pub fn query_words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words(text) {
        if found.len() < QUERY_WORDS_LIMIT && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// How many typos are tolerated in a word: none in short words and in numbers.
#[must_use]
pub fn typos(word: &str) -> u8 {
    match word.len() {
        _ if word.bytes().any(|byte| byte.is_ascii_digit()) => 0,
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    }
}

fn pieces(folded: &str) -> impl Iterator<Item = String> {
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|piece| !piece.is_empty())
        .map(cut)
}

fn cut(word: &str) -> String {
    word.chars().take(WORD_LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_make_no_difference() {
        assert_eq!(words("Łukasz ÉMILE  Größe"), ["lukasz", "emile", "grosse"]);
    }

    #[test]
    fn a_name_with_an_apostrophe_or_hyphen_is_found_in_parts_and_as_one() {
        assert_eq!(
            name_words("Jean-Luc O'Brien"),
            ["jean", "luc", "jeanluc", "o", "brien", "obrien"]
        );
    }

    #[test]
    fn a_number_is_found_by_its_groups_its_digits_and_without_its_country_code() {
        let found = phone_words("+44 20 7946-0958");
        for wanted in ["44", "7946", "442079460958", "2079460958", "02079460958"] {
            assert!(
                found.iter().any(|word| word == wanted),
                "{wanted}: {found:?}"
            );
        }
    }

    #[test]
    fn numbers_and_short_words_tolerate_no_typo() {
        assert_eq!(
            [
                typos("ada"),
                typos("adal"),
                typos("lovelace"),
                typos("44207946")
            ],
            [0, 1, 2, 0]
        );
    }
}
