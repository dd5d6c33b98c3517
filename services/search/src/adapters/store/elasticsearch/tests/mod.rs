//! The adapter on the server at `KITH_TEST_ELASTICSEARCH`. Each test has indices of its own, which
//! are deleted when it ends.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests")]

mod rebuilding;

use std::sync::Arc;

use skeleton_durable::contract::examine_all;
use uuid::Uuid;

use super::{
    ElasticIndex, Settings,
    indices::{Found, look},
    shape::Shape,
};
use crate::{
    adapters::store::{
        contract::{self, book, compared},
        tantivy::FolderIndex,
    },
    ports::{Index, IndexError},
};

/// Indices under a prefix that nobody else has.
struct Sandbox {
    settings: Settings,
}

impl Sandbox {
    fn new() -> Self {
        let url = std::env::var("KITH_TEST_ELASTICSEARCH")
            .expect("KITH_TEST_ELASTICSEARCH is the URL of a server for tests");
        let prefix = format!("test-{}", Uuid::now_v7().simple());
        Self {
            settings: Settings {
                url,
                prefix,
                authorities: None,
            },
        }
    }

    fn open(&self) -> ElasticIndex {
        ElasticIndex::new(&self.settings).unwrap()
    }

    fn open_as(&self, shape: Shape) -> ElasticIndex {
        ElasticIndex::of_shape(&self.settings, shape).unwrap()
    }

    async fn indices(&self) -> Vec<Found> {
        let inner = self.open().inner;
        look(&inner.client, &inner.names).await.unwrap()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let settings = self.settings.clone();
        let cleaning = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let inner = ElasticIndex::new(&settings).unwrap().inner;
                for index in look(&inner.client, &inner.names).await.unwrap() {
                    let path = inner.names.index(index.number);
                    inner.client.delete(&path, None).await.unwrap();
                }
            });
        });
        cleaning.join().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passes_the_contract() {
    let sandbox = Sandbox::new();
    let instances: Vec<Arc<dyn Index>> = (0..3).map(|_| Arc::new(sandbox.open()) as _).collect();
    contract::run(&instances).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_read_is_named() {
    let sandbox = Sandbox::new();
    let index = sandbox.open();
    book::apply(&index).await;
    let (documents, unreadable) = examine_all(&index, 500).await;
    assert!(documents > 1_000, "{documents}");
    assert_eq!(unreadable, []);
    let inner = &index.inner;
    let alias = inner.names.write(sandbox.indices().await[0].number);
    let path = format!("{alias}/_doc/damaged?refresh=true");
    let damaged = serde_json::json!({"owner": "x", "document": {"id": 7}}).to_string();
    let _: serde_json::Value = inner.client.post(&path, damaged).await.unwrap();
    let (_, unreadable) = examine_all(&index, 500).await;
    assert_eq!(unreadable.len(), 1, "{unreadable:?}");
    assert_eq!(unreadable[0].row, "damaged");
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_as_the_embedded_index_does() {
    let folder = tempfile::tempdir().unwrap();
    let embedded = FolderIndex::open(folder.path()).unwrap();
    let sandbox = Sandbox::new();
    let index = sandbox.open();
    book::apply(&embedded).await;
    book::apply(&index).await;
    let wanted = compared::answers(&embedded).await;
    let found = compared::answers(&index).await;
    let all: usize = wanted.values().map(|(people, _)| people.len()).sum();
    assert!(wanted.len() > 100 && all > 1_000, "{} {all}", wanted.len());
    for (text, answer) in &wanted {
        assert_eq!(found.get(text), Some(answer), "{text:?}");
    }
    let counted = compared::counts(&embedded).await;
    assert_eq!(compared::counts(&index).await, counted);
    assert!(counted[0].len() > 5, "{counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_instances_that_open_at_once_make_one_index() {
    let sandbox = Sandbox::new();
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let index = sandbox.open();
        opening.spawn(async move { index.ping().await.unwrap() });
    }
    while let Some(opened) = opening.join_next().await {
        opened.unwrap();
    }
    let found = sandbox.indices().await;
    assert_eq!(found.len(), 1);
    assert!(found[0].is_read && found[0].is_written);
}

#[tokio::test]
async fn a_server_that_is_down_is_an_outage_and_names_no_address() {
    let index = ElasticIndex::new(&Settings {
        url: "http://someone:secret@127.0.0.1:1".to_owned(),
        prefix: "kith".to_owned(),
        authorities: None,
    })
    .unwrap();
    let failed = index.ping().await.unwrap_err();
    assert!(matches!(failed, IndexError::Unavailable(_)), "{failed:?}");
    let text = format!("{failed:?} {failed}");
    assert!(
        !text.contains("127.0.0.1") && !text.contains("secret"),
        "{text}"
    );
}

#[tokio::test]
async fn settings_that_cannot_be_used_are_refused_with_what_is_expected() {
    for (url, prefix) in [
        ("nowhere", "kith"),
        ("ftp://host:9200", "kith"),
        ("http://host:9200", "Kith"),
        ("http://host:9200", "a*"),
        ("http://host:9200", ""),
    ] {
        let refused = ElasticIndex::new(&Settings {
            url: url.to_owned(),
            prefix: prefix.to_owned(),
            authorities: None,
        });
        let text = refused.err().unwrap().to_string();
        assert!(text.contains("expected"), "{text}");
    }
}
