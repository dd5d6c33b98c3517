//! One binary for all of them, so that they are linked once.

mod architecture;
mod clone_template;
mod prose;
