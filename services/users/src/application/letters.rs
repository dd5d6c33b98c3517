//! The mails this service writes: plain text, one purpose each.

use jiff::Timestamp;
use kith_shared::ids::AccountId;
use skeleton_mail::{Letter, Mail};
use uuid::Uuid;

use crate::domain::{invitation::Invitation, secret::Secret};

/// Writes mail whose links lead to one instance.
#[derive(Clone, Debug)]
pub struct Letters {
    public_url: Option<String>,
    new_id: fn() -> Uuid,
}

impl Letters {
    /// Links begin with `public_url`; without one there are none. Each letter has an id of its own.
    #[must_use]
    pub fn new(public_url: Option<&str>, new_id: fn() -> Uuid) -> Self {
        Self {
            new_id,
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
        }
    }

    /// Carries the code that proves an address.
    #[must_use]
    pub fn verification(
        &self,
        account: AccountId,
        email: &str,
        code: &Secret,
        now: Timestamp,
    ) -> Mail {
        let place = match &self.public_url {
            Some(url) => format!("at {url}/settings"),
            None => "in the settings".to_owned(),
        };
        let body = format!(
            "Somebody, most likely you, says in Kith that this address is theirs.\n\n\
             Code: {}\n\n\
             Enter it {place} within 24 hours.\n\
             If it was not you, do nothing: without the code the address stays unproven.\n",
            code.expose(),
        );
        mail(
            (self.new_id)(),
            Some(account),
            email,
            "Your code for Kith".to_owned(),
            body,
            now,
        )
    }

    /// Carries the code of an invitation.
    #[must_use]
    pub fn invitation(
        &self,
        invitation: &Invitation,
        circle_name: &str,
        invited_by: &str,
        code: &Secret,
    ) -> Mail {
        let way = match &self.public_url {
            Some(url) => format!(
                "Open this link, or sign in and enter the code:\n\n{url}/invitations/{}",
                code.expose()
            ),
            None => "Sign in and enter the code.".to_owned(),
        };
        let body = format!(
            "{invited_by} invites you to the circle \"{circle_name}\" in Kith.\n\
             Members of a circle find ways to people through each other. You decide what you show;\n\
             to begin with, nothing.\n\n\
             {way}\n\n\
             Code: {}\n\n\
             It works once and for 14 days. To decline, do nothing.\n",
            code.expose(),
        );
        let subject = format!("{invited_by} invites you to \"{circle_name}\"");
        mail(
            (self.new_id)(),
            None,
            invitation.email.as_str(),
            subject,
            body,
            invitation.created_at,
        )
    }
}

fn mail(
    id: Uuid,
    account_id: Option<AccountId>,
    to: &str,
    subject: String,
    body: String,
    now: Timestamp,
) -> Mail {
    Mail {
        account: account_id.map(|id| id.0),
        letter: Letter {
            id,
            recipient: to.to_owned(),
            subject,
            body,
            created_at: now,
        },
    }
}
