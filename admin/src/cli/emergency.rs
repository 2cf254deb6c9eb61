//! `keystile emergency`

use clap::Args;

use super::context::Context;
use super::failure::Failure;
use crate::operations::emergency::{self, emergency};

#[derive(Args)]
#[command(after_help = "Example:
  keystile emergency --reason 'private key in a public log' --confirm 9Xq1yVb2

A new key signs at once, the active key is revoked for good, and every token issued until now is refused.
`keystile status` shows the active kid, and then which regions have confirmed.")]
pub(super) struct Emergency {
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    /// The first 8 characters of the active kid, so that it cannot happen by accident
    #[arg(long, value_name = "KID")]
    confirm: String,
}

impl Emergency {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let order = emergency::Emergency { reason: self.reason, confirm: self.confirm };
        let done = emergency(&opened.keystile, &opened.actor, &opened.issuer, order).await?;
        opened.output.answer(&done, || {
            format!(
                "key {} is revoked, and key {} signs\nversion {} is pushed by the running server now; \
                 `keystile status` shows the regions confirming it\nbackends that hold the old key need the new one: \
                 `keystile env`",
                done.revoked_kid, done.new_kid, done.version,
            )
        })
    }
}
