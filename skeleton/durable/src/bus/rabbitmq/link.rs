//! The connection to the broker, made anew when it is lost.

use std::time::Duration;

use lapin::{Channel, Connection, ConnectionProperties, ErrorKind};
use tokio::sync::Mutex;

use super::Settings;

/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

pub(super) struct Link {
    pub(super) settings: Settings,
    connection: Mutex<Option<Connection>>,
}

impl Link {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            settings,
            connection: Mutex::new(None),
        }
    }

    /// A new channel, on a new connection if need be.
    pub(super) async fn channel(&self) -> lapin::Result<Channel> {
        let mut slot = self.connection.lock().await;
        if let Some(connection) = slot
            .as_ref()
            .filter(|connection| connection.status().connected())
        {
            return connection.create_channel().await;
        }
        let properties = ConnectionProperties::default()
            .with_connection_name(self.settings.name.as_str().into());
        let connecting = Connection::connect(&self.settings.url, properties);
        let connection = tokio::time::timeout(CONNECT_TIMEOUT, connecting)
            .await
            .map_err(|_| lapin::Error::from(ErrorKind::MissingHeartbeatError))??;
        slot.insert(connection).create_channel().await
    }
}
