//! `keystile access …`

use clap::Subcommand;

use super::api_token::tokens_table;
use super::context::{Context, Opened};
use super::failure::Failure;
use super::user::users_table;
use crate::operations::access_review::{self, AccessView};

#[derive(Subcommand)]
pub(super) enum Access {
    /// Everybody who has access now
    #[command(after_help = "Example:\n  keystile access list")]
    List,
    /// Write into the audit log that you went through who has access
    #[command(
        after_help = "Example:\n  keystile access review --reason 'second quarter, two tokens revoked'"
    )]
    Review {
        /// What the review found
        #[arg(long)]
        reason: String,
    },
}

impl Access {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        match self {
            Self::List => {
                let access = access_review::list(&opened.keystile, &opened.actor).await?;
                answer(&opened, &access, "")
            }
            Self::Review { reason } => {
                let access = access_review::review(&opened.keystile, &opened.actor, &reason).await?;
                answer(&opened, &access, "\n\nThe audit log says that you have seen this.")
            }
        }
    }
}

fn answer(opened: &Opened, access: &AccessView, and: &str) -> Result<(), Failure> {
    let now = opened.keystile.now();
    opened.output.answer(access, || {
        format!("{}\n\n{}{and}", tokens_table(&access.api_tokens, now), users_table(&access.users, now))
    })
}
