//! Made-up networks in the formats of real exports, so that they go through the ordinary import.
//!
//! Everything is fictional and lives under `example.com`, `example.org` and `example.net`. The
//! same seed, personas and day give the same bytes, on every machine and in every version: the
//! random numbers come from a fixed algorithm of this crate.
//!
//! | module | holds |
//! |---|---|
//! | `network` | six books that overlap: [`Network`] |
//! | `people`, `names` | who there is, and where they work |
//! | `mail` | mailbox files: one-to-one mail, small groups, bulk |
//! | `connections` | LinkedIn's `Connections.csv` |
//! | `large` | files of any size for measurements, streamed |
//! | `rng` | the random numbers |

mod connections;
mod large;
mod mail;
mod names;
mod network;
mod people;
mod rng;

pub use large::{large_google_csv, large_linkedin_csv, large_mbox};
pub use network::{ADA, Network, ORGANISATION, Persona, PersonaFiles};
