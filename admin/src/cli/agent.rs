//! `keystile agent`

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use nix::sys::signal::Signal;

use super::context::Context;
use super::failure::Failure;
use crate::agent::{self, FileSource, Launch, ServerSource, Source, Turn};
use crate::config::PREFIX;
use crate::operations::OperationError;
use crate::operations::environment::PrivateKeyFormat;
use crate::telemetry;

#[derive(Args)]
#[command(after_help = "Examples:
  keystile agent --prefix PM -- phone-manager serve
  keystile agent --file /run/keys/backend.json -- phone-manager serve
  keystile agent --file /run/keys/backend.json --signal HUP -- backend --keys /run/keys/backend.json

The backend gets the variables of `keystile env`, and none of the server's own settings. When another key signs, it gets SIGTERM,
time to end, and is started with the new key. Signals are passed on, and its exit code is the agent's.")]
pub(super) struct Agent {
    /// Prefix of the variables, as in `keystile env` [default: --env-prefix, or KEYSTILE]
    #[arg(long, conflicts_with = "file")]
    prefix: Option<String>,
    /// Hand the private key over as PKCS#8 instead of PKCS#1
    #[arg(long, conflicts_with = "file")]
    pkcs8: bool,
    /// Follow this file, which a target of the hand-off writes in JSON, instead of the server's data folder
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Send this signal instead of restarting: the backend reads the file again by itself
    #[arg(long, value_name = "NAME", value_parser = named, requires = "file")]
    signal: Option<Signal>,
    /// Seconds that the backend has to end before it is killed
    #[arg(long, value_name = "SECS", default_value_t = 30)]
    grace: u64,
    /// The backend and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

impl Agent {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        telemetry::start(&context.config.log_filter, context.config.log_json);
        let missing = OperationError::InvalidInput { field: "command", detail: "name a program".to_owned() };
        let launch = Launch::of(self.command).ok_or(missing)?;
        let turn = match self.signal {
            Some(signal) => Turn::Notify(signal),
            None => Turn::Restart { grace: Duration::from_secs(self.grace) },
        };
        let source = match self.file {
            Some(file) => Source::File(FileSource::new(file)),
            None => {
                let prefix = self.prefix.or(context.env_prefix.clone()).unwrap_or_else(|| PREFIX.to_owned());
                let format = if self.pkcs8 { PrivateKeyFormat::Pkcs8 } else { PrivateKeyFormat::Pkcs1 };
                let opened = context.open().await?;
                Source::Server(Box::new(ServerSource {
                    keystile: opened.keystile,
                    actor: opened.actor,
                    issuer: opened.issuer,
                    prefix: prefix.trim_end_matches('_').to_owned(),
                    format,
                }))
            }
        };
        match agent::run(&source, &launch, turn).await? {
            0 => Ok(()),
            code => Err(Failure::Ended(code)),
        }
    }
}

fn named(name: &str) -> Result<Signal, String> {
    let name = name.to_ascii_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    Signal::from_str(&format!("SIG{name}"))
        .map_err(|_| format!("`{name}` is no signal: use HUP, USR1 or USR2"))
}
