//! `keystile session …`

use clap::Subcommand;
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::output::table;
use super::span::moment;
use crate::operations::sessions;

#[derive(Subcommand)]
pub(super) enum Session {
    /// Everybody who is signed in to the console
    #[command(after_help = "Example:\n  keystile session list")]
    List,
    /// Sign somebody out
    #[command(after_help = "Example:\n  keystile session end 9f86d081884c7d65")]
    End {
        /// The session, as `keystile session list` shows it
        id: String,
    },
}

impl Session {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        match self {
            Self::List => {
                let found = sessions::list(&opened.keystile, &opened.actor).await?;
                let now = opened.keystile.now();
                opened.output.answer(&json!({ "sessions": found }), || {
                    let row = |it: &sessions::SessionView| {
                        let [used, ends] = [it.last_used_at, it.expires_at].map(|at| moment(at, now));
                        [it.id.clone(), it.role.to_string(), used, ends, it.label.clone()]
                    };
                    table(
                        ["id", "role", "last used", "ends", "label"],
                        &found.iter().map(row).collect::<Vec<_>>(),
                    )
                })
            }
            Self::End { id } => {
                let ended = sessions::end_one(&opened.keystile, &opened.actor, &id).await?;
                opened.output.answer(&ended, || format!("the session of {} is over", ended.label))
            }
        }
    }
}
