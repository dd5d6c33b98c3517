//! The shape of an index: its mapping and analysers, and a person in it.
//!
//! Words are made by the domain, the same for every index, so the analysers only split at blanks.
//! `begin` holds every beginning of every word: a beginning is then one term, and a beginning with
//! typos is a fuzzy term among beginnings, for which Elasticsearch has no query of its own.

use kith_shared::{events::network::Band, ids::AccountId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use skeleton_durable::stored::Stored;

use crate::{
    adapters::store::stored::StoredDocument,
    domain::{
        document::Document,
        query::{place_as_text, place_without_name},
        words::WORD_LIMIT,
    },
};

/// Rises with every change of [`mapping`] or of what [`fields`] makes of a person: the index is
/// then made anew at the next start. A field whose meaning changes gets another name, and one that
/// is no longer needed is written for one more release: the release before reads this index while
/// it is being replaced.
pub(super) const GENERATION: u32 = 2;

/// What an index says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Label {
    /// See [`GENERATION`].
    pub(super) generation: u32,
    /// Of its mapping and settings, so that a forgotten new generation is noticed.
    pub(super) hash: String,
    /// Changes with each attempt to fill it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<uuid::Uuid>,
    /// When another took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) retired: Option<jiff::Timestamp>,
}

impl Stored for Label {
    const TABLE: &'static str = "index";
    const COLUMN: &'static str = "_meta";
}

/// One shape; tests make later ones up.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) generation: u32,
    settings: Value,
    mapping: Value,
}

impl Shape {
    /// That of this program.
    pub(super) fn current() -> Self {
        Self {
            generation: GENERATION,
            settings: settings(),
            mapping: mapping(),
        }
    }

    /// As if the next release had another mapping.
    #[cfg(test)]
    pub(super) fn later(generation: u32) -> Self {
        let mut shape = Self::current();
        shape.generation = generation;
        shape.mapping["properties"]["later"] = json!({"type": "keyword"});
        shape
    }

    /// As the release before kept people: without the places of those who have no name.
    #[cfg(test)]
    pub(super) fn earlier() -> Self {
        let mut shape = Self::current();
        shape.generation = GENERATION - 1;
        if let Some(properties) = shape.mapping["properties"].as_object_mut() {
            properties.remove("nameless");
        }
        shape
    }

    pub(super) fn label(&self) -> Label {
        let text = format!("{}{}", self.settings, self.mapping);
        Label {
            generation: self.generation,
            hash: blake3::hash(text.as_bytes()).to_hex()[..16].to_owned(),
            attempt: None,
            retired: None,
        }
    }

    /// What creates an index that bears these aliases from its first moment.
    pub(super) fn creation(&self, aliases: &[String]) -> Value {
        let mut mapping = self.mapping.clone();
        mapping["_meta"] = json!(self.label());
        let aliases: serde_json::Map<String, Value> = aliases
            .iter()
            .map(|alias| (alias.clone(), json!({})))
            .collect();
        json!({"aliases": aliases, "settings": self.settings, "mappings": mapping})
    }
}

fn settings() -> Value {
    json!({
        "number_of_shards": 1,
        // A copy as soon as there is a second node.
        "auto_expand_replicas": "0-1",
        "analysis": {
            "filter": {"beginnings": {"type": "edge_ngram", "min_gram": 1, "max_gram": WORD_LIMIT}},
            "analyzer": {
                "words": {"type": "custom", "tokenizer": "whitespace"},
                "beginnings": {
                    "type": "custom", "tokenizer": "whitespace", "filter": ["beginnings"],
                },
            },
        },
    })
}

fn mapping() -> Value {
    let exact = json!({"type": "keyword", "doc_values": false});
    let sorted = json!({"type": "keyword", "index": false});
    let words = json!({
        "type": "text", "analyzer": "words", "index_options": "docs", "norms": false,
        "fields": {"begin": {
            "type": "text", "analyzer": "beginnings", "index_options": "docs", "norms": false,
        }},
    });
    json!({
        "dynamic": false,
        "properties": {
            // Whose book it is in, for all documents: what erasure goes by.
            "owner": exact,
            // Whose book it is in, only of those who can be found.
            "book": exact,
            // The same, only of those who have an organisation.
            "staff": exact,
            // The person's id and those merged into it.
            "ids": exact,
            "tag": exact,
            "name": words,
            "work": words,
            "organisation_words": words,
            "own_name": words,
            "own": words,
            "organisation": sorted,
            "sort": sorted,
            // Sorts people whose name is not to be seen.
            "nameless": sorted,
            "band": {"type": "byte", "index": false},
            // Of the program that wrote the fields above.
            "generation": {"type": "integer", "doc_values": false},
            // The whole document, of which all else is made.
            "document": {"type": "object", "enabled": false},
        },
    })
}

/// A person as the index keeps it.
pub(super) fn fields(document: &Document, generation: u32) -> Value {
    let owner = document.account.to_string();
    let mut kept = json!({
        "owner": owner,
        "band": band_number(document.band()),
        "generation": generation,
        "document": StoredDocument::from(document),
    });
    let Some((person, texts)) = document.active().zip(document.texts()) else {
        return kept;
    };
    let ids: Vec<String> = std::iter::once(&document.id)
        .chain(&person.aliases)
        .map(ToString::to_string)
        .collect();
    kept["ids"] = json!(ids);
    kept["book"] = json!(owner);
    kept["tag"] = json!(document.tags());
    kept["name"] = json!(texts.name);
    kept["work"] = json!(texts.work);
    kept["organisation_words"] = json!(texts.organisation_words);
    kept["own_name"] = json!(texts.own_name);
    kept["own"] = json!(texts.own);
    if let Some(organisation) = texts.organisation {
        kept["staff"] = json!(owner);
        kept["organisation"] = json!(organisation);
    }
    kept["sort"] = json!(texts.sort);
    kept["nameless"] = json!(place_as_text(place_without_name(document.id)));
    kept
}

/// What erasure looks for.
pub(super) fn owned_by(account: AccountId) -> Value {
    json!({"query": {"term": {"owner": account.to_string()}}})
}

/// The band as a number that rises with warmth.
pub(super) const fn band_number(band: Band) -> u8 {
    match band {
        Band::Weak => 0,
        Band::Fair => 1,
        Band::Good => 2,
        Band::Strong => 3,
    }
}

/// Of a label that is retired: with every field.
#[cfg(test)]
pub(super) fn retired() -> Label {
    Label {
        generation: 1,
        hash: "41c948c5827c7bae".to_owned(),
        attempt: Some(uuid::Uuid::from_u128(7)),
        retired: Some(jiff::Timestamp::UNIX_EPOCH),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_shape_is_another_generation() {
        let label = Shape::current().label();
        assert_eq!(
            (label.generation, label.hash.as_str()),
            (2, "8e3c1496053a2f25"),
            "the shape has changed: raise GENERATION and note its hash here"
        );
    }
}
