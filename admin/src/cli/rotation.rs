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
    /// Call off the rotation whose key does not sign yet
    #[command(after_help = "Example:\n  keystile rotation cancel")]
    Cancel,
}

impl Rotation {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let latest = match self {
            Self::Show => rotation::get(&opened.keystile, &opened.actor, &opened.issuer).await?,
            Self::Cancel => Some(rotation::cancel(&opened.keystile, &opened.actor, &opened.issuer).await?),
        };
        let words = match &latest {
            Some(rotation) => describe(&opened, rotation).await?,
            None => "there never was a rotation: start one with `keystile rotate`".to_owned(),
        };
        opened.output.answer(&json!({ "rotation": latest }), || words)
    }
}
