//! `GET /.well-known/jwks.json`: the public keys of the tokens with which callers are passed on.
//!
//! For services in processes of their own. Nothing here is secret.

use skeleton_host::{
    auth::KeySet,
    http::{IntoResponse, Response, State, header},
    problem::Json,
};

use super::App;

pub(super) async fn get_keys(State(app): State<App>) -> Response {
    let keys = app.signer.public_keys();
    // Whoever asks again asks because a key is new.
    ([(header::CACHE_CONTROL, "no-cache")], Json(KeySet { keys })).into_response()
}
