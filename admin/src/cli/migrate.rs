//! `keystile migrate`

use clap::Args;

use super::context::Context;
use super::failure::Failure;
use crate::domain::SecretText;
use crate::operations::OperationError;
use crate::operations::migration::{Destination, MigrationOrder, migrate};

#[derive(Args)]
#[command(after_help = "Examples:
  keystile migrate --to postgres://keystile@db.example/keystile --dry-run
  KEYSTILE_MIGRATE_TO=\"$(cat database-url)\" keystile migrate     the password is in no list of processes
  keystile migrate --to folder                                    back into the data folder

Servers that run on the database before are refused every change from then on; they go on reading. Set
KEYSTILE__DATABASE__URL for each server (or take it out, on the way back) and start it again: until then nothing is
rotated, published or minted, and edges go on with the key set they have.")]
pub(super) struct Migrate {
    /// URL of an empty database of PostgreSQL, or `folder` for the data folder
    #[arg(long, value_name = "URL", env = "KEYSTILE_MIGRATE_TO", hide_env_values = true)]
    to: String,
    /// Copy and compare everything, and leave nothing behind
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| self.to.starts_with(scheme));
        let to = match self.to.as_str() {
            "folder" => Destination::Folder,
            _ if is_url => Destination::Postgres(SecretText::new(self.to)),
            _ => {
                let detail = "write `postgres://user:password@host:5432/database`, or `folder`".to_owned();
                return Err(OperationError::InvalidInput { field: "to", detail }.into());
            }
        };
        let setting = match to {
            Destination::Postgres(_) => "set KEYSTILE__DATABASE__URL to the URL that you have just given",
            Destination::Folder => "take KEYSTILE__DATABASE__URL out",
        };
        let opened = context.open().await?;
        let order = MigrationOrder { to, dry_run: self.dry_run };
        let done = migrate(&opened.keystile, &opened.actor, order).await?;
        opened.output.answer(&done, || {
            let rows: u64 = done.tables.iter().map(|table| table.rows).sum();
            let copied = format!(
                "{rows} rows in {} tables are the same in {}, and {} audit entries hold",
                done.tables.len(),
                done.to,
                done.audit_entries
            );
            match done.dry_run {
                true => format!("{copied}\nnothing was left there: this was a dry run"),
                false => format!(
                    "{copied}\nnothing is changed in {} any more: {setting} for every server, and start it again",
                    done.from
                ),
            }
        })
    }
}
