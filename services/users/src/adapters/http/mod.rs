//! The API: one endpoint one file.

mod accept_invitation;
mod add_address;
mod bodies;
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

mod withdraw_invitation;

use std::sync::Arc;

use skeleton_host::{
    auth::{RequireCaller, TokenVerifier},
    http::{Method, Routes, routes},
};

use crate::application;

type App = Arc<application::App>;

/// The guarded API. Everybody may sign up and sign in; the rest needs a caller.
pub(crate) fn routes(app: App, tokens: TokenVerifier) -> Routes {
    let routes = routes![
        create_account::create_account,
        create_session::create_session,
        list_sessions::list_sessions,
        end_session::end_session,
        end_session::revoke_session,
        get_me::get_me,
        update_me::update_me,
        erase_me::erase_me,
        add_address::add_address,
        remove_address::remove_address,
        verify_address::verify_address,
        send_verification::send_verification,
        create_circle::create_circle,
        list_circles::list_circles,
        get_circle::get_circle,
        update_membership::update_membership,
        leave_circle::leave_circle,
        invite_member::invite_member,
        withdraw_invitation::withdraw_invitation,
        list_invitations::list_invitations,
        accept_invitation::accept_invitation,
        accept_invitation::accept_invitation_by_code,
        refuse_invitation::refuse_invitation,
        create_sample_network::create_sample_network,
    ]
    // The gateway's own way in is no part of the published API.
    .on(
        Method::POST,
        check_session::PATH,
        check_session::check_session,
    )
    .with_state(app);
    RequireCaller::new(tokens)
        .public(Method::POST, "/api/v1/accounts")
        .public(Method::POST, "/api/v1/sessions")
        .guard(routes)
}
