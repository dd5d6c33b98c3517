//! The rules of this service: pure, synchronous.
//!
//! | module | answers |
//! |---|---|
//! | [`document`] | what is known of a person, and how events change it |
//! | [`words`] | how text becomes words, in documents and in queries alike |
//! | [`query`] | what is asked of the index |
//! | [`visibility`] | whose people an account may see, and how much of them |

pub mod document;
pub mod query;
pub mod visibility;
pub mod words;
