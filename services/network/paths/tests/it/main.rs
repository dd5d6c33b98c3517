//! The engine against oracles: a brute-force enumerator on small graphs, independent searches on
//! large ones.

mod bounds;
mod deltas;
mod distances;
mod generate;
mod large;
mod neighbours;
mod oracle;
mod paths;
mod small;
