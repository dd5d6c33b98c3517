use futures::StreamExt;
use skeleton_host::http::{
    Body, Method, Peer, PerAddress, Request, Routes, ServeSettings, StatusCode, serve,
};
use skeleton_host::shutdown::Shutdown;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

struct Running {
    address: SocketAddr,
    /// Requests that are being held.
    held: Arc<()>,
    shutdown: Shutdown,
    /// Told when a slow request has begun; tells it to go on.
    begun: Arc<Notify>,
    go_on: Arc<Notify>,
    /// Gone with the answer that never ends.
    flooding: Weak<()>,
    server: JoinHandle<()>,
}

async fn start(settings: ServeSettings) -> Running {
    let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (begun.clone(), go_on.clone());
    let slow = async move || {
        // In the queue before anybody is told, so that those who wait are let go in their order.
        let mut going = pin!(wait.notified());
        going.as_mut().enable();
        tell.notify_one();
        going.await;
        "finished"
    };
    let endless = async || {
        let first = futures::stream::iter([Ok::<_, std::io::Error>("data: 1\n\n")]);
        Body::from_stream(first.chain(futures::stream::pending()))
    };
    let (told, guard) = (begun.clone(), Arc::new(()));
    let flooding = Arc::downgrade(&guard);
    let guard = Arc::new(std::sync::Mutex::new(Some(guard)));
    let flood = move || {
        told.notify_one();
        let guard = guard.lock().unwrap().take();
        let chunks = futures::stream::repeat_with(move || {
            let _held = &guard;
            Ok::<_, std::io::Error>(vec![b'x'; 1 << 16])
        });
        async { Body::from_stream(chunks) }
    };
    let held = Arc::new(());
    let (tell, counted) = (begun.clone(), held.clone());
    let hold = async move |_: Request| {
        let _held = counted;
        tell.notify_one();
        std::future::pending::<&str>().await
    };
    let refuse = async || (StatusCode::FORBIDDEN, "no");
    let routes = Routes::new()
        .on(Method::POST, "/hold", hold)
        .on(Method::POST, "/refuse", refuse)
        .on(Method::GET, "/healthz", async || "ok")
        .on(Method::GET, "/flood", flood)
        .on(Method::GET, "/", async |Peer(peer): Peer| {
            peer.ip().to_string()
        })
        .on(Method::GET, "/slow", slow)
        .on(Method::GET, "/endless", endless);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = Shutdown::new();
    let ending = shutdown.clone();
    let server = tokio::spawn(async move { serve(routes, listener, &ending, &settings).await });
    Running {
        address,
        held,
        shutdown,
        begun,
        go_on,
        flooding,
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

/// Connects from this address of the machine.
async fn connect_from(from: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

#[tokio::test]
async fn idle_connections_make_room_for_whoever_asks() {
    let running = start(ServeSettings {
        max_connections: 20,
        ..ServeSettings::default()
    })
    .await;
    let mut idle = Vec::new();
    for at in 0..60 {
        let mut stream = connect_from("127.0.0.1", running.address).await;
        if at % 2 == 0 {
            assert!(ask(&mut stream, "/").await.contains("200 ok"));
        }
        idle.push(stream);
    }
    let mut other = connect_from("127.0.0.2", running.address).await;
    let answer = ask(&mut other, "/").await;
    assert!(answer.contains("200 ok") && answer.contains("127.0.0.2"));
    assert!(is_closed(&mut idle[0]).await, "the oldest had to go");
    assert!(ask(&mut other, "/").await.contains("200 ok"), "it stays");
}

#[tokio::test]
async fn one_address_has_its_share_and_the_others_have_the_rest() {
    let running = start(ServeSettings {
        per_address: PerAddress::Each(2),
        ..ServeSettings::default()
    })
    .await;
    let mut busy = Vec::new();
    for _ in 0..2 {
        let mut stream = connect_from("127.0.0.1", running.address).await;
        send(&mut stream, "/slow").await;
        running.begun.notified().await;
        busy.push(stream);
    }
    let mut third = connect_from("127.0.0.1", running.address).await;
    let answer = ask(&mut third, "/").await;
    assert!(
        answer.contains("503") && answer.contains("retry-after: 1"),
        "{answer}"
    );
    assert!(is_closed(&mut third).await);
    let mut other = connect_from("127.0.0.2", running.address).await;
    assert!(ask(&mut other, "/").await.contains("200 ok"));
    for stream in &mut busy {
        running.go_on.notify_one();
        assert!(receive(stream).await.contains("finished"));
    }
    let mut again = connect_from("127.0.0.1", running.address).await;
    assert!(ask(&mut again, "/").await.contains("200 ok"));
}

#[tokio::test]
async fn probes_are_answered_when_every_connection_is_busy() {
    let running = start(ServeSettings {
        max_connections: 1,
        ..ServeSettings::default()
    })
    .await;
    let mut busy = TcpStream::connect(running.address).await.unwrap();
    send(&mut busy, "/slow").await;
    running.begun.notified().await;
    // Those that there is no room for may be many, and may say nothing.
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(running.address).await.unwrap());
    }
    let mut probe = TcpStream::connect(running.address).await.unwrap();
    assert!(ask(&mut probe, "/healthz").await.contains("200 ok"));
    let mut other = TcpStream::connect(running.address).await.unwrap();
    assert!(ask(&mut other, "/").await.contains("503"));
    running.go_on.notify_one();
    assert!(receive(&mut busy).await.contains("finished"));
    assert!(ask(&mut busy, "/").await.contains("200 ok"), "it is kept");
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for_neither_the_first_nor_a_later_one() {
    let running = start(ServeSettings {
        head_timeout: Duration::from_millis(200),
        ..ServeSettings::default()
    })
    .await;
    let mut silent = TcpStream::connect(running.address).await.unwrap();
    assert!(is_closed(&mut silent).await);
    for asked_before in [false, true] {
        let mut slow = TcpStream::connect(running.address).await.unwrap();
        if asked_before {
            assert!(ask(&mut slow, "/").await.contains("200 ok"));
            tokio::time::sleep(Duration::from_millis(400)).await;
        }
        // A byte now and then is no head. Writing fails once the other end has gone.
        let mut head = b"GET / HTTP/1.1\r\nhost: x\r\nx: "
            .iter()
            .chain(&[b'x'; 1000]);
        let trickle = async {
            while let Some(byte) = head.next()
                && slow.write_all(&[*byte]).await.is_ok()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        trickle.await;
        assert!(head.next().is_some(), "it was read to its end");
    }
}

#[tokio::test]
async fn between_requests_a_connection_is_kept_for_so_long() {
    let running = start(ServeSettings {
        head_timeout: Duration::from_millis(50),
        idle_timeout: Duration::from_secs(2),
        ..ServeSettings::default()
    })
    .await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    assert!(ask(&mut stream, "/").await.contains("200 ok"));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(ask(&mut stream, "/").await.contains("200 ok"));
    assert!(is_closed(&mut stream).await);
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_not_written_for_ever() {
    let running = start(ServeSettings {
        idle_timeout: Duration::from_millis(300),
        ..ServeSettings::default()
    })
    .await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    send(&mut stream, "/flood").await;
    running.begun.notified().await;
    assert_eq!(running.flooding.upgrade().map(drop), Some(()));
    while running.flooding.strong_count() > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_is_done_for_a_client_that_hangs_up_ends() {
    let running = start(ServeSettings::default()).await;
    // In the table of each thread that has answered, and here.
    for half in [false, true] {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        let before = Arc::strong_count(&running.held);
        let request = b"POST /hold HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhalf";
        stream.write_all(request).await.unwrap();
        running.begun.notified().await;
        assert!(Arc::strong_count(&running.held) > before);
        if half {
            stream.shutdown().await.unwrap();
        } else {
            drop(stream);
        }
        // The thread keeps what it made of the table to answer.
        while Arc::strong_count(&running.held) > before + 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn whoever_is_refused_before_all_was_sent_comes_to_read_why() {
    let running = start(ServeSettings::default()).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let length = 8 << 20;
    let head = format!("POST /refuse HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    // As most clients do: first all that there is to send, then the answer.
    stream.write_all(&vec![b'x'; length]).await.unwrap();
    let answer = receive(&mut stream).await;
    assert!(
        answer.contains("403") && answer.contains("connection: close"),
        "{answer}"
    );
}
