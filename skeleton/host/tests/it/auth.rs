use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use skeleton_host::auth::{Caller, RequireCaller, TokenSigner, TokenVerifier};
use skeleton_host::http::{Method, Routes};
use skeleton_host::testing::{TestClient, assert_problem, verifier_for};
use std::sync::Arc;
use uuid::Uuid;

fn ada() -> Caller {
    Caller {
        account: Uuid::from_u128(1),
        session: Uuid::from_u128(2),
        scopes: vec!["read".into()],
    }
}

fn token(signer: &TokenSigner, audience: &str) -> String {
    signer.sign(&ada(), audience).expose_secret().to_owned()
}

#[test]
fn a_token_names_its_caller_to_the_service_it_is_for() {
    let (verifier, signer) = verifier_for("users");
    assert_eq!(verifier.verify(&token(&signer, "users")).unwrap(), ada());
    assert!(
        verifier.verify(&token(&signer, "search")).is_err(),
        "for another service"
    );
    assert!(
        verifier
            .verify(&token(&TokenSigner::generate(), "users"))
            .is_err(),
        "unknown key"
    );
}

#[test]
fn a_token_that_was_valid_is_refused_once_its_key_is_withdrawn() {
    let (verifier, signer) = verifier_for("users");
    let good = token(&signer, "users");
    for _ in 0..2 {
        assert_eq!(verifier.verify(&good).unwrap(), ada());
    }
    verifier.replace_keys(&TokenSigner::generate().public_keys());
    assert!(verifier.verify(&good).is_err());
}

#[test]
fn a_changed_token_is_refused_byte_by_byte() {
    let (verifier, signer) = verifier_for("users");
    let good = token(&signer, "users");
    // Also beside one that was accepted a moment ago.
    verifier.verify(&good).unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        // The last character of base64 holds bits that carry nothing; decoders may refuse those too.
        assert!(verifier.verify(&changed).is_err(), "changed at {at}");
    }
}

#[test]
fn an_unsigned_or_differently_signed_token_is_refused() {
    let (verifier, signer) = verifier_for("users");
    let good = token(&signer, "users");
    let parts: Vec<&str> = good.split('.').collect();
    let header = String::from_utf8(URL_SAFE_NO_PAD.decode(parts[0]).unwrap()).unwrap();
    for algorithm in ["none", "HS256"] {
        let forged = URL_SAFE_NO_PAD.encode(header.replace("EdDSA", algorithm));
        for signature in ["", parts[2]] {
            assert!(
                verifier
                    .verify(&format!("{forged}.{}.{signature}", parts[1]))
                    .is_err()
            );
        }
    }
    // With the public key as an HMAC secret, the classical confusion.
    let public = URL_SAFE_NO_PAD.decode(&signer.public_keys()[0].x).unwrap();
    let mut confused = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    confused.kid = Some(signer.public_keys()[0].kid.clone());
    let key = jsonwebtoken::EncodingKey::from_secret(&public);
    let forged = jsonwebtoken::encode(&confused, &claims(-1, 59), &key).unwrap();
    assert!(verifier.verify(&forged).is_err());
}

/// Claims made `from` seconds from now that end `to` seconds from now.
fn claims(from: i64, to: i64) -> serde_json::Value {
    let now = jsonwebtoken::get_current_timestamp() as i64;
    serde_json::json!({
        "aud": "users", "sub": Uuid::from_u128(1), "sid": Uuid::from_u128(2), "scopes": [],
        "iat": now + from, "exp": now + to,
    })
}

#[test]
fn a_token_is_refused_after_its_minute_and_when_it_claims_a_longer_one() {
    use ed25519_dalek::SigningKey;
    use ed25519_dalek::pkcs8::EncodePrivateKey;
    use sha2::{Digest, Sha256};
    let secret = "a shared secret of the gateway's replicas";
    let signer = TokenSigner::from_secrets(&SecretString::from(secret), None);
    let verifier = TokenVerifier::new("users", &signer.public_keys());
    let key = SigningKey::from_bytes(&Sha256::digest(secret.as_bytes()).into());
    let key = jsonwebtoken::EncodingKey::from_ed_der(key.to_pkcs8_der().unwrap().as_bytes());
    let verify = |from, to| {
        let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA);
        header.kid = Some(signer.public_keys()[0].kid.clone());
        let token = jsonwebtoken::encode(&header, &claims(from, to), &key).unwrap();
        verifier.verify(&token).is_ok()
    };
    assert!(verify(0, 60), "fresh");
    assert!(verify(-62, -2), "expired within the leeway");
    assert!(!verify(-80, -20), "expired");
    assert!(!verify(0, 3_600), "an hour is not a minute");
    assert!(!verify(30, 90), "made in the future");
}

