//! Who wants which events, and what that means at a broker: one topic exchange for all events, one
//! quorum queue a consumer, bound by event type.
//!
//! Whoever declares or checks it, a service over AMQP or an operator over the management API, takes
//! names and arguments from here, so that they cannot differ. This module talks to nobody.

#[cfg(feature = "topology")]
pub mod management;
#[cfg(feature = "topology")]
pub mod plan;

/// Redeliveries after which the broker would drop a message. Newer brokers have a default of 20,
/// which a crash loop spends on innocent messages; failures are counted in the consumer's inbox.
const DELIVERY_LIMIT: i64 = 1_000_000;

/// Who wants what.
#[derive(Clone, Debug)]
pub struct Topology {
    /// Name of the exchange and first part of every other name.
    pub exchange: String,
    /// Every consumer and the event types that it wants. Known to publishers as well, so that an
    /// event waits for a consumer that was never started yet, and one that nobody wants is not
    /// sent at all.
    pub consumers: Vec<(&'static str, Vec<&'static str>)>,
}

/// The value of a queue's argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// A text.
    Text(&'static str),
    /// A whole number.
    Number(i64),
}

/// The arguments of every consumer's queue. A broker never changes those of a queue that exists:
/// another value here takes a new queue.
pub const QUEUE_ARGUMENTS: [(&str, Argument); 3] = [
    ("x-queue-type", Argument::Text("quorum")),
    ("x-delivery-limit", Argument::Number(DELIVERY_LIMIT)),
    ("x-overflow", Argument::Text("reject-publish")),
];

impl Topology {
    /// The queue of a consumer.
    #[must_use]
    pub fn queue(&self, consumer: &str) -> String {
        format!("{}.{consumer}", self.exchange)
    }

    /// The mark of a consumer: an exchange that carries nothing. It exists once the consumer's
    /// queue is bound to all of `kinds`, which a publisher could not find out otherwise: AMQP has
    /// no question for bindings, and an event that another queue takes does not come back.
    #[must_use]
    pub fn mark(&self, consumer: &str, kinds: &[&str]) -> String {
        let mut sorted = kinds.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let digest = blake3::hash(sorted.join("\n").as_bytes()).to_hex();
        format!("{}.{consumer}.bound.{}", self.exchange, &digest[..12])
    }

    /// What the names of all marks of a consumer begin with, those of other versions included.
    #[must_use]
    pub fn marks(&self, consumer: &str) -> String {
        format!("{}.{consumer}.bound.", self.exchange)
    }

    /// The queue of one listener of `service`, there for as long as it listens.
    #[must_use]
    pub fn tap(&self, service: &str, listener: uuid::Uuid) -> String {
        format!("{}.tap.{service}.{listener}", self.exchange)
    }

    /// Whether any consumer wants events of this type.
    #[must_use]
    pub fn wanted(&self, kind: &str) -> bool {
        self.consumers
            .iter()
            .any(|(_, kinds)| kinds.contains(&kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_sets_of_types_apart_and_not_their_order() {
        let topology = Topology {
            exchange: "e".to_owned(),
            consumers: Vec::new(),
        };
        let mark = topology.mark("one", &["a", "b"]);
        assert_eq!(mark, topology.mark("one", &["b", "a", "b"]));
        assert_ne!(mark, topology.mark("one", &["a"]));
        assert_ne!(mark, topology.mark("one", &["a", "b", "c"]));
        assert!(mark.starts_with(&topology.marks("one")), "{mark}");
    }
}
