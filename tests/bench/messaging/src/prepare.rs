//! Empty databases before a run, no queue after it.

use lapin::{
    Connection, ConnectionProperties,
    options::{ExchangeDeleteOptions, QueueDeleteOptions},
};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::settings::Settings;

/// Makes both databases anew.
pub(crate) async fn prepare(settings: &Settings) -> anyhow::Result<serde_json::Value> {
    let mut server = PgConnection::connect(&settings.server).await?;
    for url in [&settings.publisher, &settings.consumer] {
        let name = database(url)?;
        for text in [
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
            format!("CREATE DATABASE {name}"),
        ] {
            sqlx::query(AssertSqlSafe(text))
                .execute(&mut server)
                .await?;
        }
    }
    sqlx::query("CHECKPOINT").execute(&mut server).await?;
    let durable: Vec<String> = sqlx::query_scalar(
        "SELECT name || '=' || setting FROM pg_settings \
         WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes', 'server_version') ORDER BY name",
    )
    .fetch_all(&mut server)
    .await?;
    Ok(json!({ "postgres": durable }))
}

/// Drops databases, exchange and queue of a run.
pub(crate) async fn cleanup(settings: &Settings) -> anyhow::Result<serde_json::Value> {
    let connection =
        Connection::connect(&settings.rabbitmq, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel
        .queue_delete(
            settings.queue().as_str().into(),
            QueueDeleteOptions::default(),
        )
        .await?;
    channel
        .exchange_delete(
            settings.exchange.as_str().into(),
            ExchangeDeleteOptions::default(),
        )
        .await?;
    let _ = connection.close(200, "done".into()).await;
    let mut server = PgConnection::connect(&settings.server).await?;
    for url in [&settings.publisher, &settings.consumer] {
        let text = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", database(url)?);
        sqlx::query(AssertSqlSafe(text))
            .execute(&mut server)
            .await?;
    }
    Ok(json!({}))
}

/// The database that a URL names; only what needs no quotes.
fn database(url: &str) -> anyhow::Result<String> {
    let url: url::Url = url.parse()?;
    let name = url.path().trim_start_matches('/').to_owned();
    let plain = !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    anyhow::ensure!(
        plain,
        "{name:?}: expected a database of lower-case letters, digits and _"
    );
    Ok(name)
}
