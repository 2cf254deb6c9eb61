//! `keystile issuer …`

use clap::{Args, Subcommand};
use serde_json::json;

use super::consent::Consent;
use super::context::Context;
use super::failure::Failure;
use super::keys::key_size;
use crate::domain::{CalendarWindow, KeySize};
use crate::operations::approvals::Deed;
use crate::operations::issuers::ChangeOrder;
use crate::operations::{IssuerView, Precondition, Revision, issuers};
use crate::settings::IssuerChange;

#[derive(Subcommand)]
pub(super) enum Issuer {
    /// List the issuers
    #[command(after_help = "Example:\n  keystile issuer list --json")]
    List,
    /// Show an issuer, its lifetimes and its windows
    #[command(after_help = "Example:\n  keystile issuer show --issuer main")]
    Show,
    /// Change settings of an issuer; what the configuration sets wins at the next start of the server
    #[command(after_help = "Examples:
  keystile issuer change --rotation-interval-days 30
  keystile issuer change --rotation-window 'Mon-Thu 09:00-16:00 UTC' --from p0w1xDqSJd3aS6Yv7d0mTw")]
    Change(Box<Change>),
}

#[derive(Args)]
pub(super) struct Change {
    /// Size of new keys: 2048, 3072 or 4096
    #[arg(long, value_parser = key_size)]
    key_bits: Option<KeySize>,
    /// Life of an access token
    #[arg(long, value_name = "SECS")]
    access_token_expiry_secs: Option<u64>,
    /// Life of a refresh token
    #[arg(long, value_name = "SECS")]
    refresh_token_expiry_secs: Option<u64>,
    /// Clock skew that verifiers allow
    #[arg(long, value_name = "SECS")]
    leeway_secs: Option<u64>,
    /// Regions that reported within this must confirm
    #[arg(long, value_name = "SECS")]
    report_window_secs: Option<u64>,
    /// The same for verifiers of other makes
    #[arg(long, value_name = "SECS")]
    readers_secs: Option<u64>,
    /// Days between rotations; 0 for never
    #[arg(long, value_name = "DAYS")]
    rotation_interval_days: Option<u32>,
    /// Hours of scheduled rotations
    #[arg(long, value_name = "WINDOW")]
    rotation_window: Option<CalendarWindow>,
    /// Days the private half of a retired key is kept
    #[arg(long, value_name = "DAYS")]
    retired_key_sealed_days: Option<u32>,
    /// How long the edge may use a key set without a newer one
    #[arg(long, value_name = "SECS")]
    key_set_lifetime_secs: Option<u64>,
    /// Whether an emergency, a rollback, what is done to roots and where private keys go takes two people
    #[arg(long, value_name = "BOOL")]
    approval_required: Option<bool>,
    /// Why, for the audit log
    #[arg(long)]
    reason: Option<String>,
    /// Say only what would change
    #[arg(long)]
    dry_run: bool,
    /// Change it only if it is still in this state, as `issuer show` names it
    #[arg(long, value_name = "REVISION")]
    from: Option<String>,
    #[command(flatten)]
    consent: Consent,
}

impl Issuer {
    pub(super) async fn run(mut self, context: Context) -> Result<(), Failure> {
        let mut opened = context.open().await?;
        if let Self::Change(change) = &mut self {
            let deed = Deed::EndApproval { issuer: opened.issuer.to_string() };
            if !std::mem::take(&mut change.consent).settle(&mut opened, deed).await? {
                return Ok(());
            }
        }
        let (keystile, actor, issuer) = (&opened.keystile, &opened.actor, &opened.issuer);
        let one = match self {
            Self::List => {
                let all = issuers::list(keystile, actor).await?;
                let words =
                    || all.iter().map(|one| format!("{}  {}", one.id, one.issuer)).collect::<Vec<_>>();
                return opened.output.answer(&json!({ "issuers": all }), || words().join("\n"));
            }
            Self::Show => issuers::get(keystile, actor, issuer).await?,
            Self::Change(change) => {
                let (change, order) = change.read();
                let view = issuers::amend(keystile, actor, issuer, change, order).await?;
                return opened.output.answer(&view, || describe(&view.after));
            }
        };
        opened.output.answer(&one, || describe(&one))
    }
}

impl Change {
    fn read(self) -> (IssuerChange, ChangeOrder) {
        let change = IssuerChange {
            key_size: self.key_bits,
            access_token_expiry_secs: self.access_token_expiry_secs,
            refresh_token_expiry_secs: self.refresh_token_expiry_secs,
            leeway_secs: self.leeway_secs,
            report_window_secs: self.report_window_secs,
            readers_secs: self.readers_secs,
            rotation_interval_days: self.rotation_interval_days,
            rotation_window: self.rotation_window,
            retired_key_sealed_days: self.retired_key_sealed_days,
            key_set_lifetime_secs: self.key_set_lifetime_secs,
            approval_required: self.approval_required,
            ..IssuerChange::default()
        };
        let known = self.from.map(|known| Precondition::OneOf(vec![Revision::noted(&known)]));
        let precondition = known.or(Some(Precondition::Exists));
        (change, ChangeOrder { reason: self.reason, dry_run: self.dry_run, precondition })
    }
}

/// A setting a line, named as the HTTP API names it.
fn describe(one: &IssuerView) -> String {
    let text = serde_json::to_vec(one).unwrap_or_default();
    let audience = serde_json::to_string(&one.audience).unwrap_or_default();
    let mut lines = vec![
        format!("{:<28}{}", "id", one.id),
        format!("{:<28}{}", "issuer", one.issuer),
        format!("{:<28}{audience}", "audience"),
    ];
    let policy = serde_json::to_value(&one.policy).unwrap_or_default();
    let settings = policy.as_object().into_iter().flatten();
    lines.extend(settings.map(|(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name:<28}{value}")
    }));
    lines.push(format!("{:<28}{}", "revision", Revision::of(&text).as_str()));
    lines.join("\n")
}
