//! How a service in a process of its own comes to know the gateway's keys.

use secrecy::ExposeSecret;
use skeleton_host::auth::{
    Caller, KeySet, KeySource, PublicKey, RequireCaller, TokenSigner, TokenVerifier,
};
use skeleton_host::http::{Method, Routes, ServeSettings, StatusCode, serve};
use skeleton_host::problem::Json;
use skeleton_host::shutdown::Shutdown;
use skeleton_host::testing::TestClient;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

const PATH: &str = "/.well-known/jwks.json";

/// Publishes what `keys` gives; counts how often it was asked.
async fn publish(
    keys: impl Fn() -> Vec<PublicKey> + Clone + Send + Sync + 'static,
) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}{PATH}", listener.local_addr().unwrap())).unwrap();
    let asked = serve_keys(listener, keys);
    (url, asked)
}

fn serve_keys(
    listener: TcpListener,
    keys: impl Fn() -> Vec<PublicKey> + Clone + Send + Sync + 'static,
) -> Arc<AtomicUsize> {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let answer = async move || {
        count.fetch_add(1, Ordering::SeqCst);
        Json(KeySet { keys: keys() })
    };
    tokio::spawn(async move {
        let routes = Routes::new().on(Method::GET, PATH, answer);
        serve(
            routes,
            listener,
            &Shutdown::new(),
            &ServeSettings::default(),
        )
        .await;
    });
    asked
}

/// A guarded service that knows no key but from `urls`.
struct Service {
    routes: Routes,
    shutdown: Shutdown,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shutdown.request();
    }
}

impl Service {
    fn start(urls: &[Url]) -> (Self, impl Fn() -> bool + use<>) {
        let verifier = TokenVerifier::new("things", &[]);
        let source = KeySource::new(urls.to_vec(), verifier.clone()).unwrap();
        let ready = source.ready_check();
        let shutdown = Shutdown::new();
        shutdown.spawn("keys", source.follow(shutdown.token()));
        let routes = Routes::new().on(Method::GET, "/", async || "in");
        let routes = RequireCaller::new(verifier).guard(routes);
        let is_ready = move || ready().into_inner().is_ok();
        (Self { routes, shutdown }, is_ready)
    }

    /// Started, and knowing keys.
    async fn ready(urls: &[Url]) -> Self {
        let (service, is_ready) = Self::start(urls);
        until(is_ready).await;
        service
    }

    /// Whether a token of this signer gets in.
    async fn lets_in(&self, signer: &Arc<TokenSigner>) -> bool {
        let client = TestClient::new(self.routes.clone(), signer.clone(), "things");
        let answer = client.as_account(Uuid::from_u128(7)).get("/").await;
        assert!(matches!(
            answer.status,
            StatusCode::OK | StatusCode::UNAUTHORIZED
        ));
        answer.status == StatusCode::OK
    }
}

async fn until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(20), "not in time");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_new_key_is_fetched_the_moment_a_token_names_it() {
    let signer = Arc::new(TokenSigner::generate());
    let publisher = signer.clone();
    let (url, asked) = publish(move || publisher.public_keys()).await;
    let service = Service::ready(&[url]).await;
    assert!(service.lets_in(&signer).await);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    signer.rotate();
    signer.rotate();
    assert!(service.lets_in(&signer).await, "at once");
    assert!(service.lets_in(&signer).await);
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn tokens_of_strangers_make_it_ask_once_a_second_at_most() {
    let signer = Arc::new(TokenSigner::generate());
    let publisher = signer.clone();
    let (url, asked) = publish(move || publisher.public_keys()).await;
    let service = Service::ready(&[url]).await;
    let begun = Instant::now();
    let strangers = (0..200).map(|_| async {
        let stranger = Arc::new(TokenSigner::generate());
        assert!(!service.lets_in(&stranger).await);
    });
    futures::future::join_all(strangers).await;
    let seconds = begun.elapsed().as_secs() as usize;
    let asked = asked.load(Ordering::SeqCst);
    assert!(asked <= 2 + seconds, "{asked} times in {seconds} s");
    assert!(service.lets_in(&signer).await);
    // A token that is broken in another way makes it ask nothing.
    let caller = Caller {
        account: Uuid::nil(),
        session: Uuid::nil(),
        scopes: Vec::new(),
    };
    let token = signer.sign(&caller, "other things");
    let client = TestClient::new(service.routes.clone(), signer.clone(), "things");
    let bearer = format!("Bearer {}", token.expose_secret());
    let answer = client.get("/").header("authorization", &bearer).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_any_of_several_gateways_publishes_is_good_though_one_is_away() {
    let (old, new) = (
        Arc::new(TokenSigner::generate()),
        Arc::new(TokenSigner::generate()),
    );
    let (of_old, of_new) = (old.clone(), new.clone());
    let (first, _) = publish(move || of_old.public_keys()).await;
    let (second, _) = publish(move || of_new.public_keys()).await;
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let away = Url::parse(&format!("http://{}{PATH}", gone.local_addr().unwrap())).unwrap();
    drop(gone);
    let service = Service::ready(&[first, away, second]).await;
    assert!(service.lets_in(&old).await && service.lets_in(&new).await);
}

#[tokio::test]
async fn a_service_that_comes_before_the_gateway_waits_for_it() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = Url::parse(&format!("http://{address}{PATH}")).unwrap();
    let (service, is_ready) = Service::start(&[url]);
    let signer = Arc::new(TokenSigner::generate());
    assert!(!service.lets_in(&signer).await);
    assert!(!is_ready());
    let publisher = signer.clone();
    let listener = TcpListener::bind(address).await.unwrap();
    serve_keys(listener, move || publisher.public_keys());
    until(is_ready).await;
    assert!(service.lets_in(&signer).await);
}
