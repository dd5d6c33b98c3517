//! The API: one endpoint one file.

mod accept_invitation;
mod add_address;
mod check_session;
mod create_account;
mod create_circle;
mod create_sample_network;
mod create_session;
mod end_session;
mod erase_me;
mod get_circle;
mod get_me;
mod invite_member;
mod leave_circle;
mod list_circles;
mod list_invitations;
mod list_sessions;
mod problems;
mod refuse_invitation;
mod remove_address;
mod send_verification;
mod update_me;
mod update_membership;
mod verify_address;
mod views;
mod withdraw_invitation;

use std::sync::Arc;

use axum::Router;
use http::Method;
use skeleton_host::auth::{RequireCaller, TokenVerifier};
use utoipa::openapi::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::application::Users;

type App = Arc<Users>;

/// The guarded API and its description. Everybody may sign up and sign in; the rest needs a caller.
pub(crate) fn router(users: App, tokens: TokenVerifier) -> (Router, OpenApi) {
    let (router, mut openapi) = OpenApiRouter::new()
        .routes(routes!(create_account::create_account))
        .routes(routes!(
            create_session::create_session,
            list_sessions::list_sessions,
            end_session::end_session
        ))
        .routes(routes!(end_session::revoke_session))
        .routes(routes!(
            get_me::get_me,
            update_me::update_me,
            erase_me::erase_me
        ))
        .routes(routes!(add_address::add_address))
        .routes(routes!(remove_address::remove_address))
        .routes(routes!(verify_address::verify_address))
        .routes(routes!(send_verification::send_verification))
        .routes(routes!(
            create_circle::create_circle,
            list_circles::list_circles
        ))
        .routes(routes!(get_circle::get_circle))
        .routes(routes!(
            update_membership::update_membership,
            leave_circle::leave_circle
        ))
        .routes(routes!(invite_member::invite_member))
        .routes(routes!(withdraw_invitation::withdraw_invitation))
        .routes(routes!(list_invitations::list_invitations))
        .routes(routes!(accept_invitation::accept_invitation))
        .routes(routes!(accept_invitation::accept_invitation_by_code))
        .routes(routes!(refuse_invitation::refuse_invitation))
        .routes(routes!(create_sample_network::create_sample_network))
        .split_for_parts();
    openapi.info.title = "users".to_owned();
    // The gateway's own way in is no part of the published API.
    let router = router.merge(check_session::router()).with_state(users);
    let guarded = RequireCaller::new(tokens)
        .public(Method::POST, "/api/v1/accounts")
        .public(Method::POST, "/api/v1/sessions")
        .guard(router);
    (guarded, openapi)
}
