//! `keystile publish`

use clap::Args;

use super::context::Context;
use super::failure::Failure;
use crate::operations::publication::{FailedPush, PushedSet, publish_now};

#[derive(Args)]
#[command(
    after_help = "Example:\n  keystile publish\n\nThe running server does this by itself within a second."
)]
pub(super) struct Publish {}

impl Publish {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let drained = publish_now(&opened.keystile).await?;
        opened.output.answer(&drained, || match drained.pushed.as_slice() {
            [] if drained.left_to_another => {
                "another process is pushing right now: it pushes this too".to_owned()
            }
            [] if drained.failed.is_empty() => "the outbox is empty: everything is pushed".to_owned(),
            pushed => pushed.iter().map(arrived).collect::<Vec<_>>().join("\n"),
        })?;
        match drained.failed.first() {
            None => Ok(()),
            Some(FailedPush { issuer, version, error }) => {
                Err(Failure::Negative(format!("version {version} of `{issuer}` did not arrive: {error}")))
            }
        }
    }
}

fn arrived(PushedSet { issuer, version }: &PushedSet) -> String {
    format!("version {version} of `{issuer}` is pushed and read back")
}
