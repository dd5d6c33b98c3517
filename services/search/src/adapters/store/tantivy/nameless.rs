//! Where people without a name stand: see [`place_without_name`]. It is not kept in the index but
//! computed from the ids of a segment when such people are first asked for; segments never change.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use ::tantivy::{Searcher, SegmentReader, index::SegmentId};
use anyhow::Context;
use kith_shared::ids::PersonId;

use super::schema::SORT;
use crate::domain::{document::SORT_ID_MARK, query::place_without_name};

/// Of each segment, the places of its people by the ordinals of their sort keys.
pub(super) type Places = HashMap<SegmentId, Arc<Vec<u128>>>;

/// The places of the segments that were asked for last.
#[derive(Default)]
pub(super) struct Nameless(Mutex<Arc<Places>>);

impl Nameless {
    /// The places of everybody whom a searcher can find; sixteen bytes each are kept.
    pub(super) fn of(&self, searcher: &Searcher) -> anyhow::Result<Arc<Places>> {
        let held = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = held().clone();
        let segments = searcher.segment_readers();
        if segments.len() == known.len()
            && segments
                .iter()
                .all(|it| known.contains_key(&it.segment_id()))
        {
            return Ok(known);
        }
        let mut places = Places::new();
        for segment in segments {
            let id = segment.segment_id();
            let of_the_segment = match known.get(&id) {
                Some(known) => known.clone(),
                None => Arc::new(places_of(segment)?),
            };
            places.insert(id, of_the_segment);
        }
        let places = Arc::new(places);
        *held() = places.clone();
        Ok(places)
    }
}

fn places_of(segment: &SegmentReader) -> anyhow::Result<Vec<u128>> {
    let mut places = Vec::new();
    let Some(keys) = segment.fast_fields().str(SORT)? else {
        return Ok(places);
    };
    places.reserve(keys.dictionary().num_terms());
    let mut all = keys.dictionary().stream()?;
    while all.advance() {
        let key = std::str::from_utf8(all.key()).context("a sort key is not text")?;
        let (_, id) = key
            .rsplit_once(SORT_ID_MARK)
            .context("a sort key without an id")?;
        places.push(place_without_name(id.parse::<PersonId>()?));
    }
    Ok(places)
}
