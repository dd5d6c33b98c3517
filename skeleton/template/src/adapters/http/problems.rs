//! Errors of use cases as problems: the one place.

use skeleton_host::problem::Problem;

pub(super) use skeleton_service::problems::store;

use crate::{
    application::{create_thing::CreateThingError, rename_thing::RenameThingError},
    domain::thing::BadName,
};

pub(super) fn create(error: CreateThingError) -> Problem {
    match error {
        CreateThingError::Name(error) => name(error),
        CreateThingError::Store(error) => store(error),
    }
}

pub(super) fn rename(error: RenameThingError) -> Problem {
    match error {
        RenameThingError::NotFound => Problem::not_found("thing"),
        RenameThingError::Version { current } => Problem::version_mismatch(current),
        RenameThingError::Name(error) => name(error),
        RenameThingError::Store(error) => store(error),
    }
}

fn name(error: BadName) -> Problem {
    Problem::field("/name", error.to_string())
}
