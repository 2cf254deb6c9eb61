use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

use super::AgentError;
use crate::config::PREFIX;
use crate::operations::environment::Variable;

/// How the backend is started.
#[derive(Debug, Clone)]
pub struct Launch {
    program: OsString,
    arguments: Vec<OsString>,
}

/// A backend that runs.
pub(super) struct Backend {
    child: Child,
    id: Option<Pid>,
}

/// How it ended.
pub(super) struct Ended(ExitStatus);

impl Launch {
    /// The program and its arguments; `None` where no program is named.
    pub fn of(words: Vec<OsString>) -> Option<Self> {
        let mut words = words.into_iter();
        Some(Self { program: words.next()?, arguments: words.collect() })
    }
}

impl Backend {
    /// Starts it with these variables beside those of this process, of which the server's own settings are left out.
    pub(super) fn start(launch: &Launch, environment: &[Variable]) -> Result<Self, AgentError> {
        let mut command = Command::new(&launch.program);
        command.args(&launch.arguments).kill_on_drop(true);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        let child = command
            .envs(environment.iter().map(|variable| (&variable.name, variable.value.reveal())))
            .spawn()
            .map_err(|cause| AgentError::Start {
                program: launch.program.to_string_lossy().into_owned(),
                cause,
            })?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok(Self { child, id })
    }

    /// Waits until it ends.
    pub(super) async fn wait(&mut self) -> Result<Ended, AgentError> {
        let status = self.child.wait().await.map_err(AgentError::Signals)?;
        self.id = None;
        Ok(Ended(status))
    }

    /// Sends it a signal; one that has ended gets none.
    pub(super) fn send(&self, signal: Signal) {
        let Some(id) = self.id else { return };
        if let Err(error) = kill(id, signal) {
            tracing::warn!(%error, %signal, "the signal did not reach the backend");
        }
    }
}

impl Ended {
    /// As a shell says it.
    pub(super) fn code(&self) -> u8 {
        let code = self.0.code().or(self.0.signal().map(|signal| 128 + signal)).unwrap_or(1);
        u8::try_from(code).unwrap_or(1)
    }
}

/// The master key, tokens of the store and credentials are no backend's business.
fn is_ours(name: &str) -> bool {
    name.starts_with(&format!("{PREFIX}_"))
}
