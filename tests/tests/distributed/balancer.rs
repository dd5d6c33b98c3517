//! What stands before several gateways in production: takes connections, and leads each to a
//! gateway that says it is ready. It knows no HTTP and repeats nothing.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// How often readiness is asked: shorter than the gateways go on serving after SIGTERM.
const PROBE_EVERY: Duration = Duration::from_millis(100);

pub(crate) struct Balancer {
    pub(crate) url: String,
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Balancer {
    pub(crate) async fn before(gateways: Vec<String>) -> Self {
        skeleton_host::upstream::install_tls();
        let ready = Arc::new(Mutex::new(gateways.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let probing = tokio::spawn(probe(gateways, ready.clone()));
        let accepting = tokio::spawn(accept(listener, ready));
        Self {
            url,
            tasks: vec![probing, accepting],
        }
    }
}

async fn probe(gateways: Vec<String>, ready: Arc<Mutex<Vec<String>>>) {
    let http = reqwest::Client::builder()
        .timeout(Duration::from_millis(500))
        .pool_max_idle_per_host(0)
        .build()
        .unwrap();
    loop {
        let mut now = Vec::new();
        for gateway in &gateways {
            let answer = http.get(format!("http://{gateway}/readyz")).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                now.push(gateway.clone());
            }
        }
        if !now.is_empty() {
            *ready.lock().unwrap() = now;
        }
        tokio::time::sleep(PROBE_EVERY).await;
    }
}

async fn accept(listener: TcpListener, ready: Arc<Mutex<Vec<String>>>) {
    let turn = AtomicUsize::new(0);
    loop {
        let Ok((mut client, _)) = listener.accept().await else {
            continue;
        };
        let gateway = {
            let ready = ready.lock().unwrap();
            ready[turn.fetch_add(1, Ordering::Relaxed) % ready.len()].clone()
        };
        tokio::spawn(async move {
            if let Ok(mut server) = TcpStream::connect(&gateway).await {
                let _ = copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}
