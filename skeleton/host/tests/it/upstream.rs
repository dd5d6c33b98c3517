//! One suite over both ways of reaching a service.

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use skeleton_host::http::{
    Body, HeaderValue, Method, Request, Response, Routes, ServeSettings, StatusCode, serve,
    to_bytes,
};
use skeleton_host::shutdown::Shutdown;
use skeleton_host::upstream::Upstream;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use url::Url;

fn service() -> Routes {
    let echo = async |request: Request| {
        let mut seen = format!("{} {}\n", request.method(), request.uri());
        for (name, value) in request.headers() {
            seen.push_str(&format!("{name}: {}\n", value.to_str().unwrap()));
        }
        let body = to_bytes(request.into_body(), 1 << 20).await.unwrap();
        seen + &String::from_utf8_lossy(&body)
    };
    Routes::new()
        .any("/echo/{*rest}", echo)
        .on(Method::POST, "/pipe", async |request: Request| {
            request.into_body()
        })
        .on(Method::GET, "/teapot", async || {
            (StatusCode::IM_A_TEAPOT, [("x-kind", "pot")], "short")
        })
        .on(Method::GET, "/away", async || {
            (StatusCode::SEE_OTHER, [("location", "/teapot")])
        })
}

async fn over_http(routes: Routes) -> Upstream {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        serve(
            routes,
            listener,
            &Shutdown::new(),
            &ServeSettings::default(),
        )
        .await;
    });
    at(address)
}

fn at(address: SocketAddr) -> Upstream {
    let base = Url::parse(&format!("http://{address}")).unwrap();
    Upstream::http([base], Duration::from_secs(1), Duration::from_secs(5)).unwrap()
}

async fn both() -> [Upstream; 2] {
    [Upstream::in_process(service()), over_http(service()).await]
}

fn request(method: Method, path: &str, body: impl Into<Body>) -> Request {
    Request::to(method, path).body(body)
}

async fn text(response: Response) -> String {
    String::from_utf8(
        to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap()
            .to_vec(),
    )
    .unwrap()
}

#[tokio::test]
async fn method_path_query_headers_and_body_arrive() {
    for upstream in both().await {
        let sent = request(Method::PATCH, "/echo/a%20b?q=%C3%A9&x=1", "the body");
        let sent = sent.header("x-custom", "yes");
        let seen = text(upstream.call(sent).await).await;
        assert!(
            seen.starts_with("PATCH /echo/a%20b?q=%C3%A9&x=1\n"),
            "{seen}"
        );
        assert!(
            seen.contains("x-custom: yes\n") && seen.ends_with("the body"),
            "{seen}"
        );
    }
}

