//! Collecting a page in the domain's order, and counting organisations.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
    ops::Bound,
    sync::Arc,
};

use ::tantivy::{
    DocAddress, DocId, Score, SegmentOrdinal, SegmentReader,
    collector::{Collector, SegmentCollector},
    columnar::{ColumnValues, StrColumn},
};

use super::schema::{BAND, ORGANISATION, SORT};

/// Where a person stands in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) quarters: u32,
    pub(super) band: u64,
    pub(super) sort: String,
}

impl Place {
    fn key(&self) -> (Reverse<u32>, Reverse<u64>, &str) {
        (Reverse(self.quarters), Reverse(self.band), &self.sort)
    }
}

/// The first `limit` places after one, and how many match in all.
pub(super) struct Top {
    pub(super) after: Option<Place>,
    pub(super) limit: usize,
}

/// What one segment has: how many match, and its best places.
type Fruit = (u64, Vec<(Place, DocAddress)>);

pub(super) struct SegmentTop {
    ordinal: SegmentOrdinal,
    limit: usize,
    total: u64,
    sort: Option<StrColumn>,
    bands: Arc<dyn ColumnValues<u64>>,
    /// Only keys below this are wanted.
    below: u64,
    best: BinaryHeap<Reverse<(u64, DocId)>>,
}

/// Within a segment the order is one number, the higher the earlier: points, band, and the place
/// of the name among all names of the segment.
fn pack(quarters: u32, band: u64, ordinal: u64) -> u64 {
    let ordinal = u32::try_from(ordinal).unwrap_or(u32::MAX);
    (u64::from(quarters.min(0xFF_FFFF)) << 40) | (band.min(0xFF) << 32) | u64::from(!ordinal)
}

impl Collector for Top {
    type Fruit = Fruit;
    type Child = SegmentTop;

    fn for_segment(
        &self,
        ordinal: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> ::tantivy::Result<SegmentTop> {
        let sort = segment.fast_fields().str(SORT)?;
        let below = match (&self.after, &sort) {
            (None, _) | (_, None) => u64::MAX,
            (Some(after), Some(names)) => {
                let from = Bound::Excluded(after.sort.as_bytes());
                match names
                    .dictionary()
                    .term_bounds_to_ord(from, Bound::Unbounded)?
                    .0
                {
                    Bound::Excluded(ord) => pack(after.quarters, after.band, ord),
                    Bound::Included(ord) => pack(after.quarters, after.band, ord).saturating_add(1),
                    Bound::Unbounded => u64::MAX,
                }
            }
        };
        Ok(SegmentTop {
            ordinal,
            limit: self.limit,
            total: 0,
            sort,
            bands: segment.fast_fields().u64(BAND)?.first_or_default_col(0),
            below,
            best: BinaryHeap::with_capacity(self.limit + 1),
        })
    }

    fn requires_scoring(&self) -> bool {
        true
    }

    fn merge_fruits(&self, segments: Vec<::tantivy::Result<Fruit>>) -> ::tantivy::Result<Fruit> {
        let mut total = 0;
        let mut places = Vec::new();
        for segment in segments {
            let (count, found) = segment?;
            total += count;
            places.extend(found);
        }
        places.sort_by(|(a, _), (b, _)| a.key().cmp(&b.key()));
        places.truncate(self.limit);
        Ok((total, places))
    }
}

impl SegmentCollector for SegmentTop {
    type Fruit = ::tantivy::Result<Fruit>;

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "scores are sums of small constants, all quarters"
    )]
    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        let ordinal = self
            .sort
            .as_ref()
            .and_then(|names| names.ords().first(doc))
            .unwrap_or(u64::MAX);
        let key = pack(
            (score * 4.0).round() as u32,
            self.bands.get_val(doc),
            ordinal,
        );
        if key >= self.below {
            return;
        }
        if self.best.len() < self.limit {
            self.best.push(Reverse((key, doc)));
        } else if self
            .best
            .peek()
            .is_some_and(|Reverse((worst, _))| key > *worst)
        {
            self.best.pop();
            self.best.push(Reverse((key, doc)));
        }
    }

    fn harvest(self) -> ::tantivy::Result<Fruit> {
        let mut places = Vec::with_capacity(self.best.len());
        for Reverse((key, doc)) in self.best {
            let mut sort = String::new();
            if let Some(names) = &self.sort
                && let Some(ordinal) = names.ords().first(doc)
            {
                names.ord_to_str(ordinal, &mut sort)?;
            }
            let place = Place {
                quarters: u32::try_from(key >> 40).unwrap_or(u32::MAX),
                band: (key >> 32) & 0xFF,
                sort,
            };
            places.push((place, DocAddress::new(self.ordinal, doc)));
        }
        Ok((self.total, places))
    }
}

/// How many documents name each organisation.
pub(super) struct Counts;

pub(super) struct SegmentCounts {
    names: Option<StrColumn>,
    counts: HashMap<u64, u64>,
}

impl Collector for Counts {
    type Fruit = BTreeMap<String, u64>;
    type Child = SegmentCounts;

    fn for_segment(
        &self,
        _: SegmentOrdinal,
        segment: &SegmentReader,
    ) -> ::tantivy::Result<SegmentCounts> {
        Ok(SegmentCounts {
            names: segment.fast_fields().str(ORGANISATION)?,
            counts: HashMap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(
        &self,
        segments: Vec<::tantivy::Result<BTreeMap<String, u64>>>,
    ) -> ::tantivy::Result<BTreeMap<String, u64>> {
        let mut all = BTreeMap::new();
        for segment in segments {
            for (name, people) in segment? {
                *all.entry(name).or_insert(0) += people;
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for SegmentCounts {
    type Fruit = ::tantivy::Result<BTreeMap<String, u64>>;

    fn collect(&mut self, doc: DocId, _: Score) {
        if let Some(ordinal) = self
            .names
            .as_ref()
            .and_then(|names| names.ords().first(doc))
        {
            *self.counts.entry(ordinal).or_insert(0) += 1;
        }
    }

    fn harvest(self) -> ::tantivy::Result<BTreeMap<String, u64>> {
        let mut named = BTreeMap::new();
        if let Some(names) = &self.names {
            for (ordinal, people) in self.counts {
                let mut name = String::new();
                names.ord_to_str(ordinal, &mut name)?;
                named.insert(name, people);
            }
        }
        Ok(named)
    }
}
