//! Reading all documents of an index, page by page, as they were at one moment.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Client, Failure};

/// Most documents of a page.
const PAGE: usize = 500;
/// How long the moment is kept from one page to the next.
const KEPT: &str = "2m";

/// One pass.
pub(super) struct Pages<'a> {
    client: &'a Client,
    moment: String,
    query: Value,
    fields: &'static [&'static str],
    after: Option<Value>,
    ended: bool,
}

#[derive(Deserialize)]
struct Opened {
    id: String,
}

#[derive(Deserialize)]
struct Answer<T> {
    pit_id: String,
    hits: Hits<T>,
}

#[derive(Deserialize)]
struct Hits<T> {
    hits: Vec<Hit<T>>,
}

#[derive(Deserialize)]
struct Hit<T> {
    #[serde(rename = "_source")]
    source: T,
    sort: Value,
}

impl<'a> Pages<'a> {
    /// Documents that match `query` at this moment; of each only `fields` are read.
    pub(super) async fn open(
        client: &'a Client,
        name: &str,
        query: Value,
        fields: &'static [&'static str],
    ) -> Result<Self, Failure> {
        let path = format!("{name}/_pit?keep_alive={KEPT}");
        let opened: Opened = client.post(&path, String::new()).await?;
        Ok(Self {
            client,
            moment: opened.id,
            query,
            fields,
            after: None,
            ended: false,
        })
    }

    /// The next page; none after the last. After an error the pass is over.
    pub(super) async fn next<T: serde::de::DeserializeOwned>(
        &mut self,
    ) -> Result<Option<Vec<T>>, Failure> {
        if self.ended {
            return Ok(None);
        }
        let mut body = json!({
            "size": PAGE,
            "pit": {"id": self.moment, "keep_alive": KEPT},
            "query": self.query,
            "sort": [{"_shard_doc": "asc"}],
            "_source": {"includes": self.fields},
            "track_total_hits": false,
        });
        if let Some(after) = self.after.take() {
            body["search_after"] = after;
        }
        let path = "_search?allow_partial_search_results=false";
        let answer: Answer<T> = self.client.post(path, body.to_string()).await?;
        self.moment = answer.pit_id;
        let hits = answer.hits.hits;
        self.after = hits.last().map(|hit| hit.sort.clone());
        self.ended = hits.is_empty();
        if self.ended {
            self.close().await;
            return Ok(None);
        }
        Ok(Some(hits.into_iter().map(|hit| hit.source).collect()))
    }

    /// Gives the moment up; if that fails it runs out.
    async fn close(&self) {
        let body = json!({"id": self.moment});
        if let Err(error) = self.client.delete("_pit", Some(&body)).await {
            tracing::debug!(%error, "a moment of the index was not given up, it will run out");
        }
    }
}
