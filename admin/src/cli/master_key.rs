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
  KEYSTILE__MASTER_KEY=\"NEW OLD\" keystile master-key rewrap

From one keeper to another, with the same setting as the server has:
  KEYSTILE__MASTER_KEY_FROM=\"https://bao.example:8200/v1/transit/keys/keystile local\" keystile master-key rewrap
  KEYSTILE__MASTER_KEY_FROM=\"arn:aws:kms:… https://bao.example:8200/v1/transit/keys/keystile\" keystile master-key rewrap")]
    Rewrap,
}

impl MasterKey {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let Self::Rewrap = self;
        let done = master_key::rewrap(&opened.keystile, &opened.actor).await?;
        opened.output.answer(&done, || {
            let key = match &done.wrapped_by {
                Some(keeper) => format!("{}, which `{keeper}` opens", done.to),
                None => done.to.clone(),
            };
            format!(
                "{} secrets are wrapped under the master key {key} now\nthe one before, {}, opens backups from before, and nothing else",
                done.secrets, done.from
            )
        })
    }
}
