//! The index on Elasticsearch: any number of replicas on one index.
//!
//! | module | is |
//! |---|---|
//! | `client` | requests, their time limits and repetitions, errors |
//! | `shape` | the mapping, and a person in it |
//! | `indices` | indices and their aliases |
//! | `bulk`, `write` | many documents at once; taking changes in, erasing |
//! | `query` | questions |
//! | `examine` | every document, to find those that cannot be read |
//! | `pages` | everything, page by page |
//! | `rebuild` | a new shape without a pause |
//!
//! Nothing is connected or made when it is opened: the first question, write or readiness check
//! sees to it that there is an index, so a program starts without Elasticsearch and becomes ready
//! when it comes.

mod bulk;
mod client;
mod examine;
mod indices;
mod pages;
mod query;
mod rebuild;
mod shape;
#[cfg(test)]
mod tests;

mod write;

use std::{cmp::Reverse, collections::BTreeMap, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use kith_shared::ids::{AccountId, PersonId};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

pub(crate) use self::rebuild::{Keeper, Periods};
use self::{
    bulk::Source,
    client::{Address, Client, Failure},
    indices::Names,
    pages::Pages,
    shape::Shape,
};
use crate::{
    domain::{
        document::{Change, Document, Versions},
        query::{After, Found, Grant, Hit, Query, Scope, place_as_text, place_without_name},
    },
    ports::{Index, IndexError},
};

/// Holds what an index says of itself against its golden files.
#[cfg(test)]
pub(super) fn hold(golden: &mut skeleton_durable::stored::golden::Golden) {
    golden.holds(&shape::retired());
}

/// Organisations that are counted with one request.
const COUNTED_AT_ONCE: usize = 5_000;

/// Where the index is.
#[derive(Clone)]
pub struct Settings {
    /// `https://user:password@host:port`.
    pub url: String,
    /// What the names of indices and aliases begin with.
    pub prefix: String,
    /// Certificates to trust besides the public ones, PEM.
    pub authorities: Option<PathBuf>,
}

/// The index on Elasticsearch. Clones share it.
#[derive(Clone)]
pub struct ElasticIndex {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    names: Names,
    shape: Shape,
    ensured: OnceCell<()>,
}

impl ElasticIndex {
    /// Without connecting.
    ///
    /// # Errors
    /// When a setting cannot be used.
    pub fn new(settings: &Settings) -> anyhow::Result<Self> {
        Self::of_shape(settings, Shape::current())
    }

    fn of_shape(settings: &Settings, shape: Shape) -> anyhow::Result<Self> {
        let address = Address {
            url: &settings.url,
            authorities: settings.authorities.as_ref(),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                client: Client::new(&address)?,
                names: Names::new(&settings.prefix)?,
                shape,
                ensured: OnceCell::new(),
            }),
        })
    }

    /// Sees to it once that there is an index.
    async fn ready(&self) -> Result<&Inner, IndexError> {
        let inner = &*self.inner;
        inner
            .ensured
            .get_or_try_init(|| indices::ensure(&inner.client, &inner.names, &inner.shape))
            .await
            .map_err(|error| match error.downcast::<Failure>() {
                Ok(failure) => failure.into(),
                Err(error) => IndexError::Internal(error),
            })?;
        Ok(inner)
    }
}

#[async_trait]
impl Index for ElasticIndex {
    async fn apply(&self, changes: Vec<Change>) -> Result<(), IndexError> {
        Ok(self.ready().await?.apply(changes).await?)
    }

    async fn erase(&self, accounts: &[AccountId]) -> Result<(), IndexError> {
        Ok(self.ready().await?.erase(accounts).await?)
    }

    async fn people(&self, query: &Query) -> Result<Found, IndexError> {
        self.ready().await?.people(query).await
    }

    async fn organisations(
        &self,
        words: &[String],
        grants: &[Grant],
    ) -> Result<BTreeMap<String, u64>, IndexError> {
        Ok(self.ready().await?.organisations(words, grants).await?)
    }

    async fn versions(&self, take: &mut (dyn FnMut(Versions) + Send)) -> Result<(), IndexError> {
        let inner = self.ready().await?;
        let everything = json!({"match_all": {}});
        let mut pages =
            Pages::open(&inner.client, &inner.names.read(), everything, VERSIONS).await?;
        while let Some(page) = pages.next::<VersionsSource>().await? {
            page.into_iter().for_each(|one| take(one.document.into()));
        }
        Ok(())
    }

    async fn ping(&self) -> Result<(), IndexError> {
        let inner = self.ready().await?;
        Ok(indices::answers(&inner.client, &inner.names.read()).await?)
    }
}

/// The fields of a document that hold its versions.
const VERSIONS: &[&str] = &["document.id", "document.account", "document.*.version"];

#[derive(Deserialize)]
struct VersionsSource {
    document: VersionsOnly,
}

#[derive(Deserialize)]
struct VersionsOnly {
    id: PersonId,
    account: AccountId,
    person: Option<Version>,
    annotation: Option<Version>,
    tie: Option<Version>,
}

#[derive(Deserialize)]
struct Version {
    version: i64,
}

impl From<VersionsOnly> for Versions {
    fn from(read: VersionsOnly) -> Self {
        let version = |part: Option<Version>| part.map(|part| part.version);
        Self {
            id: read.id,
            account: read.account,
            person: version(read.person),
            annotation: version(read.annotation),
            tie: version(read.tie),
        }
    }
}

#[derive(Deserialize)]
struct People {
    hits: PeopleHits,
}

