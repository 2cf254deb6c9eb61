//! `keystile roots`

use clap::Args;

use super::context::Context;
use super::failure::Failure;
use super::output::print;
use crate::operations::key_set::roots;

#[derive(Args)]
#[command(after_help = "Example:\n  ROOT_KEYS=$(keystile roots)")]
pub(super) struct Roots {}

impl Roots {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        print(&roots(&opened.keystile).await?.to_string())
    }
}
