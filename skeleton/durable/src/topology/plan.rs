//! What differs between the topology that is wanted and the one that a broker has.
//!
//! Pure: what was found comes from [`super::management`], which also applies a plan.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::{Argument, QUEUE_ARGUMENTS, Topology};

/// What a broker has of a topology.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Exchanges and their types.
    pub exchanges: BTreeMap<String, String>,
    /// Queues.
    pub queues: BTreeMap<String, FoundQueue>,
    /// Bindings of queues to the exchange: queue and event type.
    pub bindings: BTreeSet<(String, String)>,
    /// The version that was applied last.
    pub version: Option<u32>,
}

/// A queue that a broker has.
#[derive(Clone, Debug, Default)]
pub struct FoundQueue {
    /// Its arguments.
    pub arguments: BTreeMap<String, Value>,
    /// How many messages wait in it, as of a few seconds ago.
    pub messages: u64,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "difference", rename_all = "kebab-case")]
pub enum Difference {
    /// The exchange for events, or one that marks a queue as fully bound.
    MissingExchange {
        /// Its name.
        exchange: String,
        /// Its type.
        kind: &'static str,
    },
    /// An exchange of another type.
    ChangedExchange {
        /// Its name.
        exchange: String,
        /// The type that it has.
        found: String,
        /// The type that it must have.
        wanted: &'static str,
    },
    /// A consumer without a queue.
    MissingQueue {
        /// Its name.
        queue: String,
    },
    /// A queue of nobody.
    ExtraQueue {
        /// Its name.
        queue: String,
        /// What waits in it.
        messages: u64,
    },
    /// A queue with another argument.
    ChangedQueue {
        /// Its name.
        queue: String,
        /// Which argument.
        argument: String,
        /// The value that it has.
        found: Option<Value>,
        /// The value that it must have.
        wanted: Option<Value>,
        /// What waits in it.
        messages: u64,
    },
    /// An event type that does not reach a consumer who wants it.
    MissingBinding {
        /// The queue.
        queue: String,
        /// The event type.
        kind: String,
    },
    /// An event type that reaches a consumer who does not want it.
    ExtraBinding {
        /// The queue.
        queue: String,
        /// The event type.
        kind: String,
    },
    /// A mark that says more than is true once the extra bindings are gone.
    ExtraMark {
        /// The exchange that is the mark.
        exchange: String,
    },
    /// Another version was applied last.
    OtherVersion {
        /// That one.
        found: Option<u32>,
        /// This one.
        wanted: u32,
    },
}

/// All differences, in the order in which they are applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The exchange.
    pub exchange: String,
    /// What differs.
    pub differences: Vec<Difference>,
}