#[test]
fn rotation_keeps_the_key_before_and_no_older_one() {
    let signer = TokenSigner::generate();
    let first = token(&signer, "users");
    signer.rotate();
    let verifier = TokenVerifier::new("users", &signer.public_keys());
    let second = token(&signer, "users");
    assert!(verifier.verify(&first).is_ok() && verifier.verify(&second).is_ok());
    signer.rotate();
    verifier.replace_keys(&signer.public_keys());
    assert!(verifier.verify(&first).is_err() && verifier.verify(&second).is_ok());
}

#[test]
fn replicas_with_the_same_secret_sign_with_the_same_key() {
    let secret = SecretString::from("a shared secret of the gateway's replicas");
    let next = SecretString::from("the secret that comes after the first one");
    let one = TokenSigner::from_secrets(&secret, None);
    let verifier = TokenVerifier::new(
        "users",
        &TokenSigner::from_secrets(&next, Some(&secret)).public_keys(),
    );
    assert!(verifier.verify(&token(&one, "users")).is_ok());
}

#[test]
fn public_keys_travel_as_json_and_nonsense_among_them_is_left_out() {
    let signer = TokenSigner::generate();
    let json = serde_json::to_string(&signer.public_keys()).unwrap();
    assert!(json.contains(r#""kty":"OKP","crv":"Ed25519""#), "{json}");
    let mut keys: Vec<skeleton_host::auth::PublicKey> = serde_json::from_str(&json).unwrap();
    let mut short = keys[0].clone();
    short.kid = "short".to_owned();
    short.x = "AAAA".to_owned();
    keys.insert(0, short);
    let verifier = TokenVerifier::new("users", &keys);
    assert!(verifier.verify(&token(&signer, "users")).is_ok());
    // A token that names the left-out key must not bring the process down either.
    let good = token(&signer, "users");
    let (_, rest) = good.split_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"EdDSA","kid":"short"}"#);
    assert!(verifier.verify(&format!("{header}.{rest}")).is_err());
}

fn guarded() -> TestClient {
    let (verifier, signer) = verifier_for("users");
    let routes = Routes::new()
        .on(Method::POST, "/open", async |caller: Option<Caller>| {
            format!("{}", caller.is_some())
        })
        .on(
            Method::GET,
            "/open",
            async || "closed, for GET is not listed",
        )
        .on(Method::GET, "/things/{id}", async |caller: Caller| {
            caller.account.to_string()
        })
        .on(
            Method::GET,
            "/careless",
            async || "a handler that forgot to ask",
        );
    let routes = RequireCaller::new(verifier)
        .public(Method::POST, "/open")
        .guard(routes);
    TestClient::new(routes, signer, "users")
}

#[tokio::test]
async fn every_route_that_is_not_listed_needs_a_caller() {
    let client = guarded();
    for path in ["/things/7", "/careless", "/open", "/unknown"] {
        assert_problem(
            &client.get(path).await.expect_status(401),
            "unauthenticated",
        );
    }
    let ada = client.as_account(Uuid::from_u128(1));
    assert_eq!(
        ada.get("/things/7").await.text(),
        Uuid::from_u128(1).to_string()
    );
    ada.get("/careless").await.expect_status(200);
    ada.get("/unknown").await.expect_status(404);
}

#[tokio::test]
async fn a_public_route_knows_its_caller_when_there_is_one_and_refuses_a_bad_token() {
    let client = guarded();
    assert_eq!(client.post("/open", &()).await.text(), "false");
    assert_eq!(
        client
            .as_account(Uuid::from_u128(1))
            .post("/open", &())
            .await
            .text(),
        "true"
    );
    for bad in ["Bearer nonsense", "Basic YTpi", "Bearer"] {
        let answer = client.post("/open", &()).header("authorization", bad).await;
        assert_problem(&answer, "unauthenticated");
    }
}

#[tokio::test]
async fn a_caller_without_any_verifier_is_our_fault_and_never_a_pass() {
    let (_, signer) = verifier_for("users");
    let routes = Routes::new().on(Method::GET, "/", async |caller: Caller| {
        caller.account.to_string()
    });
    let client = TestClient::new(routes, Arc::clone(&signer), "users").as_caller(ada());
    assert_problem(&client.get("/").await, "internal");
}

#[test]
fn a_caller_is_given_the_same_token_again_and_nobody_else_is() {
    let signer = TokenSigner::generate();
    let first = token(&signer, "users");
    assert_eq!(token(&signer, "users"), first);
    assert_ne!(token(&signer, "search"), first);
    let scoped = Caller {
        scopes: vec!["operator".to_owned()],
        ..ada()
    };
    let scoped = signer.sign(&scoped, "users").expose_secret().to_owned();
    assert_ne!(scoped, first);
    signer.rotate();
    let second = token(&signer, "users");
    assert_ne!(second, first);
    let verifier = TokenVerifier::new("users", &signer.public_keys());
    assert!(verifier.verify(&second).is_ok());
}
