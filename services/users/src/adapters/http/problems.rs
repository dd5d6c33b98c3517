//! Errors of use cases as problems: the one place.

use skeleton_durable::commit::CommitError;
use skeleton_host::problem::Problem;
use skeleton_service::problems;

use crate::application::{
    addresses::AddressError, answer_invitation::AnswerError, circles::CircleError,
    erase_account::EraseError, invite::InviteError, me::EditError, sample_network::SampleError,
    sessions::RevokeError, sign_in::SignInError, sign_up::SignUpError,
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

pub(super) fn address(error: AddressError) -> Problem {
    match error {
        AddressError::Unknown => Problem::not_found("address"),
        AddressError::BadCode(detail) => Problem::field("/code", detail),
        AddressError::TooEarly(wait) => Problem::rate_limited(wait),
        AddressError::Internal(error) => store(error),
        AddressError::NotAdded(_)
        | AddressError::SignsIn
        | AddressError::Taken
        | AddressError::NothingToSend => Problem::conflict(error.to_string()),
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

/// `what` is not there: the circle, or the invitation in it.
pub(super) fn invite(error: InviteError, what: &str) -> Problem {
    match error {
        InviteError::Unknown => Problem::not_found(what),
        InviteError::Internal(error) => store(error),
        InviteError::Member | InviteError::Invited | InviteError::Full => {
            Problem::conflict(error.to_string())
        }
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
