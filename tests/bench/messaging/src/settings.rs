//! Where everything is, from the environment; the peers read the same variables.

use std::path::PathBuf;

/// The secret that stands for the gateway's: `load` signs with it what `publisher` verifies.
pub(crate) const TOKEN_SECRET: &str = "only for measurements, never for anything else";

/// Where everything is.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The server's own database, for making others.
    pub(crate) server: String,
    /// The publisher's database.
    pub(crate) publisher: String,
    /// The consumer's database.
    pub(crate) consumer: String,
    /// The broker.
    pub(crate) rabbitmq: String,
    /// The exchange, and the first part of the queue's name.
    pub(crate) exchange: String,
    /// Where commands are taken.
    pub(crate) address: String,
    /// Where the consumer writes down how long each event took.
    pub(crate) lags: PathBuf,
    /// Connections of each service to its database.
    pub(crate) pool: u32,
}

impl Settings {
    /// # Errors
    /// Names the first variable that is missing or wrong.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let text = |name: &str| {
            std::env::var(name).map_err(|_| anyhow::anyhow!("{name}: expected in the environment"))
        };
        Ok(Self {
            server: text("BENCH_POSTGRES")?,
            publisher: text("BENCH_PUBLISHER_POSTGRES")?,
            consumer: text("BENCH_CONSUMER_POSTGRES")?,
            rabbitmq: text("BENCH_RABBITMQ")?,
            exchange: text("BENCH_EXCHANGE")?,
            address: text("BENCH_ADDRESS")?,
            lags: text("BENCH_LAGS")?.into(),
            pool: text("BENCH_POOL")?.parse()?,
        })
    }

    /// The one queue.
    pub(crate) fn queue(&self) -> String {
        format!("{}.effects", self.exchange)
    }
}
