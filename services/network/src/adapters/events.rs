//! Events in: the bus hands them to the use case.

use async_trait::async_trait;
use skeleton_durable::{
    Envelope,
    consumer::{HandleError, Handler},
};

use crate::application::apply_events::ApplyEvents;

/// The consumer of the service.
pub(crate) struct Consumer(pub(crate) ApplyEvents);

#[async_trait]
impl Handler for Consumer {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        self.0.handle(events).await
    }
}
