//! Questions to the generated book whose best answers were written down by hand.

use kith_shared::ids::PersonId;

use super::book;
use crate::{
    domain::{
        query::{After, Query},
        words::query_words,
    },
    ports::Index,
};

/// What is typed, and who must come first, as places in the list of those written by hand.
pub(super) const JUDGED: &[(&str, &[usize])] = &[
    // A whole name before a beginning, a warm tie before a cold one, names before organisations.
    ("quillon", &[3, 1, 4, 2]),
    ("quillona", &[2]),
    // A beginning, while typing.
    ("quillo", &[3, 1, 2, 4]),
    // Accents and case make no difference, neither here nor there.
    ("ZOË", &[0]),
    ("zenith", &[5, 0]),
    // Typos: one in a short word, two in a long one, swapped letters.
    ("fetherstone", &[1]),
    ("vandemeer", &[0]),
    ("papadopuolu", &[5]),
    // Several words, in any order, some only begun.
    ("otoole zo", &[0]),
    ("plume quil", &[1, 2]),
    // By organisation, title, telephone, address, note and tag.
    ("papeterie", &[1, 2]),
    ("archiv", &[2]),
    ("0207946", &[0]),
    ("q.theo@zen", &[5]),
    ("reykjavik", &[1]),
    ("stammtisch", &[1]),
    // Nobody.
    ("quillon nobodyatall", &[]),
];

/// An answer: who, how well, how many in all.
pub(super) type Answer = (Vec<(PersonId, u32)>, u64);

pub(super) async fn ask(index: &dyn Index, text: &str, page: usize, pages: usize) -> Answer {
    let mut query = Query {
        words: query_words(text),
        grants: book::grants(),
        after: None,
        limit: page,
    };
    let (mut all, mut total) = (Vec::new(), 0);
    for _ in 0..pages {
        let found = index.people(&query).await.unwrap();
        total = found.total;
        query.after = found.hits.last().map(|hit| After {
            quarters: hit.quarters,
            id: hit.document.id,
        });
        let more = found.hits.len() == page;
        all.extend(
            found
                .hits
                .into_iter()
                .map(|hit| (hit.document.id, hit.quarters)),
        );
        if !more {
            break;
        }
    }
    (all, total)
}

pub(super) async fn the_best_answers_are_those_that_a_human_expects(index: &dyn Index) {
    for (text, best) in JUDGED {
        let (found, _) = ask(index, text, 10, 1).await;
        let found: Vec<PersonId> = found.into_iter().map(|(id, _)| id).collect();
        let wanted: Vec<PersonId> = best.iter().map(|&n| book::by_hand(n)).collect();
        let first = &found[..found.len().min(wanted.len())];
        assert_eq!(first, wanted, "{text}: {found:?}");
        assert!(!wanted.is_empty() || found.is_empty(), "{text}: {found:?}");
    }
}

pub(super) async fn pages_leave_nobody_out_and_repeat_nobody(index: &dyn Index) {
    for text in ["", "anderson", "acme"] {
        let (whole, total) = ask(index, text, 9_000, 1).await;
        assert_eq!(whole.len() as u64, total, "{text}");
        assert!(total > 100, "{text}: {total}");
        assert_eq!(ask(index, text, 97, 100).await.0, whole, "{text}");
    }
}