impl Plan {
    /// Compares; `version` grows with every change of the topology.
    #[must_use]
    pub fn new(topology: &Topology, version: u32, found: &Found) -> Self {
        let mut differences = Vec::new();
        exchange(&topology.exchange, "topic", found, &mut differences);
        for (consumer, _) in &topology.consumers {
            queue(&topology.queue(consumer), found, &mut differences);
        }
        let wanted: BTreeSet<(String, String)> = topology
            .consumers
            .iter()
            .flat_map(|(consumer, kinds)| {
                let queue = topology.queue(consumer);
                kinds
                    .iter()
                    .map(move |kind| (queue.clone(), (*kind).to_owned()))
            })
            .collect();
        for (queue, kind) in wanted.difference(&found.bindings).cloned() {
            differences.push(Difference::MissingBinding { queue, kind });
        }
        for (consumer, kinds) in &topology.consumers {
            let mark = topology.mark(consumer, kinds);
            exchange(&mark, "fanout", found, &mut differences);
            let queue = topology.queue(consumer);
            let extra: Vec<&String> = found
                .bindings
                .difference(&wanted)
                .filter(|(bound, _)| *bound == queue)
                .map(|(_, kind)| kind)
                .collect();
            if !extra.is_empty() {
                let marks = topology.marks(consumer);
                let other = |name: &&String| name.starts_with(&marks) && **name != mark;
                for exchange in found.exchanges.keys().filter(other).cloned() {
                    differences.push(Difference::ExtraMark { exchange });
                }
            }
            for kind in extra {
                differences.push(Difference::ExtraBinding {
                    queue: queue.clone(),
                    kind: kind.clone(),
                });
            }
        }
        for (name, queue) in &found.queues {
            let known = topology
                .consumers
                .iter()
                .any(|(consumer, _)| topology.queue(consumer) == *name);
            if !known && !name.starts_with(&format!("{}.tap.", topology.exchange)) {
                differences.push(Difference::ExtraQueue {
                    queue: name.clone(),
                    messages: queue.messages,
                });
            }
        }
        if found.version != Some(version) {
            differences.push(Difference::OtherVersion {
                found: found.version,
                wanted: version,
            });
        }
        Self {
            exchange: topology.exchange.clone(),
            differences,
        }
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// The newer version that was applied, if this plan would go back behind it.
    #[must_use]
    pub fn goes_back_behind(&self) -> Option<u32> {
        self.differences.iter().find_map(|difference| {
            let Difference::OtherVersion { found, wanted } = difference else {
                return None;
            };
            found.filter(|found| found > wanted)
        })
    }
}

fn exchange(name: &str, kind: &'static str, found: &Found, differences: &mut Vec<Difference>) {
    match found.exchanges.get(name) {
        None => differences.push(Difference::MissingExchange {
            exchange: name.to_owned(),
            kind,
        }),
        Some(other) if other != kind => differences.push(Difference::ChangedExchange {
            exchange: name.to_owned(),
            found: other.clone(),
            wanted: kind,
        }),
        Some(_) => {}
    }
}

fn queue(name: &str, found: &Found, differences: &mut Vec<Difference>) {
    let Some(has) = found.queues.get(name) else {
        differences.push(Difference::MissingQueue {
            queue: name.to_owned(),
        });
        return;
    };
    let wanted: BTreeMap<String, Value> = QUEUE_ARGUMENTS
        .iter()
        .map(|(name, value)| ((*name).to_owned(), to_json(*value)))
        .collect();
    let names: BTreeSet<&String> = wanted.keys().chain(has.arguments.keys()).collect();
    for argument in names {
        let (found, wanted) = (has.arguments.get(argument), wanted.get(argument));
        if found != wanted {
            differences.push(Difference::ChangedQueue {
                queue: name.to_owned(),
                argument: argument.clone(),
                found: found.cloned(),
                wanted: wanted.cloned(),
                messages: has.messages,
            });
        }
    }
}

/// The value as the management API writes it.
pub(super) fn to_json(value: Argument) -> Value {
    match value {
        Argument::Text(text) => text.into(),
        Argument::Number(number) => number.into(),
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let or_none = |value: &Option<Value>| {
            value
                .as_ref()
                .map_or_else(|| "none".to_owned(), Value::to_string)
        };
        match self {
            Self::MissingExchange { exchange, kind } => {
                write!(f, "+ exchange {exchange} ({kind})")
            }
            Self::ChangedExchange {
                exchange,
                found,
                wanted,
            } => write!(
                f,
                "! exchange {exchange} is {found}, expected {wanted}: somebody else's? Delete it or choose another name"
            ),
            Self::MissingQueue { queue } => write!(f, "+ queue {queue}"),
            Self::ExtraQueue { queue, messages } => write!(
                f,
                "- queue {queue} belongs to no consumer ({messages} messages); dropped only with --drop-queues, and only if empty"
            ),
            Self::ChangedQueue {
                queue,
                argument,
                found,
                wanted,
                messages,
            } => write!(
                f,
                "! queue {queue}: {argument} is {}, expected {} ({messages} messages). A queue's arguments never change: \
                 let its consumer empty it, stop every service, then apply with --recreate-queues",
                or_none(found),
                or_none(wanted)
            ),
            Self::MissingBinding { queue, kind } => write!(f, "+ {kind} to queue {queue}"),
            Self::ExtraBinding { queue, kind } => write!(f, "- {kind} to queue {queue}"),
            Self::ExtraMark { exchange } => write!(f, "- mark {exchange}"),
            Self::OtherVersion { found, wanted } => match found {
                Some(found) if found > wanted => write!(
                    f,
                    "! version {found} was applied, this is {wanted}: an older program. Applied only with --older"
                ),
                Some(found) => write!(f, "+ version {wanted} (was {found})"),
                None => write!(f, "+ version {wanted}"),
            },
        }
    }
}

impl std::fmt::Display for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_empty() {
            return write!(f, "{}: nothing differs", self.exchange);
        }
        for (n, difference) in self.differences.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            write!(f, "{difference}")?;
        }
        Ok(())
    }
}
