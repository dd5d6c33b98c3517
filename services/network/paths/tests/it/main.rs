//! The engine against oracles: a brute-force enumerator on small graphs, independent searches on
//! large ones.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod bounds;
mod deltas;
mod distances;
mod generate;
mod large;
mod neighbours;
mod oracle;
mod paths;
mod small;
