//! Many questions to the generated book to which every index must give the very same answer, order
//! and totals included.

use std::collections::BTreeMap;

use super::{
    book::{self, Random},
    judged::{Answer, JUDGED, ask},
};
use crate::{domain::words::query_words, ports::Index};

/// What is asked besides: names whole, begun, misspelt, and several at once.
fn many() -> Vec<String> {
    let mut random = Random(99);
    let words = [
        "anna",
        "anne",
        "marie",
        "annemarie",
        "bjorn",
        "chloe",
        "dorde",
        "emile",
        "grazyna",
        "jurgen",
        "lukasz",
        "oyvind",
        "zeljko",
        "andersson",
        "anderson",
        "dvorak",
        "grosse",
        "kowalski",
        "mueller",
        "muller",
        "oconnor",
        "ostergard",
        "zielinski",
        "yildiz",
        "acme",
        "societe",
        "generale",
        "norsk",
        "hydro",
        "contoso",
        "maschinenbau",
        "consulting",
        "engineer",
        "okonomin",
        "family",
        "mentor",
        "board",
        "7946",
    ];
    let mut all: Vec<String> = JUDGED.iter().map(|(text, _)| (*text).to_owned()).collect();
    all.push(String::new());
    for _ in 0..90 {
        let mut text = misspelt(&mut random, words);
        while random.below(3) == 0 {
            text = format!("{text} {}", misspelt(&mut random, words));
        }
        all.push(text);
    }
    all
}

/// One of the words, often not as it should be.
fn misspelt<const N: usize>(random: &mut Random, words: [&str; N]) -> String {
    let mut letters: Vec<char> = random.one(&words).chars().collect();
    for _ in 0..random.below(4) {
        let at = random.below(letters.len());
        match random.below(5) {
            0 if letters.len() > 1 => drop(letters.remove(at)),
            1 => letters.insert(at, 'e'),
            2 => letters[at] = 'n',
            3 if at > 0 => letters.swap(at, at - 1),
            _ => letters.truncate(at.max(1)),
        }
    }
    letters.into_iter().collect()
}

/// Every answer, by question. Two indices that hold the book agree in all of it.
pub(in crate::adapters) async fn answers(index: &dyn Index) -> BTreeMap<String, Answer> {
    let mut all = BTreeMap::new();
    for text in many() {
        let answer = ask(index, &text, 60, 2).await;
        all.insert(text, answer);
    }
    all
}

/// How many people are at each organisation, by question.
pub(in crate::adapters) async fn counts(index: &dyn Index) -> Vec<BTreeMap<String, u64>> {
    let mut all = Vec::new();
    for text in [
        "",
        "acme",
        "and",
        "andersen",
        "müler",
        "bolt sohne",
        "xyzzy",
    ] {
        let words = query_words(text);
        let counted = index.organisations(&words, &book::grants()).await.unwrap();
        all.push(counted);
    }
    all
}
