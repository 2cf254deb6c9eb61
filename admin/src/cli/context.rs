//! What a command works with: the configuration, the opened data folder, and who acts.

use std::env;
use std::sync::Arc;

use super::Global;
use super::failure::Failure;
use super::output::Output;
use crate::config::Config;
use crate::domain::{Actor, IssuerId, SystemClock};
use crate::operations::Keystile;

/// The configuration, with what the command line says in place of what the environment says.
pub(super) struct Context {
    pub(super) config: Config,
    pub(super) output: Output,
    pub(super) env_prefix: Option<String>,
}

/// An opened data folder.
pub(super) struct Opened {
    pub(super) keystile: Keystile,
    pub(super) actor: Actor,
    pub(super) issuer: IssuerId,
    pub(super) output: Output,
}

impl Context {
    pub(super) fn new(global: Global) -> Result<Self, Failure> {
        let mut config = Config::read(readable_variables(), global.env_prefix.as_deref())?;
        if let Some(data) = global.data {
            config.settings.data = data;
        }
        if let Some(issuer) = global.issuer {
            config.issuer_id = issuer;
        }
        Ok(Self { config, output: Output::new(global.json), env_prefix: global.env_prefix })
    }

    /// Opens the data folder; it must have been set up.
    pub(super) async fn open(self) -> Result<Opened, Failure> {
        Ok(Opened {
            keystile: Keystile::open(self.config.settings, Arc::new(SystemClock)).await?,
            actor: local_actor(),
            issuer: self.config.issuer_id,
            output: self.output,
        })
    }
}

/// A variable that is not Unicode cannot be one of ours.
fn readable_variables() -> impl Iterator<Item = (String, String)> {
    env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Whoever may open the data folder is an administrator; the name is for the audit log.
pub(super) fn local_actor() -> Actor {
    let user = env::var("USER").or_else(|_| env::var("LOGNAME")).unwrap_or_else(|_| "unknown".to_owned());
    Actor::local(&user)
}
