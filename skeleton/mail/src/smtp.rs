//! Letters handed to a mail server.

use std::time::Duration;

use async_trait::async_trait;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Tokio1Executor,
    transport::smtp::{Error, response::Code},
};

use crate::{Letter, Mailer, NotSent, Sender, message::message};

/// Longest time until the server has answered the connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(20);

/// Answers of the class "never" that are about this instance's password, not about a letter
/// (RFC 4954): the operator sets it right and the letters leave.
const NOT_LET_IN: [u16; 4] = [530, 534, 535, 538];

/// Hands each letter over on a connection of its own.
pub struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Sender,
}

impl SmtpMailer {
    /// `url` is `smtps://user:password@host:port`, `smtp://…?tls=required`, or `smtp://…` without
    /// encryption for a server on this machine.
    ///
    /// # Errors
    /// When the URL cannot be used; the error does not repeat it, since it may hold a password.
    pub fn new(url: &str, from: Sender) -> anyhow::Result<Self> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
            .map_err(|_| anyhow::anyhow!("{}", Self::EXPECTED))?
            .timeout(Some(CONNECT_LIMIT))
            .build();
        Ok(Self { transport, from })
    }

    pub(crate) const EXPECTED: &'static str =
        "expected a mail server such as smtps://user:password@host";
}

#[async_trait]
impl Mailer for SmtpMailer {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let message = message(letter, &self.from.0)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if refuses_the_letter(&error) => Err(NotSent::Never(error.to_string())),
            Err(error) => Err(NotSent::Later(error.to_string())),
        }
    }
}

fn refuses_the_letter(error: &Error) -> bool {
    let code = error.status().map(Code::into);
    error.is_permanent() && !code.is_some_and(|code| NOT_LET_IN.contains(&code))
}
