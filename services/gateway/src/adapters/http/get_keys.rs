//! `GET /.well-known/jwks.json`: the public keys of the tokens with which callers are passed on.
//!
//! For services in processes of their own. Nothing here is secret.

use std::sync::Arc;

use skeleton_host::{
    auth::KeySet,
    http::{IntoResponse, Response, State, header},
    problem::Json,
};

use super::front::Front;

pub(super) async fn get_keys(State(front): State<Arc<Front>>) -> Response {
    let keys = front.signer.public_keys();
    // Whoever asks again asks because a key is new.
    ([(header::CACHE_CONTROL, "no-cache")], Json(KeySet { keys })).into_response()
}
