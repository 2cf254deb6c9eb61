//! `keystile revoke …`

use clap::Subcommand;

use super::context::Context;
use super::failure::Failure;
use super::keys::revoke_key;

#[derive(Subcommand)]
pub(super) enum Revoke {
    /// Revoke a key that is not active: every token it signed is refused
    #[command(after_help = "Example:\n  keystile revoke key 9Xq1yVb2 --reason 'copied to a laptop'")]
    Key {
        /// The kid, or enough of its start to be unique
        kid: String,
        /// Why, for the audit log
        #[arg(long)]
        reason: String,
    },
}

impl Revoke {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let Self::Key { kid, reason } = self;
        revoke_key(&context.open().await?, &kid, reason).await
    }
}