#[derive(Deserialize)]
struct PeopleHits {
    total: Total,
    hits: Vec<PersonHit>,
}

#[derive(Deserialize)]
struct Total {
    value: u64,
}

#[derive(Deserialize)]
struct PersonHit {
    #[serde(rename = "_source")]
    source: Source,
    sort: (f64, u8, String),
}

#[derive(Deserialize)]
struct Granted {
    hits: GrantedHits,
}

#[derive(Deserialize)]
struct GrantedHits {
    hits: Vec<GrantedHit>,
}

#[derive(Deserialize)]
struct GrantedHit {
    #[serde(rename = "_source")]
    source: Source,
}

/// Where a page begins. The text is of the field that people who match exactly as well are sorted by;
/// for all others the score decides alone.
struct Place {
    score: f64,
    band: u8,
    text: String,
}

#[derive(Deserialize)]
struct Organisations {
    aggregations: Aggregations,
}

#[derive(Deserialize)]
struct Aggregations {
    organisations: Buckets,
}

#[derive(Deserialize)]
struct Buckets {
    after_key: Option<Value>,
    buckets: Vec<Bucket>,
}

#[derive(Deserialize)]
struct Bucket {
    key: BucketKey,
    doc_count: u64,
}

#[derive(Deserialize)]
struct BucketKey {
    name: String,
}

impl Inner {
    /// The path of questions. If a part of the index does not answer, neither does this.
    fn asked(&self) -> String {
        format!(
            "{}/_search?allow_partial_search_results=false",
            self.names.read()
        )
    }

    /// Those with a name and those without are two questions: no one order is right for both.
    async fn people(&self, query: &Query) -> Result<Found, IndexError> {
        let after = match query.after {
            None => None,
            Some(after) => Some(self.place(after, &query.grants).await?),
        };
        let named = self.sorted_by("sort", query::with_name(query), query, after.as_ref());
        let nameless = self.sorted_by(
            "nameless",
            query::without_name(query),
            query,
            after.as_ref(),
        );
        let (mut found, nameless) = tokio::try_join!(named, nameless)?;
        found.total += nameless.total;
        found.hits.extend(nameless.hits);
        // Stable, and no one with a name matches exactly as well as one without.
        found.hits.sort_by_key(|hit| Reverse(hit.quarters));
        found.hits.truncate(query.limit);
        Ok(found)
    }

    /// The first that match `wanted`, after the last of the page before.
    async fn sorted_by(
        &self,
        field: &str,
        wanted: Option<Value>,
        query: &Query,
        after: Option<&Place>,
    ) -> Result<Found, Failure> {
        let Some(wanted) = wanted else {
            return Ok(Found::default());
        };
        let by_place = json!({"order": "asc", "unmapped_type": "keyword"});
        let mut body = json!({
            "size": query.limit,
            "query": wanted,
            "sort": [{"_score": "desc"}, {"band": "desc"}, {field: by_place}],
            "track_total_hits": true,
            "_source": {"includes": ["document"]},
        });
        if let Some(after) = after {
            body["search_after"] = json!([after.score, after.band, after.text]);
        }
        let people: People = self.client.ask(&self.asked(), &body).await?;
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "scores are sums of small constants, all quarters"
        )]
        let hits = people
            .hits
            .hits
            .into_iter()
            .map(|hit| Hit {
                quarters: (hit.sort.0 * 4.0).round() as u32,
                document: hit.source.document.into(),
            })
            .collect();
        Ok(Found {
            hits,
            total: people.hits.total.value,
        })
    }

    /// Where the last person of the page before stands now, if it is still granted.
    async fn place(&self, after: After, grants: &[Grant]) -> Result<Place, IndexError> {
        let scope = Scope::of_quarters(after.quarters).ok_or(IndexError::CursorGone)?;
        let granted = query::granted_person(after.id, grants, scope);
        let body = json!({
            "size": 1,
            "query": granted.ok_or(IndexError::CursorGone)?,
            "track_total_hits": false,
            "_source": {"includes": ["document"]},
        });
        let found: Granted = self.client.ask(&self.asked(), &body).await?;
        let hit = found.hits.hits.into_iter().next();
        let document = Document::from(hit.ok_or(IndexError::CursorGone)?.source.document);
        let text = match scope {
            Scope::Organisation => place_as_text(place_without_name(after.id)),
            Scope::Name | Scope::Own => document.texts().ok_or(IndexError::CursorGone)?.sort,
        };
        Ok(Place {
            score: f64::from(after.quarters) / 4.0,
            band: shape::band_number(document.band()),
            text,
        })
    }

    async fn organisations(
        &self,
        words: &[String],
        grants: &[Grant],
    ) -> Result<BTreeMap<String, u64>, Failure> {
        let mut counts = BTreeMap::new();
        let mut after = None;
        loop {
            let mut composite = json!({
                "size": COUNTED_AT_ONCE,
                "sources": [{"name": {"terms": {"field": "organisation"}}}],
            });
            if let Some(after) = after {
                composite["after"] = after;
            }
            let body = json!({
                "size": 0,
                "track_total_hits": false,
                "query": query::organisations(words, grants),
                "aggs": {"organisations": {"composite": composite}},
            });
            let answer: Organisations = self.client.ask(&self.asked(), &body).await?;
            let page = answer.aggregations.organisations;
            counts.extend(
                page.buckets
                    .into_iter()
                    .map(|bucket| (bucket.key.name, bucket.doc_count)),
            );
            match page.after_key {
                Some(next) => after = Some(next),
                None => return Ok(counts),
            }
        }
    }
}
