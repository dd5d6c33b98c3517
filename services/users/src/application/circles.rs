//! Circles as their members see them.

use std::collections::HashMap;

use kith_shared::ids::{AccountId, CircleId};
use skeleton_durable::commit::CommitError;

use super::App;
use crate::{
    domain::{
        circle::{Circle, NotAMember},
        invitation::Invitation,
    },
    ports::Card,
};

/// Most circles of one account.
pub const CIRCLES_LIMIT: usize = 100;

/// A circle as its members see it.
#[derive(Clone, Debug)]
pub struct CircleView {
    pub circle: Circle,
    /// How its members appear.
    pub cards: HashMap<AccountId, Card>,
    /// Its open invitations.
    pub invitations: Vec<Invitation>,
}

/// Why a circle stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum CircleError {
    /// There is none, or the account is no member of it.
    #[error("no such circle")]
    Unknown,
    /// The account is in too many.
    #[error("an account is in at most {CIRCLES_LIMIT} circles")]
    TooMany,
    /// It is at another version than the caller saw.
    #[error("the circle is at version {0}")]
    Changed(i64),
    /// The store cannot be reached, or a defect.
    #[error(transparent)]
    Internal(#[from] CommitError),
}

impl From<NotAMember> for CircleError {
    fn from(_: NotAMember) -> Self {
        Self::Unknown
    }
}

impl App {
    /// Whether the account may be in one more circle.
    pub(super) async fn has_room(&self, account: AccountId) -> Result<bool, CommitError> {
        let circles = self.store.circles_of(account, None, CIRCLES_LIMIT).await?;
        Ok(circles.len() < CIRCLES_LIMIT)
    }

    /// A circle, for a member of it.
    ///
    /// # Errors
    /// See [`CircleError`].
    pub async fn get_circle(
        &self,
        account: AccountId,
        id: CircleId,
    ) -> Result<CircleView, CircleError> {
        let circle = self.circle_of(account, id).await?;
        let mut views = self.views(vec![circle]).await?;
        views.pop().ok_or(CircleError::Unknown)
    }

    /// The account's circles, newest first.
    ///
    /// # Errors
    /// When the store cannot be reached or fails.
    pub async fn list_circles(
        &self,
        account: AccountId,
        before: Option<CircleId>,
        limit: usize,
    ) -> Result<Vec<CircleView>, CommitError> {
        let circles = self.store.circles_of(account, before, limit).await?;
        self.views(circles).await
    }

    /// A circle, if the account is a member of it now.
    pub(super) async fn circle_of(
        &self,
        account: AccountId,
        id: CircleId,
    ) -> Result<Circle, CircleError> {
        let found = self.store.circle(id).await?;
        let circle = found.ok_or(CircleError::Unknown)?;
        circle.member(account)?;
        Ok(circle)
    }

    async fn views(&self, circles: Vec<Circle>) -> Result<Vec<CircleView>, CommitError> {
        let now = self.now();
        let ids: Vec<CircleId> = circles.iter().map(|circle| circle.id).collect();
        let invitations = self.store.invitations_of(&ids).await?;
        let mut views = Vec::with_capacity(circles.len());
        for circle in circles {
            let members: Vec<AccountId> = circle.members.iter().map(|m| m.account_id).collect();
            let invitations = invitations
                .iter()
                .filter(|invitation| invitation.circle_id == circle.id && invitation.is_open(now))
                .cloned()
                .collect();
            views.push(CircleView {
                cards: self.store.cards(&members).await?,
                circle,
                invitations,
            });
        }
        Ok(views)
    }
}
