//! `keystile env`

use clap::Args;
use serde_json::{Map, Value};

use super::consent::Consent;
use super::context::Context;
use super::failure::Failure;
use crate::config::PREFIX;
use crate::hand_off::environment_line;
use crate::operations::approvals::Deed;
use crate::operations::environment::{PrivateKeyFormat, environment};

#[derive(Args)]
#[command(after_help = "Examples:
  keystile env --prefix PM > backend.env
  keystile env --prefix PM --pkcs8 --json

It prints the private key, because that is what it is for, and the audit log says so.")]
pub(super) struct Env {
    /// Prefix of the variables: `PM` prints PM__JWT__PRIVATE_KEY and so on [default: --env-prefix, or
    /// KEYSTILE]
    #[arg(long)]
    prefix: Option<String>,
    /// Print the private key as PKCS#8 instead of PKCS#1
    #[arg(long)]
    pkcs8: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Env {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let prefix = self.prefix.or(context.env_prefix.clone()).unwrap_or_else(|| PREFIX.to_owned());
        let format = if self.pkcs8 { PrivateKeyFormat::Pkcs8 } else { PrivateKeyFormat::Pkcs1 };
        let mut opened = context.open().await?;
        let deed = Deed::ExportKey { issuer: opened.issuer.to_string(), kid: None };
        if !self.consent.settle(&mut opened, deed).await? {
            return Ok(());
        }
        let variables = environment(
            &opened.keystile,
            &opened.actor,
            &opened.issuer,
            prefix.trim_end_matches('_'),
            format,
        )
        .await?;
        let pairs = variables.iter().map(|variable| (variable.name.as_str(), variable.value.reveal()));
        let object: Map<_, _> =
            pairs.clone().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        opened.output.answer(&object, || {
            pairs.map(|(name, value)| environment_line(name, value)).collect::<Vec<_>>().join("\n")
        })
    }
}
