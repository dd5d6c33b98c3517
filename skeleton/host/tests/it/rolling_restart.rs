//! Replicas restarted one after another under load: nobody behind an upstream notices.

use skeleton_host::health::Health;
use skeleton_host::http::{
    Body, Method, Request, Routes, ServeSettings, StatusCode, serve, to_bytes,
};
use skeleton_host::problem::Problem;
use skeleton_host::shutdown::Shutdown;
use skeleton_host::upstream::Upstream;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet, LocalSet};
use tokio_util::sync::CancellationToken;
use url::Url;

/// Longer than it takes an upstream to notice.
const DRAIN: Duration = Duration::from_millis(1_500);
/// Longer than one that refused is left alone.
const BOOT: Duration = Duration::from_millis(1_500);

struct Replica {
    address: SocketAddr,
    shutdown: Shutdown,
    served: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Replica {
    /// Listens at once, and can do its work a moment later.
    async fn start(address: SocketAddr) -> Self {
        let (shutdown, served) = (Shutdown::new(), Arc::new(AtomicUsize::new(0)));
        let has_booted = Arc::new(AtomicBool::new(false));
        let health = Health::new(shutdown.clone());
        let asked = has_booted.clone();
        health.check("booted", move || {
            let booted = asked.load(Ordering::SeqCst);
            async move { if booted { Ok(()) } else { Err("booting") } }
        });
        let (count, booted) = (served.clone(), has_booted.clone());
        let work = async move || {
            // Long enough to be in flight when the end comes.
            tokio::time::sleep(Duration::from_millis(5)).await;
            count.fetch_add(1, Ordering::SeqCst);
            if booted.load(Ordering::SeqCst) {
                Ok("done")
            } else {
                Err(Problem::unavailable(Duration::from_secs(1)))
            }
        };
        let posted = work.clone();
        let routes = Routes::new()
            .on(Method::GET, "/work", work)
            .on(Method::POST, "/work", async move |request: Request| {
                to_bytes(request.into_body(), 1 << 16).await.unwrap();
                posted().await
            })
            .merge(health.routes());
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let ending = shutdown.clone();
        let server = tokio::spawn(async move {
            let settings = ServeSettings {
                drain: DRAIN,
                ..ServeSettings::default()
            };
            serve(routes, listener, &ending, &settings).await;
        });
        tokio::spawn(async move {
            tokio::time::sleep(BOOT).await;
            has_booted.store(true, Ordering::SeqCst);
        });
        Self {
            address,
            shutdown,
            served,
            server,
        }
    }

    async fn restart(self) -> Self {
        self.shutdown.request();
        self.server.await.unwrap();
        Self::start(self.address).await
    }

    async fn works(&self) {
        while self.served.load(Ordering::SeqCst) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Asks until told to stop; gives how often, and what went wrong.
async fn hammer(
    upstream: Upstream,
    method: Method,
    pause: Duration,
    stop: CancellationToken,
) -> (usize, Vec<String>) {
    let (mut asked, mut wrong) = (0, Vec::new());
    while !stop.is_cancelled() {
        let body = if method == Method::POST {
            let parts = ["some", "thing"].map(Ok::<_, std::io::Error>);
            Body::from_stream(futures::stream::iter(parts))
        } else {
            Body::empty()
        };
        let request = Request::to(method.clone(), "/work").body(body);
        let answer = upstream.call(request).await;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 16).await;
        asked += 1;
        if status != StatusCode::OK || body.is_err() {
            wrong.push(format!("{method} was answered {status}, {body:?}"));
        }
        tokio::time::sleep(pause).await;
    }
    (asked, wrong)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn not_one_request_fails_while_replicas_are_restarted_one_after_another() {
    let anywhere: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let mut replicas = [
        Replica::start(anywhere).await,
        Replica::start(anywhere).await,
    ];
    tokio::time::sleep(BOOT + BOOT / 10).await;
    let bases = replicas
        .each_ref()
        .map(|replica| Url::parse(&format!("http://{}", replica.address)).unwrap());
    let upstream = Upstream::http(bases, Duration::from_secs(1), Duration::from_secs(10)).unwrap();
    let load = LocalSet::new();
    let stop = CancellationToken::new();
    let (watched, watching) = (upstream.clone(), stop.clone());
    tokio::spawn(async move { watched.watch(watching).await });

    let mut clients = JoinSet::new();
    for pause_ms in [0, 1, 3, 20, 60] {
        for method in [Method::GET, Method::POST] {
            let pause = Duration::from_millis(pause_ms);
            let hammer = hammer(upstream.clone(), method, pause, stop.clone());
            clients.spawn_local_on(hammer, &load);
        }
    }
    let restarts = async {
        for at in 0..replicas.len() {
            let [one, two] = replicas;
            replicas = if at == 0 {
                [one.restart().await, two]
            } else {
                [one, two.restart().await]
            };
            // The next one goes when this one has taken over its share.
            replicas[at].works().await;
        }
        stop.cancel();
        let (mut asked, mut wrong) = (0, Vec::new());
        while let Some(client) = clients.join_next().await {
            let (count, failures) = client.unwrap();
            asked += count;
            wrong.extend(failures);
        }
        (asked, wrong)
    };
    let (asked, wrong) = load.run_until(restarts).await;
    assert!(wrong.is_empty(), "{} of {asked}: {wrong:#?}", wrong.len());
    // However slow the machine is: ten clients ask for seconds.
    assert!(asked > 100, "{asked} requests are no load");
}
