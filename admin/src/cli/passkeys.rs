//! `keystile user passkeys …`

use clap::{Args, Subcommand};
use serde_json::json;

use super::consent::Consent;
use super::context::Opened;
use super::failure::Failure;
use super::output::table;
use super::span::moment;
use super::user::settle;
use crate::domain::UserName;
use crate::operations::passkeys::{self, PasskeyView};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = false)]
pub(super) struct Passkeys {
    /// What they sign in by
    name: UserName,
    #[command(subcommand)]
    step: Option<Step>,
}

#[derive(Subcommand)]
enum Step {
    /// Take a passkey away: their sessions end at once. Without any, their password alone lets them in, or lets them
    /// register another one where everybody must have one
    #[command(after_help = "Example:\n  keystile user passkeys ada remove 5f0c1d9e22ab4c70")]
    Remove {
        /// Its id, as the list shows it
        id: String,
        #[command(flatten)]
        consent: Consent,
    },
}

impl Passkeys {
    pub(super) async fn run(self, mut opened: Opened) -> Result<(), Failure> {
        let Self { name, step } = self;
        match step {
            None => list(&opened, &name).await,
            Some(Step::Remove { id, consent }) => {
                if !settle(&mut opened, consent, &name, None).await? {
                    return Ok(());
                }
                let Opened { keystile, actor, output, .. } = &opened;
                let removed = passkeys::remove(keystile, actor, name.as_str(), &id).await?;
                output.answer(&removed, || format!("{} of {name} opens nothing any more", removed.name))
            }
        }
    }
}

async fn list(opened: &Opened, name: &UserName) -> Result<(), Failure> {
    let all = passkeys::of_user(&opened.keystile, &opened.actor, name.as_str()).await?;
    let now = opened.keystile.now();
    opened.output.answer(&json!({ "passkeys": all }), || {
        let row = |it: &PasskeyView| {
            let used = it.last_used_at.map_or_else(|| "never".to_owned(), |at| moment(at, now));
            let place = if it.shared { "its owner's devices" } else { "one authenticator" };
            [it.id.clone(), it.name.to_string(), moment(it.created_at, now), used, place.to_owned()]
        };
        table(["id", "name", "registered", "last used", "kept by"], &all.iter().map(row).collect::<Vec<_>>())
    })
}
