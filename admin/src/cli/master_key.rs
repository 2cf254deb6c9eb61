//! `keystile master-key …`

use clap::Subcommand;

use super::context::Context;
use super::failure::Failure;
use crate::operations::master_key;

#[derive(Subcommand)]
pub(super) enum MasterKey {
    /// Put a new master key in the place of the one that seals private keys, while the server goes on
    #[command(after_help = "Examples:
  keystile master-key rewrap                             the key is in master.key: a new one is made
  KEYSTILE__MASTER_KEY=\"NEW OLD\" keystile master-key rewrap")]
    Rewrap,
}

impl MasterKey {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let Self::Rewrap = self;
        let done = master_key::rewrap(&opened.keystile, &opened.actor).await?;
        opened.output.answer(&done, || {
            format!(
                "{} secrets are wrapped under the master key {} now\nthe one before, {}, opens backups from before, and nothing else",
                done.secrets, done.to, done.from
            )
        })
    }
}
