//! Making a connection: resolve, connect, TLS, AMQP's own handshake, each within its time.

use std::{
    net::Shutdown,
    os::fd::AsFd as _,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use lapin::{
    AsyncTcpStream, Connection, ConnectionProperties,
    tcp::{RustlsConnector, RustlsConnectorConfig},
    uri::{AMQPScheme, AMQPUri},
};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

use super::{Settings, link::Held};

/// How long one address may take to answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection may take to come about, handshakes included.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// Ends a socket for everyone who holds it.
pub(super) fn cut(socket: &std::net::TcpStream) {
    // It may be closed already, which is as good.
    let _ = socket.shutdown(Shutdown::Both);
}

/// Connects once.
pub(super) async fn connect(settings: &Settings, purpose: &str) -> Result<Held, String> {
    let mut uri: AMQPUri = settings.url.parse()?;
    uri.query.heartbeat = Some(uri.query.heartbeat.unwrap_or(settings.heartbeat_seconds));
    let tls = match uri.scheme {
        AMQPScheme::AMQP => None,
        AMQPScheme::AMQPS => Some(tls(&settings.url).await?),
    };
    let properties = ConnectionProperties::default()
        .with_connection_name(format!("{} ({purpose})", settings.name).into());
    let runtime = lapin::runtime::default_runtime().map_err(|error| error.to_string())?;
    // Kept aside, so that a connection attempt that stands still can be ended: the client's thread
    // would wait for it forever.
    let socket = Arc::new(Mutex::new(None::<std::net::TcpStream>));
    let kept = socket.clone();
    let open = Connection::connector(
        uri,
        runtime,
        async move |uri: AMQPUri, runtime| {
            let (host, port) = (uri.authority.host.as_str(), uri.authority.port);
            let mut failed = std::io::Error::other("the name has no address");
            for address in tokio::net::lookup_host((host, port)).await? {
                let connecting = AsyncTcpStream::connect(&runtime, address);
                let stream = match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
                    Ok(Ok(stream)) => stream,
                    Ok(Err(error)) => {
                        failed = error;
                        continue;
                    }
                    Err(_) => {
                        failed = std::io::ErrorKind::TimedOut.into();
                        continue;
                    }
                };
                if let AsyncTcpStream::Plain(plain) = &stream {
                    let same = plain.get_ref().as_fd().try_clone_to_owned()?;
                    *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(same.into());
                }
                return match &tls {
                    None => Ok(stream),
                    Some(tls) => Ok(stream.into_rustls(tls, host).await?),
                };
            }
            Err(failed.into())
        },
        properties,
    );
    let opened = tokio::time::timeout(HANDSHAKE_TIMEOUT, open).await;
    let socket = socket.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (opened, socket) {
        (Ok(Ok(connection)), Some(socket)) => Ok(Held::new(connection, socket)),
        (opened, socket) => {
            if let Some(socket) = socket {
                cut(&socket);
            }
            Err(match opened {
                Ok(Err(error)) => describe(&error),
                _ => format!("no answer within {} s", HANDSHAKE_TIMEOUT.as_secs()),
            })
        }
    }
}

/// An error with what caused it, without the credentials that were used.
fn describe(error: &lapin::Error) -> String {
    match error.kind() {
        lapin::ErrorKind::IOError(error) => error.to_string(),
        _ => error.to_string(),
    }
}

/// Trusts the certificates of the file that the address names (`?cacertfile=/path`), and nobody
/// else; without one, whom the machine trusts.
async fn tls(url: &str) -> Result<RustlsConnector, String> {
    let url: url::Url = url.parse().map_err(|error| format!("address: {error}"))?;
    let file = url
        .query_pairs()
        .find_map(|(name, value)| (name == "cacertfile").then(|| value.into_owned()));
    let config = match file {
        None => RustlsConnectorConfig::new_with_native_certs()
            .map_err(|error| format!("certificates of this machine: {error}"))?,
        Some(file) => {
            let unusable = |error: String| format!("cacertfile {file}: {error}");
            let text = tokio::fs::read(&file)
                .await
                .map_err(|error| unusable(error.to_string()))?;
            let certificates: Vec<_> = CertificateDer::pem_slice_iter(&text)
                .collect::<Result<_, _>>()
                .map_err(|error| unusable(error.to_string()))?;
            if certificates.is_empty() {
                return Err(unusable("it holds no certificate".to_owned()));
            }
            let mut config = RustlsConnectorConfig::default();
            config.add_parsable_certificates(certificates);
            config
        }
    };
    config
        .connector_with_no_client_auth()
        .map_err(|error| format!("TLS: {error}"))
}
