//! One binary for all of them, so that they are linked once.

#![allow(clippy::unwrap_used, clippy::panic, clippy::cloned_ref_to_slice_refs)]

mod architecture;
mod clone_template;
mod listed;
mod prose;
mod rooms;
