//! `keystile hand-off …`

use std::fs;
use std::path::PathBuf;

use clap::Subcommand;
use serde::Deserialize;

use super::consent::Consent;
use super::context::{Context, Opened};
use super::failure::Failure;
use super::keys::short;
use super::output::table;
use super::span::moment;
use crate::domain::Timestamp;
use crate::hand_off::Target;
use crate::operations::OperationError;
use crate::operations::approvals::Deed;
use crate::operations::hand_off::{self, HandOffStatus};

#[derive(Subcommand)]
pub(super) enum HandOff {
    /// Where backends read their key, what stands there, and what each target waits for
    #[command(after_help = "Examples:\n  keystile hand-off show\n  keystile hand-off show --json")]
    Show,
    /// Set all targets, in place of those before
    #[command(
        after_help = "Example:\n  keystile hand-off set targets.json\n\nThe file is what the HTTP API takes, such \
        as {\"targets\": [{\"name\": \"vault\",\n  \"place\": {\"kind\": \"openbao\", \"address\": \
        \"https://bao.example:8200\", \"path\": \"apps/backend\", \"credential\": \"bao\"}}]}.\nCredentials are \
        named in it and never contained: see docs/hand-off.md."
    )]
    Set {
        /// The targets, in JSON
        file: PathBuf,
        #[command(flatten)]
        consent: Consent,
    },
}

/// The document of the HTTP API.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Targets {
    targets: Vec<Target>,
}

impl HandOff {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let wanted = match self {
            Self::Show => None,
            Self::Set { file, consent } => Some((read(&file)?, consent)),
        };
        let mut opened = context.open().await?;
        let targets = match wanted {
            None => None,
            Some((targets, consent)) => {
                let issuer = opened.issuer.to_string();
                let deed = Deed::SetHandOff { issuer, targets: targets.clone() };
                if !consent.settle(&mut opened, deed).await? {
                    return Ok(());
                }
                Some(targets)
            }
        };
        let Opened { keystile, actor, issuer, output } = &opened;
        let view = match targets {
            Some(targets) => hand_off::configure(keystile, actor, issuer, targets.into()).await?,
            None => hand_off::get(keystile, actor, issuer).await?,
        };
        let now = keystile.now();
        output.answer(&view, || {
            let rows: Vec<_> = view.targets.iter().map(|target| row(&target.status, now)).collect();
            if rows.is_empty() {
                return "no targets: backends get their key by `keystile env` or `keystile agent`".to_owned();
            }
            table(["target", "holds", "version", "state"], &rows)
        })
    }
}

fn read(file: &PathBuf) -> Result<Vec<Target>, Failure> {
    let text = fs::read_to_string(file).map_err(|source| Failure::File { path: file.clone(), source })?;
    let read: Targets = serde_json::from_str(&text).map_err(|error| OperationError::InvalidInput {
        field: "targets",
        detail: format!("`{}` cannot be read: {error}", file.display()),
    })?;
    Ok(read.targets)
}

fn row(status: &HandOffStatus, now: Timestamp) -> [String; 4] {
    let none = || "-".to_owned();
    [
        status.target.clone(),
        status.held_kid.as_deref().map_or_else(none, short),
        status.held_version.as_deref().map_or_else(none, |version| version.chars().take(12).collect()),
        state(status, now),
    ]
}

/// Where a target stands, in one line.
pub(super) fn state(status: &HandOffStatus, now: Timestamp) -> String {
    let waiting = status.wanted_kid.as_ref().filter(|kid| status.held_kid.as_ref() != Some(kid));
    match (waiting, &status.last_error) {
        (Some(kid), Some(error)) => {
            let since =
                status.waiting_since.map(|at| format!(" since {}", moment(at, now))).unwrap_or_default();
            format!("waits for key {}{since}, {} tries: {error}", short(kid), status.tries)
        }
        (Some(kid), None) => format!("key {} is on its way", short(kid)),
        (None, Some(error)) => format!("cannot be looked after: {error}"),
        (None, None) if status.older_versions > 0 => {
            "arrived; versions before it are kept until it is active".to_owned()
        }
        (None, None) => "arrived".to_owned(),
    }
}
