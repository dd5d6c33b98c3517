use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::SecretString;
use skeleton_host::auth::{RequireCaller, TokenSigner, TokenVerifier};
use skeleton_host::http::{Method, Routes};
use skeleton_host::pages::{Page, Pages};
use skeleton_host::problem::{Json, Problem};
use skeleton_host::testing::{TestClient, assert_problem};
use std::sync::Arc;
use uuid::Uuid;

/// The numbers from 0 to 449, in pages.
async fn numbers(pages: Pages) -> Result<Json<Page<u32>>, Problem> {
    let start = pages.after::<u32>()?.map_or(0, |last| last + 1);
    let fetched = (start..450).take(pages.limit() + 1).collect();
    Ok(Json(pages.cut(fetched, |last| *last)))
}

fn signer() -> Arc<TokenSigner> {
    let secret = SecretString::from("a secret that all replicas of a gateway share");
    Arc::new(TokenSigner::from_secrets(&secret, None))
}

/// A replica of a service with two lists, behind a gateway.
fn replica(signer: &Arc<TokenSigner>, name: &str) -> TestClient {
    let verifier = TokenVerifier::new(name, &signer.public_keys());
    let routes = Routes::new().on(Method::GET, "/numbers", numbers).on(
        Method::GET,
        "/of/{owner}/numbers",
        numbers,
    );
    TestClient::new(
        RequireCaller::new(verifier).guard(routes),
        signer.clone(),
        name,
    )
}

const ADA: Uuid = Uuid::from_u128(0xada);
const BOB: Uuid = Uuid::from_u128(0xb0b);

fn client() -> TestClient {
    replica(&signer(), "numbers").as_account(ADA)
}

async fn next(client: &TestClient, list: &str) -> String {
    let page: Page<u32> = client.get(list).await.json();
    page.next.expect("there are more numbers")
}

async fn assert_refused(client: &TestClient, path: &str) {
    let problem = assert_problem(&client.get(path).await, "validation");
    assert_eq!(problem.errors[0].pointer, "/cursor", "{path}");
    assert!(
        problem.errors[0].detail.contains("`next` of a page"),
        "{path}"
    );
}

#[tokio::test]
async fn following_the_cursor_gives_every_item_once() {
    for limit in ["", "limit=1&", "limit=150&", "limit=200&"] {
        let mut seen = Vec::new();
        let mut cursor = String::new();
        loop {
            let page: Page<u32> = client()
                .get(&format!("/numbers?{limit}{cursor}"))
                .await
                .json();
            if limit.is_empty() && seen.is_empty() {
                assert_eq!(page.items.len(), 50, "the default");
            }
            assert!(
                !page.items.is_empty(),
                "a cursor to nothing after {}",
                seen.len()
            );
            seen.extend(page.items);
            let Some(next) = page.next else { break };
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            assert!(next.bytes().all(plain), "{next}");
            cursor = format!("cursor={next}");
        }
        assert_eq!(seen, (0..450).collect::<Vec<_>>(), "{limit}");
    }
}

#[tokio::test]
async fn limits_out_of_bounds_are_named() {
    for query in ["limit=0", "limit=201", "limit=-1", "limit=many"] {
        let answer = client().get(&format!("/numbers?{query}")).await;
        let problem = assert_problem(&answer, "validation");
        assert_eq!(problem.errors[0].pointer, "/limit");
        assert!(
            problem.errors[0].detail.contains("from 1 to 200"),
            "{problem:?}"
        );
    }
}

#[tokio::test]
async fn a_cursor_that_the_list_did_not_give_out_is_refused() {
    let client = client();
    let own = next(&client, "/numbers?limit=3").await;
    let sealed = URL_SAFE_NO_PAD.decode(&own).unwrap();
    let json = sealed[16..].to_vec();
    let mut made_up = vec![
        "!!".to_owned(),
        "AAAA".to_owned(),
        "A".repeat(5_000),
        URL_SAFE_NO_PAD.encode(b"7"),
        URL_SAFE_NO_PAD.encode(&json),
        URL_SAFE_NO_PAD.encode([&[0; 16], json.as_slice()].concat()),
        URL_SAFE_NO_PAD.encode(&sealed[..sealed.len() - 1]),
        URL_SAFE_NO_PAD.encode([&sealed[..], b"0"].concat()),
    ];
    for byte in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[byte] ^= 1;
        made_up.push(URL_SAFE_NO_PAD.encode(changed));
    }
    for cursor in made_up {
        assert_refused(&client, &format!("/numbers?cursor={cursor}")).await;
    }
    client
        .get(&format!("/numbers?cursor={own}"))
        .await
        .expect_status(200);
}

