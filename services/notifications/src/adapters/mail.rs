//! The two ways mail leaves: into a folder, or to a mail server.

use std::path::PathBuf;

use async_trait::async_trait;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};

use crate::ports::{Mail, Mailer, NotSent};

/// Writes each mail as `<id>.eml` into a folder: for an instance without a mail server.
#[derive(Clone, Debug)]
pub(crate) struct FolderMailer {
    /// The folder; created when needed.
    pub(crate) folder: PathBuf,
    /// Whom mail comes from.
    pub(crate) from: Mailbox,
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        let bytes = message(mail, &self.from)?.formatted();
        let (folder, id) = (self.folder.clone(), mail.id);
        tokio::task::spawn_blocking(move || write(&folder, id, &bytes))
            .await
            .map_err(|error| NotSent::Later(error.to_string()))?
            .map_err(|error| NotSent::Later(error.to_string()))
    }
}

/// Whole or not at all, and written twice it is one file.
fn write(folder: &std::path::Path, id: uuid::Uuid, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    std::fs::create_dir_all(folder)?;
    let (unfinished, finished) = (
        folder.join(format!(".{id}.tmp")),
        folder.join(format!("{id}.eml")),
    );
    let mut file = std::fs::File::create(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(unfinished, finished)?;
    std::fs::File::open(folder)?.sync_all()
}

/// Hands mail to a mail server.
pub(crate) struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMailer {
    /// `url` is `smtps://user:password@host:port`, `smtp://…?tls=required`, or `smtp://…` without
    /// encryption for a server on this machine.
    ///
    /// # Errors
    /// When the URL cannot be used; the error does not repeat it, since it may hold a password.
    pub(crate) fn new(url: &str, from: Mailbox) -> anyhow::Result<Self> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| {
                anyhow::anyhow!("expected a mail server such as smtps://user:password@host")
            })?
            .timeout(Some(std::time::Duration::from_secs(20)))
            .build();
        Ok(Self { transport, from })
    }
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, mail: &Mail) -> Result<(), NotSent> {
        let message = message(mail, &self.from)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(NotSent::Never(error.to_string())),
            Err(error) => Err(NotSent::Later(error.to_string())),
        }
    }
}

fn message(mail: &Mail, from: &Mailbox) -> Result<Message, NotSent> {
    let refused = |error: &dyn std::fmt::Display| NotSent::Never(error.to_string());
    let to: Address = mail.recipient.parse().map_err(|error| refused(&error))?;
    Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(&mail.subject)
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .date(std::time::SystemTime::from(mail.created_at))
        .header(ContentType::TEXT_PLAIN)
        .body(mail.body.clone())
        .map_err(|error| refused(&error))
}
