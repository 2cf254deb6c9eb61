//! How a command fails: what is wrong, and what to do.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::json;

use crate::agent::AgentError;
use crate::api::{CannotListen, CannotServe};
use crate::backup::age::AgeError;
use crate::config::InvalidSetting;
use crate::operations::OperationError;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Operation(#[from] OperationError),
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    #[error(transparent)]
    CannotListen(#[from] CannotListen),
    #[error(transparent)]
    CannotServe(#[from] CannotServe),
    #[error(transparent)]
    Age(#[from] AgeError),
    #[error("cannot read `{path}`: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("cannot write `{path}`: {source}")]
    Written { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// A backend ended with this code, and has said why itself.
    #[error("the backend ended with {0}")]
    Ended(u8),
    /// The answer was given, and it is no.
    #[error("{0}")]
    Negative(String),
}

impl Failure {
    fn help(&self) -> Option<&'static str> {
        match self {
            Self::Operation(error) => error.help(),
            Self::CannotListen(_) => {
                Some("stop what listens there, or choose another address with `--listen 127.0.0.1:PORT`")
            }
            Self::Written { .. } => {
                Some("name a file that does not exist yet, in a folder that you may write")
            }
            Self::CannotServe(CannotServe::Tls(_)) => Some(
                "name a PEM file with the certificate and its chain, and one with its private key, that this user may read",
            ),
            Self::File { .. } => Some("check the path and who may read it"),
            Self::Agent(AgentError::Operation(error)) => error.help(),
            Self::Setting(_)
            | Self::CannotServe(CannotServe::Io(_))
            | Self::Age(_)
            | Self::Agent(_)
            | Self::Ended(_)
            | Self::Io(_)
            | Self::Negative(_) => None,
        }
    }

    /// What this process ends with.
    pub(super) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Ended(code) => ExitCode::from(*code),
            _ => ExitCode::FAILURE,
        }
    }

    /// What it is called: the code of the HTTP API, where it has one.
    fn code(&self) -> &'static str {
        match self {
            Self::Operation(error) | Self::Agent(AgentError::Operation(error)) => error.code(),
            Self::Setting(_) => "setting_invalid",
            Self::CannotListen(_) => "cannot_listen",
            Self::CannotServe(_) => "cannot_serve",
            Self::Age(_) => "backup_unusable",
            Self::File { .. } | Self::Written { .. } => "file_unusable",
            Self::Io(_) => "io_failed",
            Self::Agent(_) => "agent_failed",
            Self::Ended(_) => "backend_ended",
            Self::Negative(_) => "negative",
        }
    }

    /// Says it on standard error, to people or to a program.
    pub(super) fn report(&self, json: bool) {
        if matches!(self, Self::Ended(_)) {
            return;
        }
        // `keystile keys list | head -1` closes our output early, which is no failure worth a word.
        if matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::BrokenPipe) {
            return;
        }
        let mut out = io::stderr().lock();
        // Where even standard error is closed, the exit code still says it.
        if json {
            let detail = self.help().map_or_else(|| self.to_string(), |help| format!("{self}: {help}"));
            let _ = writeln!(out, "{}", json!({ "code": self.code(), "detail": detail }));
            return;
        }
        let _ = writeln!(out, "error: {self}");
        if let Some(help) = self.help() {
            let _ = writeln!(out, "  help: {help}");
        }
    }
}
