//! `keystile overtake`

use clap::Args;

use super::context::Context;
use super::failure::Failure;
use super::keys::short;
use crate::operations::overtake::{OvertakeOrder, OvertakeView, overtake};

#[derive(Args)]
#[command(after_help = "Examples:
  keystile overtake --reason 'restored the backup of Monday' --dry-run
  keystile overtake --reason 'restored the backup of Monday'

After the restore of a backup the store of the edge holds a higher version than this database knows of, and pushes stop
so that nothing newer is lost. This goes on above it: keys that the store's set calls revoked are revoked here too, keys
that this database does not know go on verifying until their tokens have expired, epochs are kept, and what was revoked
by name stays revoked. If another server publishes for the same issuer, stop that one instead.")]
pub(super) struct Overtake {
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Overtake {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let order = OvertakeOrder { reason: self.reason, dry_run: self.dry_run };
        let view = overtake(&opened.keystile, &opened.actor, &opened.issuer, order).await?;
        opened.output.answer(&view, || describe(&view))
    }
}

fn describe(view: &OvertakeView) -> String {
    let would = if view.dry_run { "would go" } else { "goes" };
    let list = |kids: &[String]| kids.iter().map(|kid| short(kid)).collect::<Vec<_>>().join(", ");
    let mut lines = vec![format!(
        "the store holds version {}; version {} {would} above it",
        view.found_version, view.version
    )];
    if !view.taken_over.is_empty() {
        lines.push(format!(
            "keys taken over, to verify until their tokens have expired: {}",
            list(&view.taken_over)
        ));
    }
    if !view.revoked.is_empty() {
        lines.push(format!("keys revoked, as the store's set says: {}", list(&view.revoked)));
    }
    if view.filtered > 0 {
        lines.push(format!("revocations taken over from filters: {}", view.filtered));
    }
    lines.join("\n")
}
