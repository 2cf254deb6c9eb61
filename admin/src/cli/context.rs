//! What a command works with: the configuration, the opened data folder, and who acts.

use std::env;
use std::sync::Arc;

use nix::unistd::{Uid, User};

use super::Global;
use super::failure::Failure;
use super::output::Output;
use crate::config::{Config, ConfigFile};
use crate::domain::{Actor, IssuerId, SystemClock};
use crate::operations::Keystile;

/// The configuration, with what the command line says in place of what the environment says.
pub(super) struct Context {
    pub(super) config: Config,
    pub(super) output: Output,
    pub(super) env_prefix: Option<String>,
    /// Whether an issuer was named, and is not the usual one.
    pub(super) names_issuer: bool,
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
        let mut config = configuration(&global)?;
        if let Some(data) = global.data {
            config.settings.data = data;
        }
        let names_issuer = global.issuer.is_some();
        if let Some(issuer) = global.issuer {
            config.issuer_id = issuer;
        }
        Ok(Self { config, output: Output::new(global.json), env_prefix: global.env_prefix, names_issuer })
    }

    /// Opens the data folder; it must have been set up.
    pub(super) async fn open(self) -> Result<Opened, Failure> {
        Ok(Opened {
            keystile: Keystile::open(self.config.settings, Arc::new(SystemClock)).await?.for_a_command(),
            actor: local_actor(),
            issuer: self.config.issuer_id,
            output: self.output,
        })
    }
}

/// What the configuration file says, if there is one.
pub(super) fn configuration_file(global: &Global) -> Result<ConfigFile, Failure> {
    Ok(global.config.as_deref().map(ConfigFile::read).transpose()?.unwrap_or_default())
}

/// The configuration of file and environment.
pub(super) fn configuration(global: &Global) -> Result<Config, Failure> {
    let file = configuration_file(global)?;
    Ok(Config::read_with(file, readable_variables(), global.env_prefix.as_deref())?)
}

/// A variable that is not Unicode cannot be one of ours.
pub(super) fn readable_variables() -> impl Iterator<Item = (String, String)> {
    env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Whoever may open the data folder is an administrator. The name is the system's word, not that of a variable, since two
/// names are two people where something takes two.
pub(super) fn local_actor() -> Actor {
    let uid = Uid::current();
    let user = User::from_uid(uid).ok().flatten().map(|user| user.name);
    Actor::local(&user.unwrap_or_else(|| uid.to_string()))
}
