//! The prototype: the same work with nothing around it, to tell what the skeleton's care costs. Axum
//! without middleware, one statement a command, a relay and a consumer in batches. It lacks what is
//! needed to live: it neither reconnects nor retries, parks, defers, drains or tells how it is.

use std::{sync::Arc, time::Duration};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use futures::{StreamExt, future::try_join_all};
use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, ConfirmSelectOptions},
    types::FieldTable,
};
use serde::Deserialize;
use skeleton_durable::{Cause, Envelope};
use skeleton_host::shutdown::Shutdown;
use sqlx::PgPool;
use template::domain::thing::{Name, Thing};
use tokio::{net::TcpListener, sync::Notify, time::timeout};
use uuid::Uuid;

use crate::{broker, lags::Lags, payload, settings::Settings, store};

/// Rows in one hand-over of the relay.
const BATCH: i64 = 500;
/// How often the relay looks when nobody wakes it.
const POLL: Duration = Duration::from_secs(1);
const TAKE: &str = "SELECT id, envelope FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED";

#[derive(Clone)]
struct Commands {
    pool: PgPool,
    wake: Arc<Notify>,
}

#[derive(Deserialize)]
struct Input {
    name: String,
}

/// Takes commands and relays until told to stop.
pub(crate) async fn publisher(settings: &Settings) -> anyhow::Result<()> {
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let commands = Commands {
        pool: store::open(&settings.publisher, settings.pool, store::PUBLISHER).await?,
        wake: Arc::default(),
    };
    let connection =
        Connection::connect(&settings.rabbitmq, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    broker::declare(&channel, settings).await?;
    channel
        .confirm_select(ConfirmSelectOptions::default())
        .await?;
    let carried = tokio::spawn(relay(commands.clone(), channel, settings.clone()));
    let router = Router::new()
        .route("/api/v1/templates", post(create))
        .with_state(commands);
    let listener = TcpListener::bind(&settings.address).await?;
    tokio::select! {
        () = shutdown.requested() => Ok(()),
        ended = axum::serve(listener, router) => Ok(ended?),
        ended = carried => ended?,
    }
}

async fn create(
    State(commands): State<Commands>,
    Json(input): Json<Input>,
) -> Result<StatusCode, StatusCode> {
    let name = Name::parse(&input.name).map_err(|_| StatusCode::UNPROCESSABLE_ENTITY)?;
    let (thing, changed) = Thing::create(Uuid::now_v7(), Uuid::now_v7(), name);
    let event = Envelope::seal(&changed, payload::now(), &Cause::default());
    store::write(&commands.pool, &thing, &event)
        .await
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    commands.wake.notify_one();
    Ok(StatusCode::CREATED)
}

async fn relay(commands: Commands, channel: Channel, settings: Settings) -> anyhow::Result<()> {
    loop {
        let mut transaction = commands.pool.begin().await?;
        let rows: Vec<(Uuid, String)> = sqlx::query_as(TAKE)
            .bind(BATCH)
            .fetch_all(&mut *transaction)
            .await?;
        if rows.is_empty() {
            transaction.rollback().await?;
            let _ = timeout(POLL, commands.wake.notified()).await;
            continue;
        }
        let sent = rows
            .iter()
            .map(|(id, text)| broker::publish(&channel, &settings.exchange, *id, text.as_bytes()));
        try_join_all(sent).await?;
        sqlx::query("DELETE FROM outbox WHERE id = ANY($1)")
            .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
    }
}

/// Writes inbox and effect until told to stop.
pub(crate) async fn consumer(settings: &Settings) -> anyhow::Result<()> {
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let pool = store::open(&settings.consumer, settings.pool, store::CONSUMER).await?;
    let lags = Lags::open(&settings.lags)?;
    let connection =
        Connection::connect(&settings.rabbitmq, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    broker::declare(&channel, settings).await?;
    channel
        .basic_qos(broker::PREFETCH, BasicQosOptions::default())
        .await?;
    let mut batches = channel
        .basic_consume(
            settings.queue().as_str().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        )
        .await?
        .ready_chunks(broker::ACKED);
    loop {
        let batch = tokio::select! {
            () = shutdown.requested() => return Ok(()),
            batch = batches.next() => batch.ok_or_else(|| anyhow::anyhow!("the consumer ended"))?,
        };
        let deliveries = batch.into_iter().collect::<Result<Vec<_>, _>>()?;
        let bodies = deliveries.iter().map(|delivery| delivery.data.as_slice());
        let names = store::effects(&pool, bodies).await?;
        lags.durable(names.iter().map(String::as_str))?;
        if let Some(last) = deliveries.last() {
            channel
                .basic_ack(last.delivery_tag, BasicAckOptions { multiple: true })
                .await?;
        }
    }
}
