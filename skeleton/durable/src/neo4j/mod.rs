//! The ports over Neo4j: outbox, inbox and leases are nodes of the same database, so that one
//! transaction holds writes, events and handled events.
//!
//! Cypher reads a property before it takes the node's lock. Wherever a decision hangs on what is
//! read, the query first writes a property (`SET n.lock = 1`), which takes the lock, and reads then.

pub mod backup;
mod commit;
mod inbox;
mod leases;
mod migrator;
mod outbox;
pub mod scan;

use std::{sync::Arc, time::Duration};

pub use neo4rs::Row;
use neo4rs::{BoltType, ConfigBuilder, Graph, Neo4jErrorKind, Query};
use serde_json::Value;
use tokio::sync::Notify;

pub use self::commit::{Effect, Write};
use crate::{
    commit::CommitError,
    migrations::{Migrations, Script},
};

/// How to open it.
#[derive(Clone)]
pub struct Settings {
    /// `bolt://user:password@host:port`.
    pub url: String,
    /// Most connections.
    pub connections: usize,
}

/// A Neo4j database with the nodes of this crate. Clones share its connections.
#[derive(Clone)]
pub struct Store {
    graph: Graph,
    wake: Arc<Notify>,
}

const SCRIPTS: &[Script] = &[(
    "V1__durable",
    "CREATE CONSTRAINT outbox_id IF NOT EXISTS FOR (n:Outbox) REQUIRE n.id IS UNIQUE;
     CREATE CONSTRAINT inbox_id IF NOT EXISTS FOR (n:Inbox) REQUIRE n.id IS UNIQUE;
     CREATE INDEX inbox_due IF NOT EXISTS FOR (n:Inbox) ON (n.state, n.due_at);
     CREATE INDEX inbox_settled IF NOT EXISTS FOR (n:Inbox) ON (n.correlation, n.kind);
     CREATE CONSTRAINT lease_name IF NOT EXISTS FOR (n:Lease) REQUIRE n.name IS UNIQUE;
     CREATE CONSTRAINT answer_key IF NOT EXISTS FOR (n:KeptAnswer) REQUIRE (n.account, n.key) IS UNIQUE;",
)];

/// Lease under which migrations run, and how long one may take.
const MIGRATION_LEASE: &str = "migrations";
const MIGRATION_TIME: Duration = Duration::from_secs(120);

impl Store {
    /// Connects and brings the database to the newest version: first the nodes of this crate, then
    /// `migrations`. Any number of replicas may do so at once.
    ///
    /// # Errors
    /// When the database cannot be reached or a migration fails.
    pub async fn open(settings: &Settings, migrations: Migrations) -> anyhow::Result<Self> {
        let mut url = url::Url::parse(&settings.url)?;
        let (user, password) = (
            url.username().to_owned(),
            url.password().unwrap_or_default().to_owned(),
        );
        // The driver takes the credentials apart from the address.
        url.set_username("")
            .and_then(|()| url.set_password(None))
            .map_err(|()| anyhow::anyhow!("expected bolt://user:password@host:port"))?;
        let config = ConfigBuilder::default()
            .uri(url.as_str())
            .user(user)
            .password(password)
            .max_connections(settings.connections)
            .fetch_size(1000)
            .build()?;
        let store = Self {
            graph: Graph::connect(config)?,
            wake: Arc::new(Notify::new()),
        };
        store.migrate(migrations).await?;
        Ok(store)
    }

    async fn migrate(&self, migrations: Migrations) -> anyhow::Result<()> {
        use crate::leases::Leases as _;
        // Two replicas may both create the constraint that the lease needs: that is idempotent.
        self.run(
            "CREATE CONSTRAINT lease_name IF NOT EXISTS FOR (n:Lease) REQUIRE n.name IS UNIQUE",
            Value::Null,
        )
        .await?;
        let holder = uuid::Uuid::now_v7();
        while !self
            .acquire(MIGRATION_LEASE, holder, MIGRATION_TIME)
            .await?
        {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut migrator = migrator::Migrator(self.clone());
        let durable = Migrations {
            table: "durable_migrations",
            scripts: SCRIPTS,
        };
        let done = async {
            durable.run(&mut migrator).await?;
            migrations.run(&mut migrator).await
        }
        .await;
        self.release(MIGRATION_LEASE, holder).await?;
        done?;
        Ok(())
    }

    /// Runs a query in a transaction of its own. It may run twice after a loss of the connection,
    /// so it must be one that does no harm then.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses.
    pub async fn run(&self, text: &str, parameters: Value) -> Result<Vec<Row>, CommitError> {
        let query = query(text, parameters)?;
        let mut stream = self.graph.execute(query).await.map_err(classify)?;
        let mut rows = Vec::new();
        while let Some(row) = stream.next().await.map_err(classify)? {
            rows.push(row);
        }
        Ok(rows)
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), CommitError> {
        self.run("RETURN 1", Value::Null).await.map(drop)
    }
}

/// A query with parameters given as a JSON object.
fn query(text: &str, parameters: Value) -> Result<Query, CommitError> {
    let mut query = Query::new(text.to_owned());
    if let Value::Object(fields) = parameters {
        for (name, value) in fields {
            let value = BoltType::try_from(value)
                .map_err(|_| CommitError::Internal(anyhow::anyhow!("parameter {name}")))?;
            query = query.param(&name, value);
        }
    }
    Ok(query)
}

/// A column of a row.
///
/// # Errors
/// When it is not there, or of another type.
pub fn column<T: serde::de::DeserializeOwned>(row: &Row, name: &str) -> Result<T, CommitError> {
    row.get(name)
        .map_err(|error| CommitError::Internal(anyhow::anyhow!("column {name}: {error}")))
}

/// What a failure of the database means to a caller of a port.
fn classify(error: neo4rs::Error) -> CommitError {
    match &error {
        neo4rs::Error::Neo4j(failure) if failure.code().contains("ConstraintValidationFailed") => {
            CommitError::Conflict(failure.message().to_owned())
        }
        neo4rs::Error::Neo4j(failure) if failure.kind() != Neo4jErrorKind::Transient => {
            CommitError::Internal(error.into())
        }
        neo4rs::Error::Neo4j(_)
        | neo4rs::Error::IOError { .. }
        | neo4rs::Error::ConnectionError
        | neo4rs::Error::ConnectionTimedOut
        | neo4rs::Error::IncompleteBoltExchange
        | neo4rs::Error::ServerUnavailableError(_)
        | neo4rs::Error::RequestIgnoredError => CommitError::Unavailable(error.to_string()),
        _ => CommitError::Internal(error.into()),
    }
}
