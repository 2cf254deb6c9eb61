//! `keystile backup …` and `keystile restore`

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use super::context::{Context, local_actor};
use super::failure::Failure;
use crate::backup::age::{Identity, Recipient};
use crate::domain::{SecretText, SystemClock};
use crate::operations::backup::{BackupOrder, backup};
use crate::operations::drill::drill;
use crate::operations::restore::{RestoreOrder, restore};
use crate::operations::scheduled_backups::{self, KeptBackup};

#[derive(Args)]
#[command(
    subcommand_negates_reqs = true,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  keystile backup --to monday.age --recipient age1ql3z…
  keystile backup drill monday.age --identity restore.key

With KEYSTILE__BACKUP__FOLDER and KEYSTILE__BACKUP__RECIPIENTS the server makes one every day by itself. The master key is not in it unless you ask for that: keep it elsewhere."
)]
pub(super) struct Backup {
    #[command(subcommand)]
    command: Option<More>,
    /// A file that does not exist yet
    #[arg(long, value_name = "FILE", required = true)]
    to: Option<PathBuf>,
    /// Who may restore it: `age1…`; may be given several times
    #[arg(long, value_name = "RECIPIENT", required = true)]
    recipient: Vec<String>,
    /// Put the master key in too: whoever can open the backup then has every private key
    #[arg(long)]
    with_master_key: bool,
}

#[derive(Subcommand)]
enum More {
    /// List the backups that the server has made by itself, the newest first
    #[command(after_help = "Example:\n  keystile backup list --json")]
    List,
    /// Restore a backup into a folder of its own, use everything in it once, and throw the folder away
    #[command(after_help = "Examples:
  keystile backup drill --identity restore.key
  keystile backup drill monday.age --identity restore.key")]
    Drill {
        /// The backup [default: the newest that the server has made by itself]
        file: Option<PathBuf>,
        /// A file with what opens it, as `age-keygen` writes it
        #[arg(long, value_name = "FILE")]
        identity: PathBuf,
    },
    /// Print a new identity, which opens backups, and whom to encrypt for
    #[command(after_help = "Example:\n  keystile backup key > restore.key          as `age-keygen` does")]
    Key,
}

#[derive(Args)]
#[command(after_help = "Example:
  keystile restore monday.age --identity restore.key --data /var/lib/keystile --reason 'the disk died'")]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
    /// A file with what opens it
    #[arg(long, value_name = "FILE")]
    identity: PathBuf,
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
}

impl Backup {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        match self.command {
            Some(More::Key) => return key(&context),
            Some(More::List) => return list(context).await,
            Some(More::Drill { file, identity }) => return prove(context, file, &identity).await,
            None => {}
        }
        let recipients = self.recipient.iter().map(|it| it.parse()).collect::<Result<Vec<Recipient>, _>>()?;
        let order = BackupOrder {
            to: self.to.unwrap_or_default(),
            recipients,
            with_master_key: self.with_master_key,
        };
        let opened = context.open().await?;
        let made = backup(&opened.keystile, &opened.actor, order).await?;
        opened.output.answer(&made, || {
            let key = match (made.has_master_key, &made.master_key_wrapped_by) {
                (true, _) => "the master key is in it: guard it as you would the keys".to_owned(),
                (false, Some(keeper)) => {
                    format!("to be restored it needs `{keeper}`, which opens the master key in it")
                }
                (false, None) => format!(
                    "to be restored it needs the master key {}, which is not in it",
                    made.master_key_fingerprint
                ),
            };
            format!("{} bytes in `{}`\n{key}", made.bytes, made.file.display())
        })
    }
}

async fn list(context: Context) -> Result<(), Failure> {
    let opened = context.open().await?;
    let kept = scheduled_backups::list(&opened.keystile, &opened.actor).await?;
    opened.output.answer(&json!({ "backups": kept }), || {
        if kept.is_empty() {
            return "none yet".to_owned();
        }
        let line =
            |one: &KeptBackup| format!("{}  {:>12} bytes  {}", one.made_at, one.bytes, one.file.display());
        kept.iter().map(line).collect::<Vec<_>>().join("\n")
    })
}

async fn prove(context: Context, file: Option<PathBuf>, path: &Path) -> Result<(), Failure> {
    let identity = identity(path)?;
    let opened = context.open().await?;
    let (keystile, actor) = (&opened.keystile, &opened.actor);
    let file = match file {
        Some(file) => file,
        None => scheduled_backups::newest(keystile, actor).await?.file,
    };
    let proved = drill(keystile, actor, &file, identity, Arc::new(SystemClock)).await?;
    opened.output.answer(&proved, || {
        format!(
            "`{}` can be restored: made {}, {} audit entries hold, {} secrets open, the key sets of {} issuers are believed",
            proved.file.display(), proved.made_at, proved.audit_entries, proved.secrets, proved.issuers
        )
    })
}

fn key(context: &Context) -> Result<(), Failure> {
    let identity = Identity::generate()?;
    let (secret, recipient) = (identity.to_text(), identity.recipient()?);
    let value = json!({ "identity": secret.reveal(), "recipient": recipient.to_string() });
    context.output.answer(&value, || format!("# public key: {recipient}\n{}", secret.reveal()))
}

impl Restore {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let order =
            RestoreOrder { identity: identity(&self.identity)?, file: self.file, reason: self.reason };
        let settings = context.config.settings;
        let done = restore(settings, Arc::new(SystemClock), &local_actor(), order).await?;
        context.output.answer(&done, || {
            let mut lines = vec![format!(
                "restored into `{}`: the backup of {}, {} audit entries hold",
                done.data.display(),
                done.made_at,
                done.audit_entries
            )];
            for issuer in &done.issuers {
                lines.push(format!(
                    "{}: version {} goes on above {}",
                    issuer.id, issuer.version, issuer.version_in_backup
                ));
                if let Some(kid) = &issuer.replaced_by {
                    lines.push(format!("  its key had been revoked since: {kid} signs now"));
                }
            }
            lines.push(
                "revoke again what was revoked since the backup: `keystile access list`, `keystile revoke`"
                    .to_owned(),
            );
            lines.push(
                "set legal holds again that were set since: `keystile audit hold list`; for thirty days nothing is deleted"
                    .to_owned(),
            );
            lines.join("\n")
        })
    }
}

fn identity(path: &Path) -> Result<Identity, Failure> {
    let text = fs::read_to_string(path);
    let text = text.map_err(|source| Failure::File { path: path.to_owned(), source })?;
    Ok(Identity::from_file_text(&SecretText::new(text))?)
}
