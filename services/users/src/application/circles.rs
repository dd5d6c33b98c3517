//! Circles: found one, see it, say what I show in it, leave it.

use std::collections::HashMap;

use kith_shared::{
    ids::{AccountId, CircleId},
    sharing::{Sharing, SharingException},
};
use skeleton_durable::commit::{ChangeSet, CommitError, decide};
use skeleton_service::once::Keep;

use super::App;
use crate::{
    domain::{
        circle::{Circle, NotAMember},
        invitation::Invitation,
    },
    ports::{Card, Write},
};

/// Most circles of one account.
pub const CIRCLES_LIMIT: usize = 100;

/// A circle as its members see it.
#[derive(Clone, Debug)]
pub struct CircleView {
    /// The circle.
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
        let circle = Circle::found(CircleId::generate(), name, founder, Sharing::Hidden, now);
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

    /// Changes what a member shows. `seen` tells whether the version is the one the caller saw.
    ///
    /// # Errors
    /// See [`CircleError`].
    pub async fn update_membership(
        &self,
        account: AccountId,
        id: CircleId,
        sharing: Option<Sharing>,
        exceptions: Option<Vec<SharingException>>,
        seen: impl Fn(i64) -> bool,
    ) -> Result<CircleView, CircleError> {
        decide::<(), CircleError, _>(async || {
            let circle = self.circle_of(account, id).await?;
            if !seen(circle.version) {
                return Err(CircleError::Changed(circle.version));
            }
            let expected = circle.version;
            let circle = circle.share(account, sharing, exceptions.clone())?;
            let event = self.circle_event(&circle, None).await?;
            let change = ChangeSet::new()
                .write(Write::SaveCircle(circle, expected))
                .event(&event, self.now(), &Self::cause());
            Ok(self.commit(change).await)
        })
        .await?;
        self.get_circle(account, id).await
    }

    /// Leaves a circle. The invitations that the member made are taken back; the last one to leave
    /// dissolves it.
    ///
    /// # Errors
    /// See [`CircleError`].
    pub async fn leave_circle(&self, account: AccountId, id: CircleId) -> Result<(), CircleError> {
        decide(async || {
            let circle = self.circle_of(account, id).await?;
            let change = self
                .leave_within(ChangeSet::new(), circle, &[account])
                .await?;
            Ok(self.commit(change).await)
        })
        .await
    }

    /// Adds to a change that accounts leave a circle.
    pub(super) async fn leave_within(
        &self,
        mut change: ChangeSet<Write>,
        circle: Circle,
        leaving: &[AccountId],
    ) -> Result<ChangeSet<Write>, CommitError> {
        let (expected, name) = (circle.version, circle.name.clone());
        let mut after = circle;
        for account in leaving {
            if after.member(*account).is_ok() {
                after = after
                    .leave(*account)
                    .map_err(|error| CommitError::Internal(error.into()))?;
            }
        }
        for invitation in self.store.invitations_of(&[after.id]).await? {
            if after.is_dissolved() || leaving.contains(&invitation.invited_by) {
                change = self.withdraw_within(change, invitation, &name).await?;
            }
        }
        let event = self.circle_event(&after, None).await?;
        Ok(change.write(Write::SaveCircle(after, expected)).event(
            &event,
            self.now(),
            &Self::cause(),
        ))
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
