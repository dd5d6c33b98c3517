//! What stands in front of the endpoints: who asks, may they, how often.
//!
//! | before every endpoint, in this order | |
//! |---|---|
//! | [`security_headers`] | what every answer tells a browser to refuse |
//! | [`hosts`] | is it asked for by one of our names? |
//! | [`compression`] | the answer, smaller |
//!
//! | asked by the endpoints that need it | |
//! |---|---|
//! | [`client`] | where a request comes from |
//! | [`limits`] | what an answer says of limits |
//! | [`identify`] | who asks: by a bearer token, or by a cookie of [`cookies`] from a page of ours ([`same_origin`]) |
//! | [`operator`] | is it the operator of this machine? |

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{
    Error,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use skeleton_host::{auth::TokenSigner, http::IntoResponse, upstream::Upstream};

use self::client::Proxies;
use super::get_file::Assets;
use crate::{application::App, domain::hosts::Hosts};

pub(crate) mod client;
pub(crate) mod compression;
pub(crate) mod cookies;
pub(crate) mod hosts;
pub(crate) mod identify;
pub(crate) mod limits;
pub(crate) mod operator;
pub(crate) mod same_origin;
mod security_headers;

/// Everything that the endpoints work with.
pub(crate) struct Front {
    pub(crate) app: App,
    pub(crate) upstreams: BTreeMap<&'static str, Upstream>,
    pub(crate) signer: Arc<TokenSigner>,
    pub(crate) proxies: Proxies,
    pub(crate) hosts: Hosts,
    /// Whether a sign-up from this machine itself proves its address.
    pub(crate) trusts_local_sign_ups: bool,
    pub(crate) assets: Assets,
}

/// What is asked of every request before its endpoint, and said with every answer.
pub(super) async fn stand_in_front(
    front: Arc<Front>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse, Error> {
    let is_https = front.proxies.is_https(request.head());
    let mut response = match hosts::refusal(&front, request.head()) {
        Some(problem) => request.into_response(problem.into_response()),
        None => compression::compress(request, next).await?,
    };
    security_headers::add(response.headers_mut(), is_https);
    Ok(response)
}
