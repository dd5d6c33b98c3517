//! Tests of the whole: architecture rules, the template's clone, the services on real engines. The
//! tests themselves are in `tests/tests`; browser tests in `tests/browser`, measurements in
//! `tests/bench`. Here is what they share with the tests of the one-process program.

pub mod disturbance;
pub mod services;
