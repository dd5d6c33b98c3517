//! How a command can fail, as its exit code says: scripts branch on it.

use std::process::ExitCode;

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Anything else.
    #[error("{0}")]
    Failed(String),
    /// The command or a setting is wrong.
    #[error("{0}")]
    Usage(String),
    /// There is no such thing, or no path.
    #[error("{0}")]
    NotFound(String),
    /// The server does not answer, or the data folder is taken.
    #[error("{0}")]
    Unreachable(String),
}

impl Failure {
    /// 1 failed, 2 usage, 3 not found, 4 cannot reach.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::NotFound(_) => 3,
            Self::Unreachable(_) => 4,
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(format!("{error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<&Failure> for ExitCode {
    fn from(failure: &Failure) -> Self {
        Self::from(failure.code())
    }
}
