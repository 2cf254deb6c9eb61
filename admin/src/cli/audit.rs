//! `keystile audit …`

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, value_parser};
use serde_json::json;

use super::audit_keeping::{AuditHold, AuditRetention};
use super::context::{Context, Opened};
use super::failure::Failure;
use super::keys::short;
use super::output::{Output, table};
use crate::audit::{Kept, verify_export};
use crate::domain::{InvalidInstant, Timestamp};
use crate::evidence::{Period, page};
use crate::operations::audit_log::{self, AuditEntryView};
use crate::operations::evidence::evidence;
use crate::operations::{audit_export, checkpoints};

#[derive(Subcommand)]
pub(super) enum Audit {
    /// The newest entries, newest first
    #[command(after_help = "Examples:\n  keystile audit list\n  keystile audit list --limit 1000 --json")]
    List {
        /// How many entries at most: 1 to 1000; `--before` reads on
        #[arg(long, default_value_t = 20, value_parser = value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// Only entries with a smaller number
        #[arg(long, value_name = "SEQ")]
        before: Option<u64>,
    },
    /// Say whether every entry is the one that was written: of the server's log, or of an export, without the server
    Verify(Verify),
    /// Write the whole log into a file that proves itself
    #[command(
        after_help = "Examples:\n  keystile audit export --to audit.jsonl\n  keystile audit export | gzip > audit.jsonl.gz"
    )]
    Export {
        /// A file that does not exist yet [default: standard output]
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Tell a period: rotations, emergencies, ages of keys, access, and what the edge refused
    Evidence(Evidence),
    /// For how long entries are kept
    #[command(subcommand)]
    Retention(AuditRetention),
    /// Legal holds: what must not be deleted
    #[command(subcommand)]
    Hold(AuditHold),
    /// Print the key that checkpoints are verified with, and a new checkpoint: keep both away from the server
    #[command(after_help = "Example:\n  keystile audit key --json > audit-key.json")]
    Key,
}

#[derive(Args)]
#[command(after_help = "Examples:
  keystile audit verify
  keystile audit verify audit.jsonl --key 'keystile/audit/51b7…+1a2b3c4d+AbCd…='
  keystile audit verify audit.jsonl --checkpoint last-month.note")]
pub(super) struct Verify {
    /// An export; without it, the server's own log is checked
    file: Option<PathBuf>,
    /// The key that was kept, as `keystile audit key` printed it; without it, the export's own is believed
    #[arg(long, value_name = "KEY", requires = "file")]
    key: Option<String>,
    /// A file with a checkpoint that was kept: the log must still contain what it says
    #[arg(long, value_name = "FILE", requires = "file")]
    checkpoint: Option<PathBuf>,
}

#[derive(Args)]
#[command(after_help = "Examples:
  keystile audit evidence --from 2026-07-01 --to 2026-10-01 --html evidence.html
  keystile audit evidence --from 2026-07-01T00:00:00Z --to 2026-10-01T00:00:00Z --json > evidence.json")]
pub(super) struct Evidence {
    /// Its first day or instant, in UTC
    #[arg(long, value_parser = instant)]
    from: Timestamp,
    /// The day or instant after its last, in UTC
    #[arg(long, value_parser = instant)]
    to: Timestamp,
    /// A file that does not exist yet, for a page to print
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// A day stands for its first instant.
pub(super) fn instant(text: &str) -> Result<Timestamp, InvalidInstant> {
    text.parse().or_else(|error| format!("{text}T00:00:00Z").parse().map_err(|_| error))
}

impl Audit {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        match self {
            Self::List { limit, before } => list(&context.open().await?, limit, before).await,
            Self::Verify(Verify { file: Some(file), key, checkpoint }) => {
                verify_file(context.output, &file, key, checkpoint.as_deref())
            }
            Self::Verify(_) => verify(&context.open().await?).await,
            Self::Export { to } => export(&context.open().await?, to.as_deref()).await,
            Self::Evidence(wanted) => wanted.run(&context.open().await?).await,
            Self::Retention(command) => command.run(context).await,
            Self::Hold(command) => command.run(context).await,
            Self::Key => key(&context.open().await?).await,
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
            "{}\nhead {head}\nkeep a checkpoint elsewhere (`keystile audit key`): with it a cut tail shows too",
            counted("entries checked", chain.first, chain.entries)
        )
    })?;
    match chain.first_broken_seq {
        _ if chain.ok => Ok(()),
        Some(seq) => Err(Failure::Negative(format!("entry {seq} is not the one that was written"))),
        None => Err(Failure::Negative("the chain does not hold".to_owned())),
    }
}

