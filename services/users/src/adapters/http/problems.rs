//! Errors of use cases as problems: the one place.

use skeleton_durable::commit::CommitError;
use skeleton_host::problem::Problem;
use skeleton_service::problems;

use crate::application::{
    accept_invitation::AnswerError, add_address::AddAddressError, circles::CircleError,
    create_sample_network::SampleError, erase_account::EraseError, invite_member::InviteError,
    remove_address::RemoveAddressError, revoke_session::RevokeError,
    send_verification::SendVerificationError, sign_in::SignInError, sign_up::SignUpError,
    update_me::EditError, verify_address::VerifyAddressError, withdraw_invitation::WithdrawError,
};

/// A failure of the store. What others changed again and again is not the caller's to mend.
pub(super) fn store(error: CommitError) -> Problem {
    match error {
        CommitError::Conflict(_) => problems::retry(&error),
        other => problems::store(other),
    }
}

pub(super) fn sign_up(error: SignUpError) -> Problem {
    match error {
        SignUpError::Taken => Problem::conflict(error.to_string()),
        SignUpError::Internal(error) => store(error),
    }
}

pub(super) fn sign_in(error: SignInError) -> Problem {
    match error {
        SignInError::Refused => Problem::unauthenticated(error.to_string()),
        SignInError::TooEarly(wait) => Problem::rate_limited(wait),
        SignInError::Internal(error) => store(error),
    }
}

pub(super) fn erase(error: EraseError) -> Problem {
    match error {
        EraseError::Unknown => Problem::not_found("account"),
        EraseError::Refused => Problem::forbidden(error.to_string()),
        EraseError::TooEarly(wait) => Problem::rate_limited(wait),
        EraseError::Internal(error) => store(error),
    }
}

pub(super) fn revoke(error: RevokeError) -> Problem {
    match error {
        RevokeError::Unknown => Problem::not_found("session"),
        RevokeError::Internal(error) => store(error),
    }
}

pub(super) fn edit(error: EditError) -> Problem {
    match error {
        EditError::Unknown => Problem::not_found("account"),
        EditError::Changed(current) => Problem::version_mismatch(current),
        EditError::Internal(error) => store(error),
    }
}

pub(super) fn add_address(error: AddAddressError) -> Problem {
    match error {
        AddAddressError::Unknown => Problem::not_found("address"),
        AddAddressError::NotAdded(_) => Problem::conflict(error.to_string()),
        AddAddressError::Internal(error) => store(error),
    }
}

pub(super) fn verify_address(error: VerifyAddressError) -> Problem {
    match error {
        VerifyAddressError::Unknown => Problem::not_found("address"),
        VerifyAddressError::BadCode(detail) => Problem::field("/code", detail),
        VerifyAddressError::Taken => Problem::conflict(error.to_string()),
        VerifyAddressError::Internal(error) => store(error),
    }
}

pub(super) fn send_verification(error: SendVerificationError) -> Problem {
    match error {
        SendVerificationError::Unknown => Problem::not_found("address"),
        SendVerificationError::TooEarly(wait) => Problem::rate_limited(wait),
        SendVerificationError::NothingToSend => Problem::conflict(error.to_string()),
        SendVerificationError::Internal(error) => store(error),
    }
}

pub(super) fn remove_address(error: RemoveAddressError) -> Problem {
    match error {
        RemoveAddressError::Unknown => Problem::not_found("address"),
        RemoveAddressError::SignsIn => Problem::conflict(error.to_string()),
        RemoveAddressError::Internal(error) => store(error),
    }
}

pub(super) fn circle(error: CircleError) -> Problem {
    match error {
        CircleError::Unknown => Problem::not_found("circle"),
        CircleError::TooMany => Problem::conflict(error.to_string()),
        CircleError::Changed(current) => Problem::version_mismatch(current),
        CircleError::Internal(error) => store(error),
    }
}

pub(super) fn invite(error: InviteError) -> Problem {
    match error {
        InviteError::Unknown => Problem::not_found("circle"),
        InviteError::Internal(error) => store(error),
        InviteError::Member | InviteError::Invited | InviteError::Full => {
            Problem::conflict(error.to_string())
        }
    }
}

pub(super) fn withdraw(error: WithdrawError) -> Problem {
    match error {
        WithdrawError::Unknown => Problem::not_found("invitation"),
        WithdrawError::Internal(error) => store(error),
    }
}

pub(super) fn answer(error: AnswerError) -> Problem {
    match error {
        AnswerError::Unknown => Problem::not_found("invitation"),
        AnswerError::Internal(error) => store(error),
        AnswerError::Over(_)
        | AnswerError::NotJoined(_)
        | AnswerError::TooMany
        | AnswerError::OthersAddress
        | AnswerError::NotAdded(_) => Problem::conflict(error.to_string()),
    }
}

pub(super) fn sample(error: SampleError) -> Problem {
    match error {
        SampleError::Unknown => Problem::not_found("account"),
        SampleError::TooMany => Problem::conflict(error.to_string()),
        SampleError::Internal(error) => store(error),
    }
}
