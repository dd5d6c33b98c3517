//! Who may read an archive.

use std::{fmt, io::Read};

use age::{DecryptError, Decryptor, Encryptor};
use secrecy::SecretString;

use crate::ArchiveError;

/// For whom an archive is encrypted; for nobody, it is not.
#[derive(Clone, Default)]
pub struct Recipients(Option<For>);

#[derive(Clone)]
enum For {
    Keys(Vec<age::x25519::Recipient>),
    Passphrase(SecretString),
}

impl fmt::Debug for Recipients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            None => "Recipients(nobody)",
            Some(For::Keys(_)) => "Recipients(keys)",
            Some(For::Passphrase(_)) => "Recipients(passphrase)",
        })
    }
}

impl Recipients {
    /// Public keys, `age1…`; none of them: it is not encrypted.
    ///
    /// # Errors
    /// [`ArchiveError::BadKey`] where one is none.
    pub fn keys<'k>(keys: impl IntoIterator<Item = &'k str>) -> Result<Self, ArchiveError> {
        let keys = keys.into_iter().map(|key| {
            // Not quoted: it may be the secret one.
            key.trim().parse().map_err(|_| {
                ArchiveError::BadKey(
                    "expected a public key of age, which begins with age1 (`age-keygen` makes one)"
                        .to_owned(),
                )
            })
        });
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        Ok(Self((!keys.is_empty()).then_some(For::Keys(keys))))
    }

    /// Whoever knows the passphrase.
    #[must_use]
    pub fn passphrase(passphrase: SecretString) -> Self {
        Self(Some(For::Passphrase(passphrase)))
    }

    /// Whether it is to be encrypted at all.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn encryptor(&self) -> Result<Option<Encryptor>, ArchiveError> {
        let encryptor = match &self.0 {
            None => return Ok(None),
            Some(For::Keys(keys)) => {
                Encryptor::with_recipients(keys.iter().map(|key| key as &dyn age::Recipient))
            }
            Some(For::Passphrase(passphrase)) => {
                Ok(Encryptor::with_user_passphrase(passphrase.clone()))
            }
        };
        encryptor
            .map(Some)
            .map_err(|error| ArchiveError::BadKey(error.to_string()))
    }
}

/// Who reads: secret keys, a passphrase, or nothing for what is not encrypted.
#[derive(Clone, Default)]
pub struct Identities {
    keys: Vec<age::x25519::Identity>,
    passphrase: Option<SecretString>,
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities")
            .field("keys", &self.keys.len())
            .field("passphrase", &self.passphrase.is_some())
            .finish()
    }
}

impl Identities {
    /// The secret keys of a file as `age-keygen` writes it: one a line, `AGE-SECRET-KEY-1…`; lines that
    /// begin with `#` are comments.
    ///
    /// # Errors
    /// [`ArchiveError::BadKey`] where a line is none; it says which and quotes nothing.
    pub fn keys(text: &str) -> Result<Self, ArchiveError> {
        let lines = text.lines().enumerate();
        let keys = lines
            .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
            .map(|(at, line)| {
                line.trim().parse().map_err(|_| {
                    ArchiveError::BadKey(format!(
                        "line {}: expected a secret key of age, which begins with AGE-SECRET-KEY-1",
                        at + 1
                    ))
                })
            });
        let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(ArchiveError::BadKey("there is no key in it".to_owned()));
        }
        Ok(Self {
            keys,
            passphrase: None,
        })
    }

    /// The passphrase that it was encrypted with.
    #[must_use]
    pub fn with_passphrase(mut self, passphrase: SecretString) -> Self {
        self.passphrase = Some(passphrase);
        self
    }

    pub(crate) fn decrypt<R: Read>(&self, input: R) -> Result<impl Read + use<R>, ArchiveError> {
        let decryptor = Decryptor::new(input).map_err(|error| match error {
            DecryptError::Io(error) => {
                ArchiveError::Damaged(format!("its head cannot be read: {error}"))
            }
            error => ArchiveError::Damaged(format!("its head: {error}")),
        })?;
        let by_passphrase = decryptor.is_scrypt();
        let wanted = if by_passphrase {
            "its passphrase"
        } else {
            "one of the secret keys that belong to it"
        };
        let opened = match &self.passphrase {
            Some(passphrase) if by_passphrase => {
                let identity = age::scrypt::Identity::new(passphrase.clone());
                decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity))
            }
            None if by_passphrase => {
                return Err(ArchiveError::Locked(format!(
                    "the archive is encrypted: give {wanted}"
                )));
            }
            _ if self.keys.is_empty() => {
                return Err(ArchiveError::Locked(format!(
                    "the archive is encrypted: give {wanted}"
                )));
            }
            _ => decryptor.decrypt(self.keys.iter().map(|key| key as &dyn age::Identity)),
        };
        opened.map_err(|error| match error {
            DecryptError::NoMatchingKeys | DecryptError::KeyDecryptionFailed => {
                ArchiveError::Locked(format!(
                    "the archive is encrypted for somebody else: give {wanted}"
                ))
            }
            DecryptError::DecryptionFailed if by_passphrase => {
                ArchiveError::Locked("that is not the passphrase of the archive".to_owned())
            }
            error => ArchiveError::Damaged(format!("its head: {error}")),
        })
    }
}
