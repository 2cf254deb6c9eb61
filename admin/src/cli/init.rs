//! `keystile init`

use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::context::Context;
use super::failure::Failure;
use super::output::Output;
use crate::domain::SystemClock;
use crate::operations::first_start::{self, FirstStart};

#[derive(Args)]
#[command(after_help = "Examples:
  keystile init
  keystile init --data /var/lib/keystile --json
  keystile init --env-prefix PM           adopt the key pair in PM__JWT__PRIVATE_KEY")]
pub(super) struct Init {}

impl Init {
    pub(super) async fn run(self, mut context: Context) -> Result<(), Failure> {
        let first = context.config.first_issuer();
        let data = context.config.settings.data.clone();
        let console = context.config.own_url();
        let (_, made) = first_start::init(context.config.settings, Arc::new(SystemClock), first).await?;
        match made {
            Some(made) => announce(context.output, &made, &console),
            None => context.output.answer(&json!({ "data": data, "made": false }), || {
                format!("`{}` is set up already: nothing was changed", data.display())
            }),
        }
    }
}

/// Shows what the first start made. Its two tokens are kept nowhere else, so this is what it is for.
pub(super) fn announce(output: Output, made: &FirstStart, console: &str) -> Result<(), Failure> {
    let value = json!({
        "admin_token": made.admin_token.reveal(),
        "edge_token": made.edge_token.reveal(),
        "roots": made.roots,
        "issuer_id": made.issuer_id,
        "kid": made.kid,
        "data": made.data,
    });
    output.answer(&value, || {
        format!(
            "Keystile is set up in `{}`.\n\n  \
             issuer       {}\n  \
             active key   {}\n  \
             admin token  {}\n  \
             edge token   {}\n\n\
             The two tokens are shown this once. While `keystile serve` runs, the console is at {console}:\n\
             sign in there with the admin token. Give the edge token to the worker as EDGE_TOKEN, and pin the root keys\n\
             there as ROOT_KEYS: `keystile roots` prints them.\n",
            made.data.display(),
            made.issuer_id,
            made.kid,
            made.admin_token.reveal(),
            made.edge_token.reveal(),
        )
    })
}
