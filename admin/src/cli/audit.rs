//! `keystile audit …`

use clap::Subcommand;
use serde_json::json;

use super::context::{Context, Opened};
use super::failure::Failure;
use super::keys::short;
use super::output::table;
use crate::operations::audit_log::{self, AuditEntryView};

#[derive(Subcommand)]
pub(super) enum Audit {
    /// The newest entries, newest first
    #[command(after_help = "Examples:\n  keystile audit list\n  keystile audit list --limit 1000 --json")]
    List {
        /// How many entries at most
        #[arg(long, default_value_t = 20)]
        limit: u32,
        /// Only entries with a smaller number
        #[arg(long, value_name = "SEQ")]
        before: Option<u64>,
    },
    /// Compute the chain again, and say whether every entry is the one that was written
    #[command(after_help = "Example:\n  keystile audit verify")]
    Verify,
}

impl Audit {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        match self {
            Self::List { limit, before } => list(&opened, limit, before).await,
            Self::Verify => verify(&opened).await,
        }
    }
}

async fn list(opened: &Opened, limit: u32, before: Option<u64>) -> Result<(), Failure> {
    let entries = audit_log::list(&opened.keystile, &opened.actor, limit, before).await?;
    opened.output.answer(&json!({ "entries": entries }), || {
        let rows: Vec<_> = entries.iter().map(row).collect();
        table(["seq", "at", "actor", "action", "subject", "reason"], &rows)
    })
}

fn row(entry: &AuditEntryView) -> [String; 6] {
    // A kid has 43 characters; its first eight name it in every other table too.
    let subject = if entry.subject.len() > 40 { short(&entry.subject) } else { entry.subject.clone() };
    let reason = entry.reason.clone().unwrap_or_else(|| "-".to_owned());
    let (seq, at) = (entry.seq.to_string(), entry.at.to_string());
    [seq, at, entry.actor.clone(), entry.action.clone(), subject, reason]
}

async fn verify(opened: &Opened) -> Result<(), Failure> {
    let chain = audit_log::verify(&opened.keystile, &opened.actor).await?;
    opened.output.answer(&chain, || {
        let head = chain.head.as_deref().unwrap_or("none");
        format!(
            "{} entries checked\nhead {head}\nkeep the head elsewhere: with it a cut tail shows too",
            chain.entries
        )
    })?;
    match chain.first_broken_seq {
        _ if chain.ok => Ok(()),
        Some(seq) => Err(Failure::Negative(format!("entry {seq} is not the one that was written"))),
        None => Err(Failure::Negative("the chain does not hold".to_owned())),
    }
}
