//! Errors of use cases as problems, in one place.

use kith_formats::Unrecognised;
use skeleton_durable::commit::CommitError;
use skeleton_host::{http::StatusCode, problem::Problem};
use skeleton_service::problems;

use crate::{
    application::{
        cancel_import::CancelError, change_book::ChangeError, create_import::UploadError,
    },
    domain::{book::BookError, import::End},
};

pub(super) fn store(error: CommitError) -> Problem {
    match error {
        CommitError::Conflict(_) => Problem::conflict(
            "your book is being changed by somebody else at the moment, such as a running import; try again",
        ),
        other => problems::store(other),
    }
}

pub(super) fn change(error: ChangeError) -> Problem {
    match error {
        ChangeError::Book(BookError::NoSuchPerson) => Problem::not_found("person"),
        ChangeError::Book(BookError::NoSuchMerge) => Problem::not_found("merge"),
        ChangeError::Book(BookError::NoSuchRecord) => Problem::not_found("record"),
        ChangeError::Book(BookError::OnlyRecord) => {
            Problem::conflict("it is the only record of the person; expected one of several")
        }
        ChangeError::Book(BookError::Same) => Problem::conflict("they are one person already"),
        ChangeError::Version(current) => Problem::version_mismatch(current),
        ChangeError::Store(error) => store(error),
    }
}

pub(super) fn cancel(error: CancelError) -> Problem {
    match error {
        CancelError::NotFound => Problem::not_found("import"),
        CancelError::Ended(End::Failed(_)) => {
            Problem::conflict("the import has failed already; expected one that waits or runs")
        }
        CancelError::Ended(_) => Problem::conflict(
            "the import was finished before it could be cancelled; expected one that waits or runs",
        ),
        CancelError::Store(error) => store(error),
    }
}

pub(super) fn upload(error: UploadError) -> Problem {
    match error {
        UploadError::Unrecognised(error @ Unrecognised::Empty { .. }) => {
            Problem::field("/file", error.to_string())
        }
        UploadError::Unrecognised(error) => Problem::unsupported_format(error.to_string()),
        UploadError::TooLarge { limit_bytes } => Problem::payload_too_large(format!(
            "the file is longer than {limit_bytes} bytes, the most that is taken here"
        )),
        UploadError::BrokenOff(error) => {
            tracing::info!(%error, "upload broke off");
            Problem::malformed("the file broke off before its end; send it again")
        }
        // The disk is full, or the server of files is away: neither is for ever.
        UploadError::Blobs(error) => problems::retry(&error),
        UploadError::Store(error) => store(error),
    }
}

pub(super) fn not_multipart() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-format",
        "this format is not supported",
    )
    .with_detail("expected multipart/form-data with a part named file")
}
