//! Errors of use cases as problems: the one place.

use skeleton_host::problem::Problem;

pub(super) use skeleton_service::problems::store;

use crate::{
    application::{
        live::Refused,
        sessions::SessionError,
        stream_updates::{HEARTBEAT, StreamError},
    },
    ports::CheckError,
};

/// What it means that there is no caller.
pub(super) fn session(error: SessionError) -> Problem {
    match error {
        SessionError::Ended => Problem::unauthenticated(error.to_string()),
        SessionError::Check(CheckError::Unavailable { retry_after }) => {
            Problem::unavailable(retry_after)
        }
        SessionError::Check(error @ CheckError::Internal(_)) => Problem::internal(&error),
    }
}

/// What it means that no updates are streamed.
pub(super) fn stream(error: StreamError) -> Problem {
    match error {
        StreamError::Refused(refused) => {
            let wait = match refused {
                Refused::Account(_) => Problem::rate_limited(HEARTBEAT),
                Refused::Full => Problem::unavailable(HEARTBEAT),
            };
            wait.with_detail(refused.to_string())
        }
        StreamError::Store(error) => store(error),
    }
}
