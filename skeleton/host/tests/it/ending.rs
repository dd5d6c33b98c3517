//! The end under load: whoever got a connection gets an answer to what is asked on it.

use skeleton_host::http::{Method, Routes, ServeSettings, serve};
use skeleton_host::shutdown::Shutdown;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const ROUNDS: usize = 4;
/// Servers that live and end beside each other.
const AT_ONCE: usize = 5;
/// Requests that were answered before the end is asked for.
const BEFORE_THE_END: usize = 400;

/// How a client uses its connections.
#[derive(Clone, Copy, Debug)]
enum Habit {
    /// One after another on one connection.
    Kept,
    /// Each on a connection of its own.
    Fresh,
    /// On one connection, with so long a pause between.
    Paced(Duration),
}

const HABITS: [Habit; 6] = [
    Habit::Kept,
    Habit::Kept,
    Habit::Fresh,
    Habit::Fresh,
    Habit::Paced(Duration::from_millis(1)),
    Habit::Paced(Duration::from_millis(30)),
];

/// Reads one answer; says whether the connection is kept. None if it did not come whole.
async fn answer(stream: &mut TcpStream) -> Option<bool> {
    let (mut answer, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        let read = stream
            .read(&mut buffer)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer).to_lowercase();
        if text.ends_with("\r\n\r\ndone") {
            return text
                .starts_with("http/1.1 200")
                .then(|| !text.contains("connection: close"));
        }
    }
}

/// Asks until nobody listens any more; gives how many answers came and what was lost.
async fn client(
    habit: Habit,
    address: SocketAddr,
    answered: tokio::sync::mpsc::UnboundedSender<()>,
) -> Vec<String> {
    let mut lost = Vec::new();
    let mut open: Option<(TcpStream, usize)> = None;
    loop {
        let (mut stream, served) = match open.take() {
            Some(kept) => kept,
            None => match TcpStream::connect(address).await {
                Ok(stream) => (stream, 0),
                Err(_) => return lost,
            },
        };
        let sent = stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
        let kept = match sent {
            Ok(()) => answer(&mut stream).await,
            Err(_) => None,
        };
        match kept {
            Some(is_kept) => {
                let _ = answered.send(());
                if is_kept && !matches!(habit, Habit::Fresh) {
                    open = Some((stream, served + 1));
                }
            }
            None => lost.push(format!("{habit:?}, after {served} on the connection")),
        }
        if let Habit::Paced(pause) = habit {
            tokio::time::sleep(pause).await;
        }
    }
}

/// One server's life under load; gives what was lost.
async fn life(drain: Duration) -> Vec<String> {
    let work = async || {
        tokio::task::yield_now().await;
        "done"
    };
    let routes = Routes::new().on(Method::GET, "/", work);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let ending = shutdown.clone();
    let server = tokio::spawn(async move {
        let settings = ServeSettings {
            drain,
            ..ServeSettings::default()
        };
        serve(routes, listener, &ending, &settings).await;
    });
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let mut clients = JoinSet::new();
    for habit in HABITS {
        clients.spawn(client(habit, address, tell.clone()));
    }
    drop(tell);
    for _ in 0..BEFORE_THE_END {
        told.recv().await.unwrap();
    }
    shutdown.request();
    server.await.unwrap();
    let lost = clients.join_all().await;
    lost.into_iter().flatten().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_on_an_accepted_connection_is_lost_at_the_end() {
    for drain in [Duration::ZERO, Duration::from_millis(50)] {
        for round in 0..ROUNDS {
            let lives = (0..AT_ONCE).map(|_| tokio::spawn(life(drain)));
            for lost in futures::future::join_all(lives).await {
                let lost = lost.unwrap();
                assert!(lost.is_empty(), "round {round}, drain {drain:?}: {lost:#?}");
            }
        }
    }
}
