//! Incoming events: opened here, decided on in the application.

use async_trait::async_trait;
use kith_shared::{
    events::{
        ingest::ImportChanged,
        notifications::NotificationChanged,
        users::{AccountChanged, CircleChanged, ErasureRequested, InvitationChanged},
    },
    ids::{AccountId, CircleId, ImportId, NotificationId},
};
use serde::Deserialize;
use skeleton_durable::{
    Envelope, Event,
    consumer::{HandleError, Handler},
};

use crate::application::{App, apply_events::Incoming};

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

#[async_trait]
impl Handler for App {
    async fn handle(&self, events: &[Envelope]) -> Result<(), HandleError> {
        let mut incoming = Vec::new();
        for event in events {
            incoming.extend(open(event)?);
        }
        Ok(self.apply_events(events, incoming).await?)
    }
}

/// What an event says; nothing for one that nobody here asked for.
fn open(event: &Envelope) -> Result<Option<Incoming>, HandleError> {
    Ok(Some(match event.kind.as_str() {
        ImportChanged::TYPE => {
            let import: ImportNews = event.part()?;
            Incoming::Import {
                account: import.account_id.0,
                id: import.import_id.0,
            }
        }
        NotificationChanged::TYPE => {
            let notification: NotificationNews = event.part()?;
            Incoming::Notification {
                account: notification.account_id.0,
                id: notification.notification_id.0,
                kind: notification.kind,
            }
        }
        CircleChanged::TYPE => {
            let circle: CircleNews = event.part()?;
            let members = circle.members.iter().map(|member| member.account_id.0);
            Incoming::Circle {
                id: circle.circle_id.0,
                members: members.collect(),
            }
        }
        InvitationChanged::TYPE => {
            let invitation: InvitationNews = event.part()?;
            Incoming::Invitation {
                circle: invitation.circle_id.0,
                invited_by: invitation.invited_by.0,
                invited: invitation.invited.map(|id| id.0),
            }
        }
        AccountChanged::TYPE => Incoming::Account(event.open()?),
        ErasureRequested::TYPE => Incoming::Erased(event.open()?),
        _ => return Ok(None),
    }))
}
