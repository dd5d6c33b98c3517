use secrecy::ExposeSecret;
use skeleton_host::auth::{KeySet, TokenVerifier};

use crate::support::{get, world};

#[tokio::test]
async fn services_elsewhere_check_tokens_with_what_the_gateway_publishes() {
    let world = world().await;
    world.signer.rotate();
    let answer = world.ask(get("/.well-known/jwks.json")).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let keys: KeySet = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(keys.keys.len(), 2, "the one of now and the one before");
    let caller = world.sign_in("t");
    let token = world.signer.sign(&caller, "users");
    let verifier = TokenVerifier::new("users", &keys.keys);
    let seen = verifier.verify(token.expose_secret()).unwrap();
    assert_eq!(seen.account, caller.account);
}
