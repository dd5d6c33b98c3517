//! Who wants which events: what a broker must know before the first event is sent.
//!
//! It stands here and nowhere else: a consumer subscribes to [`wanted_by`] its name, and publishers
//! have the broker keep for each what it wants, so that an event waits for a consumer that was never
//! started yet.

use skeleton_envelope::Event;

use crate::events::{
    ingest::{ImportChanged, InteractionsChanged, PersonChanged},
    network::{self, AnnotationChanged, TieChanged},
    notifications::NotificationChanged,
    search,
    users::{AccountChanged, CircleChanged, ErasureRequested, InvitationChanged, SampleRequested},
};

/// Rises with every change of [`consumers`], so that an older program never takes away from a broker
/// what a newer one has set up.
pub const VERSION: u32 = 1;

/// Every consumer with the event types that it wants.
#[must_use]
pub fn consumers() -> Vec<(&'static str, Vec<&'static str>)> {
    vec![
        (
            "gateway",
            vec![
                ImportChanged::TYPE,
                NotificationChanged::TYPE,
                CircleChanged::TYPE,
                InvitationChanged::TYPE,
                AccountChanged::TYPE,
                ErasureRequested::TYPE,
            ],
        ),
        (
            "ingest",
            vec![
                AccountChanged::TYPE,
                SampleRequested::TYPE,
                ErasureRequested::TYPE,
                network::ImportApplied::TYPE,
                search::ImportApplied::TYPE,
            ],
        ),
        (
            "network",
            vec![
                AccountChanged::TYPE,
                CircleChanged::TYPE,
                PersonChanged::TYPE,
                InteractionsChanged::TYPE,
                ImportChanged::TYPE,
                ErasureRequested::TYPE,
            ],
        ),
        (
            "notifications",
            vec![
                AccountChanged::TYPE,
                CircleChanged::TYPE,
                InvitationChanged::TYPE,
                ImportChanged::TYPE,
                ErasureRequested::TYPE,
            ],
        ),
        (
            "search",
            vec![
                PersonChanged::TYPE,
                AnnotationChanged::TYPE,
                TieChanged::TYPE,
                AccountChanged::TYPE,
                CircleChanged::TYPE,
                ImportChanged::TYPE,
                ErasureRequested::TYPE,
            ],
        ),
    ]
}

/// The event types that a consumer wants; none where it is not listed.
#[must_use]
pub fn wanted_by(consumer: &str) -> Vec<&'static str> {
    let all = consumers().into_iter();
    let own = all.filter(|(name, _)| *name == consumer);
    own.flat_map(|(_, kinds)| kinds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_type_that_is_wanted_is_published() {
        let published: Vec<&str> = crate::catalogue::all()
            .iter()
            .map(|event| event.name)
            .collect();
        for (consumer, kinds) in consumers() {
            for kind in kinds {
                assert!(
                    published.contains(&kind),
                    "{consumer} wants {kind}, which nobody publishes"
                );
            }
        }
    }
}
