//! `keystile config …`

use clap::Subcommand;
use serde_json::json;

use super::Global;
use super::context::{configuration, configuration_file, readable_variables};
use super::failure::Failure;
use super::output::{Output, print, table};
use crate::config::{Config as Settings, schema};

#[derive(Subcommand)]
pub(super) enum Config {
    /// Say whether the configuration can be used, without starting anything
    #[command(after_help = "Example:\n  keystile config check --config /etc/keystile/keystile.toml")]
    Check,
    /// Show every setting as it stands, and where it comes from; secrets are masked
    #[command(after_help = "Example:\n  keystile config show")]
    Show,
    /// Print the JSON Schema of the configuration file, for editors
    #[command(after_help = "Example:\n  keystile config schema > keystile.schema.json")]
    Schema,
}

impl Config {
    pub(super) fn run(self, global: &Global) -> Result<(), Failure> {
        let output = Output::new(global.json);
        match self {
            Self::Schema => print(&format!("{:#}", schema())),
            Self::Check => {
                configuration(global)?;
                output.answer(&json!({ "ok": true }), || "the configuration can be used".to_owned())
            }
            Self::Show => {
                let file = configuration_file(global)?;
                let shown = Settings::show(file, readable_variables(), global.env_prefix.as_deref())?;
                output.answer(&json!({ "settings": shown }), || {
                    let rows: Vec<_> = shown
                        .iter()
                        .map(|one| [one.name.clone(), one.from.to_owned(), one.value.clone()])
                        .collect();
                    table(["setting", "from", "value"], &rows)
                })
            }
        }
    }
}
