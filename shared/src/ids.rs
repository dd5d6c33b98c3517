//! Typed identifiers, so that a person's id is never taken for an account's.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            JsonSchema, ToSchema,
        )]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id: UUIDv7, so ids sort roughly by the time they were made.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// Someone who signs in.
    AccountId
}
id! {
    /// A person of one book; never means anybody in another book.
    PersonId
}
id! {
    /// One file brought in by an account.
    ImportId
}
id! {
    /// What a file said about a person, verbatim.
    RecordId
}
id! {
    /// Accounts that pool their networks.
    CircleId
}
id! {
    /// An invitation to a circle.
    InvitationId
}
id! {
    /// An address that an account claims or has proven.
    AddressId
}
id! {
    /// A sign-in.
    SessionId
}
id! {
    /// A note on a person.
    NoteId
}
id! {
    /// Something to be reminded of.
    ReminderId
}
id! {
    /// Something an account was told.
    NotificationId
}