#[tokio::test]
async fn a_cursor_of_another_account_query_list_or_service_is_refused() {
    let signer = signer();
    let here = replica(&signer, "numbers");
    let (ada, bob) = (here.as_account(ADA), here.as_account(BOB));
    let elsewhere = replica(&signer, "letters").as_account(ADA);
    let plain = next(&ada, "/numbers").await;
    let asked = next(&ada, "/numbers?q=ada&kind=odd").await;
    let of_ada = next(&ada, "/of/ada/numbers").await;
    assert_refused(&bob, &format!("/numbers?cursor={plain}")).await;
    assert_refused(&elsewhere, &format!("/numbers?cursor={plain}")).await;
    for (path, cursor) in [
        ("/numbers?q=ada&kind=odd", &plain),
        ("/numbers?", &asked),
        ("/numbers?q=ada", &asked),
        ("/numbers?q=ad&kind=odd", &asked),
        ("/numbers?q=ada%26kind%3Dodd", &asked),
        ("/of/ada/numbers?", &plain),
        ("/of/bob/numbers?", &of_ada),
    ] {
        assert_refused(&ada, &format!("{path}&cursor={cursor}")).await;
    }
    // The order of the query and the size of the page are no other query.
    for path in ["/numbers?kind=odd&q=ada", "/numbers?limit=7&q=ada&kind=odd"] {
        ada.get(&format!("{path}&cursor={asked}"))
            .await
            .expect_status(200);
    }
}

#[tokio::test]
async fn a_cursor_holds_at_every_replica_and_after_a_restart_until_the_secret_is_replaced() {
    let cursor = next(&client(), "/numbers").await;
    client()
        .get(&format!("/numbers?cursor={cursor}"))
        .await
        .expect_status(200);
    let secret = SecretString::from("another secret that all replicas now share");
    let replaced = Arc::new(TokenSigner::from_secrets(&secret, None));
    let replaced = replica(&replaced, "numbers").as_account(ADA);
    assert_refused(&replaced, &format!("/numbers?cursor={cursor}")).await;
}

/// What a gateway of the version before sends.
#[tokio::test]
async fn a_token_without_a_key_for_cursors_still_pages() {
    use jsonwebtoken::{Algorithm, EncodingKey, Header};
    let signer = signer();
    let seed: [u8; 32] = {
        use sha2::Digest;
        sha2::Sha256::digest("a secret that all replicas of a gateway share").into()
    };
    let der = {
        use ed25519_dalek::pkcs8::EncodePrivateKey;
        ed25519_dalek::SigningKey::from_bytes(&seed)
            .to_pkcs8_der()
            .unwrap()
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(signer.public_keys()[0].kid.clone());
    let now = jsonwebtoken::get_current_timestamp();
    let claims = serde_json::json!({
        "aud": "numbers", "sub": ADA, "sid": ADA, "scopes": [], "iat": now, "exp": now + 60,
    });
    let key = EncodingKey::from_ed_der(der.as_bytes());
    let token = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    let nobody = replica(&signer, "numbers");
    let get = |path: String| {
        let bearer = format!("Bearer {token}");
        let nobody = nobody.clone();
        async move { nobody.get(&path).header("authorization", &bearer).await }
    };
    let first: Page<u32> = get("/numbers".to_owned()).await.json();
    let second = get(format!("/numbers?cursor={}", first.next.unwrap())).await;
    let second: Page<u32> = second.json();
    assert_eq!(second.items[0], 50);
    let cursor = second.next.unwrap();
    assert_refused(&client(), &format!("/numbers?cursor={cursor}")).await;
}
