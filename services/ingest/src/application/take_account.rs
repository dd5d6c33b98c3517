//! Users told of an account: which addresses are the owner's.

use kith_shared::{events::users::AccountChanged, keys::normalise_email};

use crate::domain::account::Account;

/// The account as ingest keeps it: claimed addresses count as proven ones do, since they only
/// tell the owner's own mail from others'.
#[must_use]
pub fn account_of(event: AccountChanged) -> Account {
    let emails = event
        .addresses
        .iter()
        .filter_map(|address| address.email.as_deref());
    let emails = emails
        .chain([event.email.as_str()])
        .filter_map(normalise_email)
        .collect();
    Account {
        id: event.account_id,
        version: event.version,
        region: event.region,
        emails,
        keys: event
            .addresses
            .into_iter()
            .map(|address| address.key)
            .collect(),
    }
}
