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

use super::{
    nameless::Places,
    schema::{BAND, ORGANISATION, SORT},
};
use crate::domain::query::{Scope, place_as_text};

/// Where a person stands in the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) quarters: u32,
    pub(super) band: u64,
    /// The name, or what stands for it where it is not to be seen.
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
    /// Needed where people may be found without a name.
    pub(super) nameless: Option<Arc<Places>>,
}

/// What one segment has: how many match, and its best places.
type Fruit = (u64, Vec<(Place, DocAddress)>);

pub(super) struct SegmentTop {
    ordinal: SegmentOrdinal,
    limit: usize,
    total: u64,
    sort: Option<StrColumn>,
    bands: Arc<dyn ColumnValues<u64>>,
    nameless: Option<Arc<Vec<u128>>>,
    /// Only ranks below this are wanted.
    below: Option<Rank>,
    best: BinaryHeap<Reverse<(Rank, DocId)>>,
}

/// The order within a segment, the greater the earlier: points, band, place.
type Rank = (u32, u64, Reverse<u128>);

/// Behind everybody else.
const LAST: u128 = u128::MAX;

/// The place of a name by its ordinal among all names of the segment; between any two is room.
fn place_of_ordinal(ordinal: u64) -> u128 {
    u128::from(ordinal) * 2 + 1
}

fn is_nameless(quarters: u32) -> bool {
    Scope::of_quarters(quarters) == Some(Scope::Organisation)
}

impl Top {
    /// The rank in a segment of the last place of the page before.
    fn below(&self, names: Option<&StrColumn>) -> ::tantivy::Result<Option<Rank>> {
        let (Some(after), Some(names)) = (&self.after, names) else {
            return Ok(None);
        };
        let place = if is_nameless(after.quarters) {
            u128::from_str_radix(&after.sort, 16).unwrap_or(LAST)
        } else {
            let from = Bound::Excluded(after.sort.as_bytes());
            let (from, _) = names
                .dictionary()
                .term_bounds_to_ord(from, Bound::Unbounded)?;
            match from {
                Bound::Excluded(same) => place_of_ordinal(same),
                Bound::Included(next) => place_of_ordinal(next) - 1,
                Bound::Unbounded => 0,
            }
        };
        Ok(Some((after.quarters, after.band, Reverse(place))))
    }
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
        let nameless = self.nameless.as_ref();
        Ok(SegmentTop {
            ordinal,
            limit: self.limit,
            total: 0,
            below: self.below(sort.as_ref())?,
            sort,
            bands: segment.fast_fields().u64(BAND)?.first_or_default_col(0),
            nameless: nameless.and_then(|places| places.get(&segment.segment_id()).cloned()),
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
        let quarters = (score * 4.0).round() as u32;
        let rank = (quarters, self.bands.get_val(doc), self.place(quarters, doc));
        if self.below.is_some_and(|below| rank >= below) {
            return;
        }
        if self.best.len() < self.limit {
            self.best.push(Reverse((rank, doc)));
        } else if self
            .best
            .peek()
            .is_some_and(|Reverse((worst, _))| rank > *worst)
        {
            self.best.pop();
            self.best.push(Reverse((rank, doc)));
        }
    }

    fn harvest(self) -> ::tantivy::Result<Fruit> {
        let mut places = Vec::with_capacity(self.best.len());
        for Reverse(((quarters, band, Reverse(place)), doc)) in self.best {
            let mut sort = String::new();
            if is_nameless(quarters) {
                sort = place_as_text(place);
            } else if let Some(names) = &self.sort
                && let Some(ordinal) = names.ords().first(doc)
            {
                names.ord_to_str(ordinal, &mut sort)?;
            }
            let place = Place {
                quarters,
                band,
                sort,
            };
            places.push((place, DocAddress::new(self.ordinal, doc)));
        }
        Ok((self.total, places))
    }
}

impl SegmentTop {
    /// By name, but where the name is not to be seen.
    fn place(&self, quarters: u32, doc: DocId) -> Reverse<u128> {
        let ordinal = self.sort.as_ref().and_then(|names| names.ords().first(doc));
        let place = ordinal.and_then(|ordinal| {
            if !is_nameless(quarters) {
                return Some(place_of_ordinal(ordinal));
            }
            let places = self.nameless.as_ref()?;
            places.get(usize::try_from(ordinal).ok()?).copied()
        });
        Reverse(place.unwrap_or(LAST))
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
