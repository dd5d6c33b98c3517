//! What crosses a service border as bytes: ids, value types and event contracts.
//!
//! Nothing here may know a store, a broker or a web framework. Whatever is published here is
//! published for ever: fields are added, never removed or given another meaning, and every version
//! of every event that was ever published is kept in `golden/` and parsed by the tests.
//!
//! | module | holds |
//! |---|---|
//! | [`ids`] | typed identifiers |
//! | [`keys`] | strong keys (e-mail, phone, profile): normalised, and hashed under the instance's key |
//! | [`sharing`] | how much of a book is shown to the members of a circle |
//! | [`events`] | the events of each service |
//! | [`open`] | the same as a consumer reads them that may be older than their publisher |
//! | [`catalogue`] | all event types: JSON Schema and the AsyncAPI document are written from it |
//! | [`scopes`] | what the gateway vouches for |
//! | [`asyncapi`] | the document of all events |

pub mod asyncapi;
pub mod catalogue;
pub mod events;
pub mod ids;
pub mod keys;
pub mod open;
pub mod scopes;
pub mod sharing;
