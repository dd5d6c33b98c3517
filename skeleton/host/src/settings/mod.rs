//! Typed settings from defaults, an optional TOML file and the environment (which wins).
//!
//! A service reads them through [`Source::read`]: a closure takes each field with a typed getter,
//! and every mistake, unknown names included, comes back in one [`SettingsError`]. Secrets are
//! [`secrecy::SecretString`] and are never printed, not even when they are wrong.
//!
//! ```
//! use skeleton_host::settings::{Source, StoreUrl};
//! struct Settings { store: StoreUrl, workers: u16 }
//! let settings = Source::from_pairs([("store", "sqlite:./data/app.db")])
//!     .read(|f| Settings {
//!         store: f.store_url("store", None),          // required
//!         workers: f.parse("workers", "4", "a whole number"), // with a default
//!     })
//!     .expect("both are fine");
//! assert_eq!(settings.workers, 4);
//! ```

mod error;
mod fields;
mod source;
mod store_url;

pub use error::{Mistake, SettingsError};
pub use fields::{Fields, duration_from};
pub use source::Source;
pub use store_url::{Scheme, StoreUrl};
