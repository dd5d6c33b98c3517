//! Every document, read page by page to find those that cannot be.

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Value, json};
use skeleton_durable::{
    commit::CommitError,
    stored::{self, Examine, Examined, Place, Stored as _},
};

use super::{ElasticIndex, Inner, client::Failure};
use crate::{adapters::store::stored::StoredDocument, ports::IndexError};

#[derive(Deserialize)]
struct Answer {
    hits: Hits,
}

#[derive(Deserialize)]
struct Hits {
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_source")]
    source: Source,
    /// Where in the history of the index it was written; unique, since the index has one shard.
    sort: (i64,),
}

#[derive(Deserialize)]
struct Source {
    #[serde(default)]
    document: Value,
}

#[async_trait]
impl Examine for ElasticIndex {
    async fn examine(&self, after: Option<&Place>, limit: u32) -> Result<Examined, CommitError> {
        let after = match after.and_then(|place| place.key.first()) {
            None => -1,
            Some(text) => text.parse().map_err(|_| {
                CommitError::Internal(anyhow::anyhow!("no place in the index: {text}"))
            })?,
        };
        let inner = self.ready().await.map_err(failed)?;
        let found = inner.examine(after, limit).await;
        found.map_err(|failure| failed(failure.into()))
    }
}

fn failed(error: IndexError) -> CommitError {
    match error {
        IndexError::Unavailable(reason) => CommitError::Unavailable(reason),
        error => CommitError::Internal(error.into()),
    }
}

impl Inner {
    async fn examine(&self, after: i64, limit: u32) -> Result<Examined, Failure> {
        let body = json!({
            "size": limit,
            "query": {"range": {"_seq_no": {"gt": after}}},
            "sort": [{"_seq_no": "asc"}],
            "track_total_hits": false,
            "_source": {"includes": ["document"]},
        });
        let answer: Answer = self.client.ask(&self.asked(), &body).await?;
        let hits = answer.hits.hits;
        let mut found = Examined {
            rows: hits.len() as u64,
            ..Examined::default()
        };
        if hits.len() >= limit as usize {
            found.next = hits.last().map(|last| Place {
                table: StoredDocument::TABLE.to_owned(),
                key: vec![last.sort.0.to_string()],
            });
        }
        for hit in hits {
            let text = hit.source.document.to_string();
            if let Err(unreadable) = stored::read::<StoredDocument>(&text, hit.id) {
                found.unreadable.push(unreadable);
            }
        }
        Ok(found)
    }
}
