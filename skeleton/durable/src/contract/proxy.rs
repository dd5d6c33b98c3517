//! A network that can be broken: TCP passed on to one address, as well or badly as told.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// How well the network passes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// All of it, at once.
    Good,
    /// So many bytes a second, each way and connection.
    Slow(u32),
    /// Nothing, without a word; what was sent meanwhile arrives when it is good again.
    Stalled,
    /// As if the other side had been unplugged: connections stay open and silent for ever; new ones
    /// pass.
    HalfOpen,
    /// Every connection is closed, and new ones are as soon as they are made.
    Cut,
}

/// What is read at once.
const CHUNK: usize = 16 * 1024;

/// Passes TCP on, as well or badly as told, until its last handle is dropped.
pub struct Proxy {
    /// Where to connect.
    pub address: SocketAddr,
    network: watch::Sender<Network>,
}

impl Proxy {
    /// Passes on to `upstream` (`host:port`).
    pub async fn to(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (network, state) = watch::channel(Network::Good);
        tokio::spawn(async move {
            let mut ended = state.clone();
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = gone(&mut ended) => return,
                };
                let Ok((client, _)) = accepted else { continue };
                tokio::spawn(connection(client, upstream.clone(), state.clone()));
            }
        });
        Self { address, network }
    }

    /// The address of a URL with host and port replaced by the proxy's.
    pub fn through(&self, url: &str) -> String {
        let mut url: url::Url = url.parse().unwrap();
        url.set_host(Some("127.0.0.1")).unwrap();
        url.set_port(Some(self.address.port())).unwrap();
        url.to_string()
    }

    /// Makes the network so.
    pub fn set(&self, network: Network) {
        self.network.send_replace(network);
    }
}

/// Returns once the proxy is dropped.
async fn gone(state: &mut watch::Receiver<Network>) {
    while state.changed().await.is_ok() {}
}

async fn connection(client: TcpStream, upstream: String, mut state: watch::Receiver<Network>) {
    if *state.borrow_and_update() == Network::Cut {
        return;
    }
    // What is there already when the network turns half-open never comes back, so a new one made in
    // that time passes.
    let born_half_open = *state.borrow() == Network::HalfOpen;
    let Ok(server) = TcpStream::connect(&upstream).await else {
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let (out, back) = (state.clone(), state.clone());
    let silent = tokio::select! {
        silent = pass(&mut from_client, &mut to_server, out, born_half_open) => silent,
        silent = pass(&mut from_server, &mut to_client, back, born_half_open) => silent,
    };
    drop((from_server, to_server));
    if silent.is_ok_and(|silent| silent) {
        // The server's side is gone, the client's is never told.
        gone(&mut state).await;
    }
}

/// Passes one direction on until it ends or the network breaks; true when the other side must not
/// notice.
async fn pass(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    mut state: watch::Receiver<Network>,
    born_half_open: bool,
) -> io::Result<bool> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let network = *state.borrow_and_update();
        let read = match network {
            Network::Cut => return Ok(false),
            Network::HalfOpen if !born_half_open => return Ok(true),
            Network::Stalled => None,
            Network::Slow(bytes) => Some(CHUNK.min(bytes as usize / 20 + 1)),
            Network::Good | Network::HalfOpen => Some(CHUNK),
        };
        let Some(most) = read else {
            if state.changed().await.is_err() {
                return Ok(false);
            }
            continue;
        };
        let length = tokio::select! {
            read = from.read(&mut chunk[..most]) => read?,
            changed = state.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return Ok(false),
            },
        };
        if length == 0 {
            return Ok(false);
        }
        // A stall or a break that came meanwhile holds for these bytes as well.
        loop {
            match *state.borrow_and_update() {
                Network::Cut => return Ok(false),
                Network::HalfOpen if !born_half_open => return Ok(true),
                Network::Stalled => {}
                _ => break,
            }
            if state.changed().await.is_err() {
                return Ok(false);
            }
        }
        if let Network::Slow(bytes) = network {
            let wait = length as f64 / f64::from(bytes.max(1));
            tokio::time::sleep(Duration::from_secs_f64(wait)).await;
        }
        to.write_all(&chunk[..length]).await?;
    }
}
