//! Tests of the whole: architecture rules, the template's clone, kills during an import. The tests
//! themselves are in `tests/tests`; browser tests in `tests/browser`, measurements in `tests/bench`.
