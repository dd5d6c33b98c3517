//! Where letters go and whom they come from, as an operator sets it.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use lettre::{Address, message::Mailbox};
use secrecy::{ExposeSecret, SecretString};
use skeleton_host::{product, settings::Fields};

use crate::{FolderMailer, Mailer, SmtpMailer};

/// Whom letters come from: `Name <address@host>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(pub(crate) Mailbox);

impl Sender {
    const EXPECTED: &'static str = "expected a sender such as Name <name@example.com>";
}

impl Default for Sender {
    fn default() -> Self {
        product::MAIL_FROM.parse().unwrap_or_else(|_| nobody())
    }
}

fn nobody() -> Sender {
    let address = Address::new("nobody", "localhost").expect("a constant address parses");
    Sender(Mailbox::new(None, address))
}

impl FromStr for Sender {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| Self::EXPECTED)
    }
}

/// Where letters go.
#[derive(Clone, Debug)]
pub enum Way {
    /// Into files `<id>.eml` of this folder: for an instance without a mail server.
    Folder(PathBuf),
    /// To this mail server; see [`SmtpMailer::new`].
    Server(SecretString),
}

/// Where letters go and whom they come from.
#[derive(Clone, Debug)]
pub struct MailSettings {
    pub way: Way,
    pub from: Sender,
}

impl MailSettings {
    /// Into a folder, from the default sender.
    #[must_use]
    pub fn folder(folder: impl Into<PathBuf>) -> Self {
        Self {
            way: Way::Folder(folder.into()),
            from: Sender::default(),
        }
    }

    /// Reads `smtp_url` or `mail_folder`, exactly one of them, and `smtp_from`.
    pub fn read(f: &mut Fields<'_>) -> Self {
        let (server, folder) = (f.is_set("smtp_url"), f.is_set("mail_folder"));
        if server == folder {
            let found = if server { "both" } else { "neither" };
            f.reject_secret(
                "smtp_url",
                format!(
                    "expected a mail server here (smtps://user:password@host) or a folder that \
                     mail is written to in mail_folder, found {found}"
                ),
            );
        }
        let folder = folder.then(|| f.path("mail_folder", None));
        Self::read_or_folder(f, folder.unwrap_or_default())
    }

    /// Reads `smtp_url` and `smtp_from`; without a server letters go into `folder`.
    pub fn read_or_folder(f: &mut Fields<'_>, folder: PathBuf) -> Self {
        let from = f.text("smtp_from", product::MAIL_FROM);
        let from: Sender = from.parse().unwrap_or_else(|expected: &str| {
            f.reject("smtp_from", expected);
            Sender::default()
        });
        let way = match f.optional_secret("smtp_url", 1) {
            Some(url) => {
                if SmtpMailer::new(url.expose_secret(), from.clone()).is_err() {
                    f.reject_secret("smtp_url", SmtpMailer::EXPECTED);
                }
                Way::Server(url)
            }
            None => Way::Folder(folder),
        };
        Self { way, from }
    }

    /// The folder, where there is no mail server.
    #[must_use]
    pub fn as_folder(&self) -> Option<&Path> {
        match &self.way {
            Way::Folder(folder) => Some(folder),
            Way::Server(_) => None,
        }
    }

    /// What sends accordingly.
    ///
    /// # Errors
    /// When the server's URL cannot be used.
    pub fn mailer(&self) -> anyhow::Result<Arc<dyn Mailer>> {
        let from = self.from.clone();
        Ok(match &self.way {
            Way::Folder(folder) => Arc::new(FolderMailer::new(folder, from)),
            Way::Server(url) => Arc::new(SmtpMailer::new(url.expose_secret(), from)?),
        })
    }
}
