use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::domain::{Actor, IssuerId, SecretText};
use crate::hand_off::hex_digest;
use crate::operations::environment::{PrivateKeyFormat, Variable, current, for_backend};
use crate::operations::{Keystile, OperationError};

/// Where the agent learns which key signs.
pub enum Source {
    /// The server's data folder.
    Server(Box<ServerSource>),
    /// A file to which keys are handed over.
    File(FileSource),
}

/// The server's data folder. Each time a key is taken out of it, the audit log says so.
pub struct ServerSource {
    /// The opened data folder.
    pub keystile: Keystile,
    /// Who takes the key.
    pub actor: Actor,
    /// Whose key.
    pub issuer: IssuerId,
    /// What the variables begin with.
    pub prefix: String,
    /// How the private key is written.
    pub format: PrivateKeyFormat,
}

/// A file to which keys are handed over: one JSON object of texts.
pub struct FileSource(PathBuf);

/// Why the agent cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The server's data cannot say which key signs.
    #[error(transparent)]
    Operation(#[from] OperationError),
    /// The file cannot be read.
    #[error("`{path}`: {cause}")]
    File {
        /// Which file.
        path: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The file is not what a target with `"format": "json"` holds.
    #[error("`{path}` is no JSON object of texts, as the hand-off writes it with `\"format\": \"json\"`")]
    NotVariables {
        /// Which file.
        path: String,
    },
    /// The backend cannot be started.
    #[error("`{program}` cannot be started: {cause}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The system does not let this process wait for signals, or for the backend.
    #[error("the backend cannot be watched: {0}")]
    Signals(io::Error),
}

impl Source {
    /// What tells what a backend should have now from anything it had before. No secret.
    pub(super) async fn version(&self) -> Result<String, AgentError> {
        match self {
            Self::Server(server) => Ok(current(&server.keystile, &server.actor, &server.issuer).await?),
            Self::File(file) => file.read().map(|text| hex_digest(text.as_bytes())),
        }
    }

    /// The version and the variables that belong to it.
    pub(super) async fn read(&self) -> Result<(String, Vec<Variable>), AgentError> {
        match self {
            Self::Server(server) => {
                let ServerSource { keystile, actor, issuer, prefix, format } = &**server;
                // The version first: a key that is turned in between shows as news at the next look.
                let version = current(keystile, actor, issuer).await?;
                Ok((version, for_backend(keystile, actor, issuer, prefix, *format).await?))
            }
            Self::File(file) => {
                let text = file.read()?;
                Ok((hex_digest(text.as_bytes()), file.variables(&text)?))
            }
        }
    }
}

impl FileSource {
    /// This file.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    fn read(&self) -> Result<Zeroizing<String>, AgentError> {
        let read = std::fs::read_to_string(&self.0).map(Zeroizing::new);
        read.map_err(|cause| AgentError::File { path: self.0.display().to_string(), cause })
    }

    fn variables(&self, text: &str) -> Result<Vec<Variable>, AgentError> {
        let not_variables = || AgentError::NotVariables { path: self.0.display().to_string() };
        let read: BTreeMap<String, SecretText> = serde_json::from_str(text).map_err(|_| not_variables())?;
        let fits = |(name, value): (&String, &SecretText)| {
            !name.is_empty() && !name.contains(['=', '\0']) && !value.reveal().contains('\0')
        };
        if read.is_empty() || !read.iter().all(fits) {
            return Err(not_variables());
        }
        Ok(read.into_iter().map(|(name, value)| Variable { name, value }).collect())
    }
}
