//! The fields of the index.

use ::tantivy::{
    TantivyDocument, Term,
    schema::{
        FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions,
    },
};
use kith_shared::{
    events::network::Band,
    ids::{AccountId, PersonId},
};

use skeleton_durable::stored;

use super::term;
use crate::{adapters::store::stored::StoredDocument, domain::document::Document};

/// Name of the fast field that sorts by name.
pub(super) const SORT: &str = "sort";
/// Name of the fast field of the band.
pub(super) const BAND: &str = "band";
/// Name of the fast field of the organisation as written.
pub(super) const ORGANISATION: &str = "organisation";

#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    /// The person's id: one document each.
    id: Field,
    /// Whose book it is in, for all documents: what erasure goes by.
    owner: Field,
    /// Whose book it is in, only of those who can be found.
    pub(super) book: Field,
    /// The same, only of those who have an organisation.
    pub(super) staff: Field,
    /// The person's id and those merged into it.
    pub(super) ids: Field,
    pub(super) tag: Field,
    pub(super) name: Field,
    pub(super) work: Field,
    pub(super) organisation_words: Field,
    pub(super) own_name: Field,
    pub(super) own: Field,
    organisation: Field,
    sort: Field,
    band: Field,
    /// The whole document as JSON.
    pub(super) document: Field,
}

pub(super) fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let words = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer("whitespace")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic),
    );
    let fast = TextOptions::default().set_fast("raw");
    let fields = Fields {
        id: builder.add_text_field("id", STRING),
        owner: builder.add_text_field("owner", STRING),
        book: builder.add_text_field("book", STRING),
        staff: builder.add_text_field("staff", STRING),
        ids: builder.add_text_field("ids", STRING),
        tag: builder.add_text_field("tag", STRING),
        name: builder.add_text_field("name", words.clone()),
        work: builder.add_text_field("work", words.clone()),
        organisation_words: builder.add_text_field("organisation_words", words.clone()),
        own_name: builder.add_text_field("own_name", words.clone()),
        own: builder.add_text_field("own", words),
        organisation: builder.add_text_field(ORGANISATION, fast.clone()),
        sort: builder.add_text_field(SORT, fast),
        band: builder.add_u64_field(BAND, FAST),
        document: builder.add_bytes_field("document", STORED),
    };
    (builder.build(), fields)
}

impl Fields {
    pub(super) fn id_term(&self, id: PersonId) -> Term {
        term(self.id, &id.to_string())
    }

    pub(super) fn owner_term(&self, account: AccountId) -> Term {
        term(self.owner, &account.to_string())
    }

    pub(super) fn to_tantivy(self, document: &Document) -> TantivyDocument {
        let mut kept = TantivyDocument::new();
        kept.add_text(self.id, document.id.to_string());
        kept.add_text(self.owner, document.account.to_string());
        kept.add_bytes(
            self.document,
            stored::write(&StoredDocument::from(document)).as_bytes(),
        );
        kept.add_u64(self.band, band_number(document.band()));
        let Some((person, texts)) = document.active().zip(document.texts()) else {
            return kept;
        };
        kept.add_text(self.book, document.account.to_string());
        kept.add_text(self.ids, document.id.to_string());
        for alias in &person.aliases {
            kept.add_text(self.ids, alias.to_string());
        }
        for tag in document.tags() {
            kept.add_text(self.tag, tag);
        }
        kept.add_text(self.name, texts.name);
        kept.add_text(self.work, texts.work);
        kept.add_text(self.organisation_words, texts.organisation_words);
        kept.add_text(self.own_name, texts.own_name);
        kept.add_text(self.own, texts.own);
        if let Some(organisation) = texts.organisation {
            kept.add_text(self.staff, document.account.to_string());
            kept.add_text(self.organisation, organisation);
        }
        kept.add_text(self.sort, texts.sort);
        kept
    }
}

/// The band as a number that rises with warmth.
pub(super) const fn band_number(band: Band) -> u64 {
    match band {
        Band::Weak => 0,
        Band::Fair => 1,
        Band::Good => 2,
        Band::Strong => 3,
    }
}