#[tokio::test]
async fn status_headers_and_redirects_come_back_as_they_are() {
    for upstream in both().await {
        let answer = upstream.call(request(Method::GET, "/teapot", "")).await;
        assert_eq!(
            (answer.status(), answer.headers().get("x-kind").unwrap()),
            (StatusCode::IM_A_TEAPOT, &HeaderValue::from_static("pot"))
        );
        assert_eq!(text(answer).await, "short");
        let answer = upstream.call(request(Method::GET, "/away", "")).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            upstream
                .call(request(Method::GET, "/none", ""))
                .await
                .status(),
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn headers_of_the_connection_stay_behind() {
    for upstream in both().await {
        let mut sent = request(Method::GET, "/echo/x", "");
        for (name, value) in [
            ("connection", "keep-alive, x-hop"),
            ("x-hop", "1"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("keep-alive", "timeout=5"),
        ] {
            sent = sent.header(name, value);
        }
        let seen = text(upstream.call(sent).await).await;
        for gone in ["x-hop", "te:", "upgrade", "keep-alive"] {
            assert!(!seen.contains(gone), "{gone}: {seen}");
        }
    }
}

#[tokio::test]
async fn bodies_stream_both_ways_at_once() {
    for upstream in both().await {
        let (mut feed, body) = futures::channel::mpsc::channel::<Result<Bytes, std::io::Error>>(1);
        let sent = request(Method::POST, "/pipe", Body::from_stream(body));
        let sent = sent.header("content-type", "application/octet-stream");
        feed.send(Ok(Bytes::from_static(b"one"))).await.unwrap();
        let answer = upstream.call(sent).await;
        let mut parts = Body::from(answer.into_body()).into_data_stream();
        assert_eq!(parts.next().await.unwrap().unwrap(), "one");
        // The first part is back before the second is sent.
        feed.send(Ok(Bytes::from_static(b"two"))).await.unwrap();
        assert_eq!(parts.next().await.unwrap().unwrap(), "two");
        drop(feed);
        assert!(parts.next().await.is_none());
    }
}

#[tokio::test]
async fn a_service_that_is_not_there_is_unavailable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = listener.local_addr().unwrap();
    drop(listener);
    let answer = at(gone).call(request(Method::POST, "/pipe", "body")).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    let kind = answer.headers().get("content-type").unwrap();
    assert_eq!(kind, "application/problem+json");
    assert!(answer.headers().contains_key("retry-after"));
    let told = text(answer).await;
    assert!(
        told.contains(":unavailable") && !told.contains("127.0.0.1"),
        "{told}"
    );
}

#[tokio::test]
async fn a_request_that_may_have_arrived_is_not_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let accepted = Arc::new(AtomicUsize::new(0));
    let count = accepted.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::AsyncReadExt;
            count.fetch_add(1, Ordering::SeqCst);
            // Takes the request, answers nothing.
            let _ = stream.read(&mut [0; 1024]).await;
        }
    });
    let answer = at(address)
        .call(request(Method::POST, "/pipe", "body"))
        .await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(accepted.load(Ordering::SeqCst), 1);
}

/// Starts the service in the pause between the two attempts; says whether that was in time.
async fn refused_at_first() -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let whole = futures::stream::iter(["who", "le"].map(Ok::<_, std::io::Error>));
    let sent = request(Method::POST, "/pipe", Body::from_stream(whole));
    let upstream = at(address);
    let shutdown = Shutdown::new();
    let ending = shutdown.clone();
    let starting = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let listener = TcpListener::bind(address).await.unwrap();
        tokio::spawn(async move {
            serve(service(), listener, &ending, &ServeSettings::default()).await;
        });
    };
    let (answer, ()) = tokio::join!(upstream.call(sent), starting);
    let in_time = answer.status() == StatusCode::OK;
    if in_time {
        assert_eq!(text(answer).await, "whole");
    }
    shutdown.request();
    in_time
}

#[tokio::test]
async fn a_refused_connection_is_tried_again_with_the_whole_body() {
    // On a busy machine the service may come up too late; hardly twenty times in a row.
    for _ in 0..20 {
        if refused_at_first().await {
            return;
        }
    }
    panic!("a refused request was never tried again");
}

async fn serving(routes: Routes) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        serve(
            routes,
            listener,
            &Shutdown::new(),
            &ServeSettings::default(),
        )
        .await;
    });
    base
}

fn named(name: &'static str) -> Routes {
    Routes::new().any("/name", async move || name)
}

fn refusing() -> Url {
    // Nobody listens on a port that was just given back.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

fn over(bases: impl IntoIterator<Item = Url>) -> Upstream {
    Upstream::http(bases, Duration::from_secs(1), Duration::from_secs(5)).unwrap()
}

#[tokio::test]
async fn replicas_take_turns_and_one_that_is_gone_is_skipped() {
    let (a, b) = (serving(named("a")).await, serving(named("b")).await);
    let upstream = over([a, refusing(), b]);
    let mut names = Vec::new();
    for method in [Method::GET, Method::POST, Method::PUT, Method::GET] {
        let answer = upstream.call(request(method, "/name", "body")).await;
        assert_eq!(answer.status(), StatusCode::OK);
        names.push(text(answer).await);
    }
    assert!(names.contains(&"a".to_owned()) && names.contains(&"b".to_owned()));
}

#[tokio::test]
async fn who_only_reads_is_sent_on_by_a_replica_that_turns_it_away_and_who_changes_is_not() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let away = Routes::new().any("/name", async move || {
        count.fetch_add(1, Ordering::SeqCst);
        (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "1")])
    });
    let (away, well) = (serving(away).await, serving(named("well")).await);
    let upstream = over([away.clone(), well.clone()]);
    let answer = upstream.call(request(Method::GET, "/name", "")).await;
    assert_eq!(text(answer).await, "well");
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    let upstream = over([away.clone(), well]);
    let answer = upstream.call(request(Method::POST, "/name", "")).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    // Where all turn it away, that is the answer, and each was asked once.
    let upstream = over([away.clone(), away]);
    let answer = upstream.call(request(Method::GET, "/name", "")).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_read_whose_connection_is_closed_without_an_answer_is_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        // The first connection takes the request and closes, the second answers.
        let (mut first, _) = listener.accept().await.unwrap();
        let _ = first.read(&mut [0; 1024]).await;
        drop(first);
        let (mut second, _) = listener.accept().await.unwrap();
        let _ = second.read(&mut [0; 1024]).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nagain";
        second.write_all(answer).await.unwrap();
    });
    let answer = at(address).call(request(Method::GET, "/", "")).await;
    assert_eq!(text(answer).await, "again");
}

