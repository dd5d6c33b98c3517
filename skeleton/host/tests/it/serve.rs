use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use futures::StreamExt;
use skeleton_host::http::{ServeSettings, serve};
use skeleton_host::shutdown::Shutdown;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

struct Running {
    address: SocketAddr,
    shutdown: Shutdown,
    /// Told when a slow request has begun; tells it to go on.
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
    server: JoinHandle<()>,
}

async fn start(settings: ServeSettings) -> Running {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (begun.clone(), go_on.clone());
    let slow = async move || {
        tell.notify_one();
        wait.notified().await;
        "finished"
    };
    let endless = async || {
        let first = futures::stream::iter([Ok::<_, std::io::Error>("data: 1\n\n")]);
        Body::from_stream(first.chain(futures::stream::pending()))
    };
    let router = Router::new()
        .route(
            "/",
            get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()),
        )
        .route("/slow", get(slow))
        .route("/endless", get(endless));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let ending = shutdown.clone();
    let server = tokio::spawn(async move { serve(router, listener, &ending, &settings).await });
    Running {
        address,
        shutdown,
        begun,
        go_on,
        server,
    }
}

/// Writes a request and reads the answer's head and its short body.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    send(stream, path).await;
    receive(stream).await
}

async fn send(stream: &mut TcpStream, path: &str) {
    let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
}

async fn receive(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let read = stream.read(&mut buffer).await.unwrap();
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&answer).into_owned();
        if read == 0 || text.contains("\r\n\r\n") && !text.ends_with("\r\n\r\n") {
            return text.to_lowercase();
        }
    }
}

async fn is_closed(stream: &mut TcpStream) -> bool {
    matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_))
}

#[tokio::test]
async fn a_connection_is_kept_for_many_requests() {
    let running = start(ServeSettings::default()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    for _ in 0..3 {
        assert!(ask(&mut stream, "/").await.ends_with("127.0.0.1"));
    }
}

#[tokio::test]
async fn a_request_in_flight_is_finished_and_idle_connections_are_closed() {
    let running = start(ServeSettings::default()).await;
    let mut idle = TcpStream::connect(running.address).await.unwrap();
    ask(&mut idle, "/").await;
    let mut busy = TcpStream::connect(running.address).await.unwrap();
    send(&mut busy, "/slow").await;
    running.begun.notified().await;
    running.shutdown.request();
    assert!(is_closed(&mut idle).await);
    running.go_on.notify_one();
    let answer = receive(&mut busy).await;
    assert!(
        answer.contains("connection: close") && answer.ends_with("finished"),
        "{answer}"
    );
    running.server.await.unwrap();
    assert!(
        TcpStream::connect(running.address).await.is_err(),
        "nobody listens any more"
    );
}

#[tokio::test]
async fn while_draining_requests_are_served_and_clients_asked_to_leave() {
    let settings = ServeSettings {
        drain: Duration::from_millis(300),
        ..ServeSettings::default()
    };
    let running = start(settings).await;
    let mut old = TcpStream::connect(running.address).await.unwrap();
    assert!(!ask(&mut old, "/").await.contains("connection: close"));
    running.shutdown.request();
    let answer = ask(&mut old, "/").await;
    assert!(
        answer.contains("200 ok") && answer.contains("connection: close"),
        "{answer}"
    );
    assert!(is_closed(&mut old).await);
    let mut new = TcpStream::connect(running.address).await.unwrap();
    assert!(
        ask(&mut new, "/").await.contains("200 ok"),
        "new connections too"
    );
    running.server.await.unwrap();
}

#[tokio::test]
async fn a_stream_that_never_ends_is_cut_at_the_deadline() {
    let settings = ServeSettings {
        deadline: Duration::from_millis(100),
        ..ServeSettings::default()
    };
    let running = start(settings).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    assert!(ask(&mut stream, "/endless").await.contains("data: 1"));
    running.shutdown.request();
    running.server.await.unwrap();
    assert!(is_closed(&mut stream).await);
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_their_turn() {
    let running = start(ServeSettings {
        max_connections: 1,
        ..ServeSettings::default()
    })
    .await;
    let mut first = TcpStream::connect(running.address).await.unwrap();
    ask(&mut first, "/").await;
    let mut second = TcpStream::connect(running.address).await.unwrap();
    send(&mut second, "/").await;
    let early = tokio::time::timeout(Duration::from_millis(50), receive(&mut second)).await;
    assert!(early.is_err(), "answered beyond the limit");
    drop(first);
    assert!(receive(&mut second).await.contains("200 ok"));
}
