//! `keystile rollback`

use clap::Args;

use super::consent::Consent;
use super::context::Context;
use super::failure::Failure;
use super::keys::short;
use crate::operations::approvals::Deed;
use crate::operations::rollback::{RollbackOrder, RollbackView, rollback};

#[derive(Args)]
#[command(after_help = "Examples:
  keystile rollback --reason 'the new key breaks a partner' --dry-run
  keystile rollback --reason 'the new key breaks a partner'

The key that signed before signs again, as a new and higher version; tokens of both keys stay good. It works while that
key is retiring, and where KEYSTILE__ROTATION__SEALED_DAYS keeps retired keys, afterwards too. A revoked key never comes
back.")]
pub(super) struct Rollback {
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    /// Why not to wait until every edge has confirmed the key
    #[arg(long, value_name = "REASON")]
    override_reason: Option<String>,
    /// Say what would happen, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Rollback {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let mut opened = context.open().await?;
        let Self { reason, override_reason, dry_run, consent } = self;
        if !dry_run {
            let issuer = opened.issuer.to_string();
            let (reason, override_reason) = (reason.clone(), override_reason.clone());
            let deed = Deed::Rollback { issuer, kid: None, reason, override_reason };
            if !consent.settle(&mut opened, deed).await? {
                return Ok(());
            }
        }
        let order = RollbackOrder { reason, override_reason, dry_run };
        let view = rollback(&opened.keystile, &opened.actor, &opened.issuer, order).await?;
        opened.output.answer(&view, || describe(&view))
    }
}

fn describe(view: &RollbackView) -> String {
    let (kid, from) = (short(&view.kid), short(&view.from_kid));
    let how = match (view.dry_run, view.signs_at_once) {
        (true, true) => format!("key {kid} would sign at once"),
        (true, false) => format!("key {kid} would be published again, and sign once every edge has it"),
        (false, true) => format!("key {kid} signs again"),
        (false, false) => format!("key {kid} is published again, and signs once every edge has it"),
    };
    let rotation = match &view.cancelled_kid {
        Some(kid) => format!("\nthe rotation to key {} is called off", short(kid)),
        None => String::new(),
    };
    format!("{how}; tokens of key {from} stay good{rotation}\nversion {}", view.version)
}
