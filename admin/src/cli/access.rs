//! `keystile access …`

use clap::Subcommand;
use serde_json::json;

use super::api_token::tokens_table;
use super::context::{Context, Opened};
use super::failure::Failure;
use crate::operations::access_review;
use crate::operations::api_tokens::ApiTokenView;

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
                let tokens = access_review::list(&opened.keystile, &opened.actor).await?;
                answer(&opened, &tokens, "")
            }
            Self::Review { reason } => {
                let tokens = access_review::review(&opened.keystile, &opened.actor, &reason).await?;
                answer(&opened, &tokens, "\n\nThe audit log says that you have seen this.")
            }
        }
    }
}

fn answer(opened: &Opened, tokens: &[ApiTokenView], and: &str) -> Result<(), Failure> {
    opened.output.answer(&json!({ "api_tokens": tokens }), || {
        format!("{}{and}", tokens_table(tokens, opened.keystile.now()))
    })
}
