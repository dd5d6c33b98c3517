//! The path engine: who can introduce me to whom, in memory, pure and synchronous.
//!
//! An undirected multigraph of people (a `u32` each) and ties (owner, strength, privacy) in
//! compressed adjacency, with live changes in a copy-on-write overlay; readers hold immutable
//! snapshots. It answers: the k best simple paths of at most six steps to any of several targets,
//! the distance of two people, and somebody's neighbours, always as one viewer may see them.
//!
//! It never does I/O, never reads a clock, and never runs away: each query has a work limit.
//!
//! # Where things are
//! - [`Graph`] (`graph`): the one writer. `base` and `overlay` are its two layers, `entry` the eight
//!   bytes of a tie, `snapshot` what readers hold.
//! - [`Filter`] (`filter`): what a viewer may see; `view` applies it to a snapshot.
//! - [`Query`], [`Answer`] (`query`): the question and the answer; `search` chooses the algorithm.
//! - `backward`: cost-to-go from the targets in layers of steps; `best_first`: the fast search on
//!   top of it; `yen`: the bounded fallback.
//! - `distance`: breadth-first from both ends. [`Scratch`] (`scratch`): reusable working memory.

#![forbid(unsafe_code)]

mod backward;
mod base;
mod best_first;
mod distance;
mod entry;
mod filter;
mod graph;
mod overlay;
mod query;
mod scratch;
mod search;
mod snapshot;
mod strength;
mod view;
mod yen;

pub use filter::{Filter, OwnerSet};
pub use graph::{Graph, GraphError, MAX_NODES, Tie, TieKey};
pub use query::{
    Answer, DEFAULT_DAMPING, DEFAULT_WORK_LIMIT, MAX_COUNT, MAX_EXCLUSIONS, MAX_STEPS, Neighbour,
    Path, Query, QueryError, Step,
};
pub use scratch::Scratch;
pub use snapshot::Snapshot;
pub use strength::{Strength, StrengthError};
