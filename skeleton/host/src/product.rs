//! The only places where the product's name is spelt in the skeleton: a clone for another
//! product changes these lines and nothing else here.

/// What every problem type starts with (`urn:…:problem:not-found`).
pub const PROBLEM_TYPE_PREFIX: &str = "urn:kith:problem:";

/// What every environment variable that is a setting starts with.
pub const SETTINGS_PREFIX: &str = "KITH_";

/// Whom mail comes from unless the operator says otherwise.
pub const MAIL_FROM: &str = "Kith <kith@localhost>";
