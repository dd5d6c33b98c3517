//! The store's ceiling: bare sqlx, the same rows, as few statements as can be, no broker, no HTTP.
//!
//! Writers commit thing and outbox row by one statement; one mover takes rows out of the outbox, and
//! hands them to one that writes inbox and effect. Everything that the pipeline makes durable is
//! made durable here.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use skeleton_durable::Envelope;
use sqlx::{PgPool, postgres::PgPoolOptions};
use template::domain::thing::{Thing, ThingChanged};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{effects::APPLY, payload, settings::Settings};

/// Rows moved by one transaction, at most.
const BATCH: i64 = 500;
/// Pause of the mover when it found nothing.
const PAUSE: Duration = Duration::from_millis(1);
/// Batches between the mover and the one behind it.
const WAITING: usize = 4;

const WRITE: &str = "WITH event AS (INSERT INTO outbox (id, envelope) VALUES ($5, $6)) \
     INSERT INTO thing (id, account, version, name) VALUES ($1, $2, $3, $4)";
/// Tables of the publishing side.
pub(crate) const PUBLISHER: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS thing (id UUID PRIMARY KEY, account UUID NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS thing_of_account ON thing (account, id)",
    "CREATE TABLE IF NOT EXISTS outbox (id UUID PRIMARY KEY, envelope TEXT NOT NULL)",
];
/// Tables of the consuming side.
pub(crate) const CONSUMER: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS inbox (id UUID PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS effect (thing UUID PRIMARY KEY, account UUID NOT NULL, name TEXT NOT NULL, times BIGINT NOT NULL)",
];

const TAKE: &str = "DELETE FROM outbox WHERE id IN \
     (SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING envelope";
/// Those that are new: an event known by its id has no effect again.
const MARK: &str =
    "INSERT INTO inbox (id) SELECT * FROM unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING id";

/// Commits so many events over so many connections, and moves them on; answers events a second.
pub(crate) async fn run(
    settings: &Settings,
    events: u64,
    connections: u64,
) -> anyhow::Result<serde_json::Value> {
    let publisher = open(
        &settings.publisher,
        u32::try_from(connections)? + 1,
        PUBLISHER,
    )
    .await?;
    let consumer = open(&settings.consumer, 1, CONSUMER).await?;
    let begun = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let writers: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(write_all(publisher.clone(), next.clone(), events)))
        .collect();
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let mover = tokio::spawn(take(publisher.clone(), events, sender));
    let last = tokio::spawn({
        let consumer = consumer.clone();
        async move {
            while let Some(texts) = receiver.recv().await {
                effects(&consumer, texts.iter().map(String::as_bytes)).await?;
            }
            anyhow::Ok(())
        }
    });
    for writer in writers {
        writer.await??;
    }
    let written = begun.elapsed().as_secs_f64();
    mover.await??;
    last.await??;
    let seconds = begun.elapsed().as_secs_f64();
    publisher.close().await;
    consumer.close().await;
    Ok(
        json!({ "events": events, "seconds": seconds, "written_per_second": events as f64 / written }),
    )
}

pub(crate) async fn open(
    url: &str,
    connections: u32,
    tables: &[&'static str],
) -> anyhow::Result<PgPool> {
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .test_before_acquire(false)
        .connect(url)
        .await?;
    for table in tables {
        sqlx::query(*table).execute(&pool).await?;
    }
    Ok(pool)
}

async fn write_all(pool: PgPool, next: Arc<AtomicU64>, events: u64) -> anyhow::Result<()> {
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= events {
            return Ok(());
        }
        let (thing, event) = payload::event(number)?;
        write(&pool, &thing, &event).await?;
    }
}

/// Thing and event, by one statement.
pub(crate) async fn write(pool: &PgPool, thing: &Thing, event: &Envelope) -> anyhow::Result<()> {
    sqlx::query(WRITE)
        .bind(thing.id)
        .bind(thing.account)
        .bind(thing.version)
        .bind(thing.name.as_str())
        .bind(event.id.0)
        .bind(serde_json::to_string(event)?)
        .execute(pool)
        .await?;
    Ok(())
}

async fn take(pool: PgPool, events: u64, sender: mpsc::Sender<Vec<String>>) -> anyhow::Result<()> {
    let mut left = events;
    while left > 0 {
        let texts: Vec<String> = sqlx::query_scalar(TAKE)
            .bind(BATCH)
            .fetch_all(&pool)
            .await?;
        if texts.is_empty() {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        left = left.saturating_sub(texts.len() as u64);
        sender.send(texts).await?;
    }
    Ok(())
}

/// Inbox and effect of a batch, in one transaction; the names of the things.
pub(crate) async fn effects(
    pool: &PgPool,
    bodies: impl Iterator<Item = &[u8]>,
) -> anyhow::Result<Vec<String>> {
    let events: Vec<Envelope> = bodies
        .map(serde_json::from_slice)
        .collect::<Result<_, _>>()?;
    let mut transaction = pool.begin().await?;
    let fresh: HashSet<Uuid> = sqlx::query_scalar(MARK)
        .bind(events.iter().map(|event| event.id.0).collect::<Vec<_>>())
        .fetch_all(&mut *transaction)
        .await?
        .into_iter()
        .collect();
    let (mut things, mut accounts, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for event in events.iter().filter(|event| fresh.contains(&event.id.0)) {
        let thing: ThingChanged = event.open()?;
        things.push(thing.thing_id);
        accounts.push(thing.account_id);
        names.push(thing.name);
    }
    sqlx::query(APPLY)
        .bind(things)
        .bind(accounts)
        .bind(&names)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(names)
}
