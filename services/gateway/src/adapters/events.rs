//! What other services tell becomes live updates.

use async_trait::async_trait;
use kith_shared::{
    events::{
        ingest::{ImportChanged, PersonChanged},
        notifications::NotificationChanged,
        users::{AccountChanged, CircleChanged, ErasureRequested, InvitationChanged},
    },
    ids::{AccountId, CircleId, ImportId, NotificationId},
};
use serde::Deserialize;
use skeleton_durable::{
    Envelope, Event,
    bus::Tapped,
    commit::ChangeSet,
    consumer::{HandleError, Handler},
};
use uuid::Uuid;

use crate::{application::live::Live, domain::updates::Changed, ports::Write};

/// The event types that are kept until they were told.
pub(crate) const KINDS: &[&str] = &[
    ImportChanged::TYPE,
    NotificationChanged::TYPE,
    CircleChanged::TYPE,
    InvitationChanged::TYPE,
    AccountChanged::TYPE,
    ErasureRequested::TYPE,
];

/// What is needed here of an event, so that a new value in the rest of it, written by a later
/// version, keeps nobody from hearing of it.
#[derive(Deserialize)]
struct ImportNews {
    import_id: ImportId,
    account_id: AccountId,
}

/// See [`ImportNews`].
#[derive(Deserialize)]
struct NotificationNews {
    notification_id: NotificationId,
    account_id: AccountId,
    kind: String,
}

/// See [`ImportNews`].
#[derive(Deserialize)]
struct CircleNews {
    circle_id: CircleId,
    members: Vec<MemberNews>,
}

/// See [`ImportNews`].
#[derive(Deserialize)]
struct MemberNews {
    account_id: AccountId,
}

/// See [`ImportNews`].
#[derive(Deserialize)]
struct InvitationNews {
    circle_id: CircleId,
    invited_by: AccountId,
    invited: Option<AccountId>,
}

/// Tells accounts what to fetch again.
pub(crate) struct Events {
    pub(crate) live: Live,
}

#[async_trait]
impl Handler for Events {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let mut change = ChangeSet::new().handled(events);
        let mut told = Vec::new();
        for event in events {
            for write in self.writes(event)? {
                if let Write::Live { account, .. } = &write {
                    told.push(*account);
                }
                change = change.write(write);
            }
        }
        self.live.store().commit(change).await?;
        told.sort_unstable();
        told.dedup();
        for account in told {
            self.live.wake(account);
        }
        Ok(())
    }
}

impl Events {
    fn writes(&self, event: &Envelope) -> Result<Vec<Write>, HandleError> {
        let tell = |account: Uuid, name, id: Uuid| {
            self.live.telling(account, name, Changed::One(id).data())
        };
        Ok(match event.kind.as_str() {
            ImportChanged::TYPE => {
                let import: ImportNews = event.part()?;
                vec![tell(import.account_id.0, "import", import.import_id.0)]
            }
            NotificationChanged::TYPE => {
                let told: NotificationNews = event.part()?;
                let (account, id) = (told.account_id.0, told.notification_id.0);
                let mut writes = vec![tell(account, "notification", id)];
                if told.kind == "reminder_due" {
                    let several = Changed::Several.data();
                    writes.push(self.live.telling(account, "reminder", several));
                }
                writes
            }
            CircleChanged::TYPE => {
                let circle: CircleNews = event.part()?;
                let members = circle.members.iter();
                members
                    .map(|member| tell(member.account_id.0, "circle", circle.circle_id.0))
                    .collect()
            }
            InvitationChanged::TYPE => {
                let invitation: InvitationNews = event.part()?;
                let circle = invitation.circle_id.0;
                let mut writes = vec![tell(invitation.invited_by.0, "circle", circle)];
                writes.extend(invitation.invited.map(|id| tell(id.0, "circle", circle)));
                writes
            }
            AccountChanged::TYPE => {
                let account: AccountChanged = event.open()?;
                vec![Write::Account {
                    id: account.account_id.0,
                    email: Some(account.email.to_lowercase()),
                    version: account.version,
                }]
            }
            ErasureRequested::TYPE => {
                let erased: ErasureRequested = event.open()?;
                let id = erased.account_id.0;
                vec![
                    Write::Account {
                        id,
                        email: None,
                        version: erased.version,
                    },
                    Write::Forget(id),
                ]
            }
            _ => Vec::new(),
        })
    }
}

/// Whose person changed, and who it is.
pub(crate) fn person_changed(tapped: &Tapped) -> Option<(Uuid, Changed)> {
    let Tapped::Event(event) = tapped else {
        return None;
    };
    if !event.is::<PersonChanged>() {
        return None;
    }
    let person = event.subject.parse().map_or(Changed::Several, Changed::One);
    Some((event.account?, person))
}

/// Whose sessions may have ended by what happened.
pub(crate) fn account_changed(tapped: &Tapped) -> Option<Uuid> {
    let Tapped::Event(event) = tapped else {
        return None;
    };
    let ends = event.is::<AccountChanged>() || event.is::<ErasureRequested>();
    ends.then_some(event.account).flatten()
}