/// Needs neither server nor data folder, so that an auditor can do it at home.
fn verify_file(
    output: Output,
    path: &Path,
    verifier: Option<String>,
    checkpoint: Option<&Path>,
) -> Result<(), Failure> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| Failure::File { path, source }
    };
    let checkpoint = checkpoint.map(|path| fs::read_to_string(path).map_err(unreadable(path))).transpose()?;
    let export = File::open(path).map_err(unreadable(path))?;
    let report = verify_export(BufReader::new(export), &Kept { verifier, checkpoint })
        .map_err(|broken| Failure::Negative(format!("`{}`: {broken}", path.display())))?;
    output.answer(&report, || {
        let whose = if report.verifier_was_kept {
            "that is the key you kept"
        } else {
            "compare it with the one you kept, or give it with --key: whoever forged the file would have put in his own"
        };
        format!(
            "{}, {} checkpoints\nhead {}\nsigned with {}\n{whose}",
            counted("entries hold", report.first, report.entries),
            report.checkpoints,
            report.head,
            report.verifier
        )
    })
}

/// What was found about a log, whose first entries may have been deleted.
fn counted(what: &str, first: u64, last: u64) -> String {
    match first {
        1 => format!("{last} {what}"),
        first => {
            format!("{} {what}, from {first} to {last}: those before were deleted in order", last + 1 - first)
        }
    }
}

async fn export(opened: &Opened, to: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = to else {
        let mut out = BufWriter::new(io::stdout());
        audit_export::export(&opened.keystile, &opened.actor, &mut out).await?;
        return Ok(out.flush()?);
    };
    let written = |source| Failure::Written { path: path.to_owned(), source };
    let mut out = BufWriter::new(create_new(path)?);
    let entries = audit_export::export(&opened.keystile, &opened.actor, &mut out).await?;
    out.into_inner().map_err(|error| written(error.into_error()))?.sync_all().map_err(written)?;
    opened.output.answer(&json!({ "entries": entries, "file": path }), || {
        let path = path.display();
        format!("{entries} entries in `{path}`\ncheck them anywhere with `keystile audit verify {path}`")
    })
}

impl Evidence {
    async fn run(self, opened: &Opened) -> Result<(), Failure> {
        let period = Period { from: self.from, to: self.to };
        let pack = evidence(&opened.keystile, &opened.actor, period).await?;
        if let Some(path) = &self.html {
            write_new(path, page(&pack).as_bytes())?;
        }
        opened.output.answer(&pack, || {
            let issuers = pack.issuers.iter();
            let (rotations, emergencies) = issuers.fold((0, 0), |(rotations, emergencies), issuer| {
                (rotations + issuer.rotations.len(), emergencies + issuer.emergencies.len())
            });
            let log = if pack.verification.ok { "holds" } else { "DOES NOT HOLD" };
            let file = self.html.as_ref().map(|path| format!("\nwritten to `{}`", path.display()));
            format!(
                "{rotations} rotations, {emergencies} emergencies; the audit log {log}{}",
                file.unwrap_or_else(|| "\n--html FILE writes a page to print, --json everything".to_owned())
            )
        })
    }
}

/// Names, addresses and reasons are nobody else's business.
fn create_new(path: &Path) -> Result<File, Failure> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map_err(|source| Failure::Written { path: path.to_owned(), source })
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let written = create_new(path)?.write_all(bytes);
    written.map_err(|source| Failure::Written { path: path.to_owned(), source })
}

async fn key(opened: &Opened) -> Result<(), Failure> {
    let view = checkpoints::key(&opened.keystile, &opened.actor).await?;
    opened.output.answer(&view, || format!("{}\n\n{}", view.verifier, view.checkpoint))
}
