//! I found a circle.

use std::collections::HashMap;

use kith_shared::{
    ids::{AccountId, CircleId},
    sharing::Sharing,
};
use skeleton_durable::commit::ChangeSet;
use skeleton_service::once::Keep;

use super::{
    App,
    circles::{CircleError, CircleView},
};
use crate::{
    domain::circle::Circle,
    ports::{Card, Write},
};

impl App {
    /// Founds a circle. Its founder shows nothing to begin with.
    ///
    /// # Errors
    /// See [`CircleError`].
    pub async fn create_circle(
        &self,
        founder: AccountId,
        name: String,
        keep: Keep<CircleView>,
    ) -> Result<CircleView, CircleError> {
        let account = self.load(founder).await?.ok_or(CircleError::Unknown)?;
        if !self.has_room(founder).await? {
            return Err(CircleError::TooMany);
        }
        let now = self.now();
        let circle = Circle::found(
            CircleId((self.new_id)()),
            name,
            founder,
            Sharing::Hidden,
            now,
        );
        let event = self.circle_event(&circle, Some(&account)).await?;
        let card = Card {
            display_name: account.display_name,
            email: account.email.as_str().to_owned(),
        };
        let view = CircleView {
            circle: circle.clone(),
            cards: HashMap::from([(founder, card)]),
            invitations: Vec::new(),
        };
        let change = ChangeSet::new()
            .write(Write::InsertCircle(circle))
            .event(&event, now, &Self::cause())
            .answer(keep(&view));
        self.commit(change).await?;
        Ok(view)
    }
}
