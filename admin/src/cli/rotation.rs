//! `keystile rotation …`

use clap::Subcommand;
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::rotate::describe;
use crate::operations::rotation;

#[derive(Subcommand)]
pub(super) enum Rotation {
    /// How far the latest rotation is, and what it waits for
    #[command(after_help = "Example:\n  keystile rotation show")]
    Show,
    /// Hold the rotation up before its key signs
    #[command(after_help = "Example:\n  keystile rotation pause --reason 'release day'")]
    Pause {
        /// Why, for the audit log
        #[arg(long)]
        reason: Option<String>,
    },
    /// Let a paused rotation go on
    #[command(after_help = "Example:\n  keystile rotation resume")]
    Resume {
        /// Why, for the audit log
        #[arg(long)]
        reason: Option<String>,
    },
    /// Call off the rotation whose key does not sign yet
    #[command(after_help = "Example:\n  keystile rotation cancel")]
    Cancel,
}

impl Rotation {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let (keystile, actor, issuer) = (&opened.keystile, &opened.actor, &opened.issuer);
        let latest = match self {
            Self::Show => rotation::get(keystile, actor, issuer).await?,
            Self::Pause { reason } => Some(rotation::pause(keystile, actor, issuer, reason).await?),
            Self::Resume { reason } => Some(rotation::resume(keystile, actor, issuer, reason).await?),
            Self::Cancel => Some(rotation::cancel(keystile, actor, issuer).await?),
        };
        let words = match &latest {
            Some(rotation) => describe(&opened, rotation).await?,
            None => "there never was a rotation: start one with `keystile rotate`".to_owned(),
        };
        opened.output.answer(&json!({ "rotation": latest }), || words)
    }
}