#[tokio::test]
async fn a_replica_says_whether_it_is_ready_and_gets_nothing_while_it_is_not() {
    let shutdown = Shutdown::new();
    let health = skeleton_host::health::Health::new(shutdown.clone());
    let ending = serving(named("ending").merge(health.routes())).await;
    let well = serving(named("well")).await;
    let gone = refusing();
    let upstream = over([ending, gone.clone(), well]);
    shutdown.request();
    let readiness = upstream.readiness().await;
    let ready: Vec<bool> = readiness.iter().map(|replica| replica.ready).collect();
    assert_eq!(ready, [false, false, true], "{readiness:?}");
    assert_eq!(readiness[0].checks[0].name, "shutdown");
    assert!(gone.as_str().contains(&readiness[1].address));

    let (watched, stop) = (upstream.clone(), tokio_util::sync::CancellationToken::new());
    let watching = stop.clone();
    let watch = tokio::spawn(async move { watched.watch(watching).await });
    let mut in_a_row = 0;
    while in_a_row < 10 {
        let answer = upstream.call(request(Method::GET, "/name", "")).await;
        in_a_row = if text(answer).await == "well" {
            in_a_row + 1
        } else {
            0
        };
    }
    stop.cancel();
    watch.await.unwrap();
}

#[tokio::test]
async fn an_endless_readiness_is_not_read_to_its_end() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = taken.clone();
    let endless = Routes::new().on(Method::GET, "/readyz", async move || {
        let chunk = Bytes::from_static(&[b' '; 64 << 10]);
        let chunks = futures::stream::repeat(chunk).map(move |chunk| {
            counted.fetch_add(chunk.len(), Ordering::Relaxed);
            Ok::<_, std::io::Error>(chunk)
        });
        Body::from_stream(chunks.take(10_000))
    });
    let readiness = over([serving(endless).await]).readiness().await;
    assert!(readiness[0].ready, "its status has to do: {readiness:?}");
    let taken = taken.load(Ordering::Relaxed);
    // What was read, and what waits in the buffers of the connection.
    assert!(taken < 64 << 20, "{taken} bytes were sent");
}

#[tokio::test]
async fn an_upload_may_take_long_as_long_as_it_moves_and_silence_ends_it() {
    let base = serving(service()).await;
    let timeout = Duration::from_millis(400);
    let upstream = Upstream::http([base], Duration::from_secs(1), timeout).unwrap();
    let slowly = futures::stream::unfold(0, async |at| {
        tokio::time::sleep(Duration::from_millis(100)).await;
        (at < 10).then(|| (Ok::<_, std::io::Error>("x"), at + 1))
    });
    let sent = request(Method::POST, "/echo/slow", Body::from_stream(slowly));
    let answer = upstream.call(sent).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(text(answer).await.ends_with("xxxxxxxxxx"));

    let never = futures::stream::pending::<Result<Bytes, std::io::Error>>();
    let sent = request(Method::POST, "/echo/never", Body::from_stream(never));
    let answer = upstream.call(sent).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}
