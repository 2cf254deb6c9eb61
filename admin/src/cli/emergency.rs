//! `keystile emergency`

use std::time::Duration;

use clap::Args;

use super::consent::Consent;
use super::context::{Context, Opened};
use super::failure::Failure;
use super::keys::short;
use super::span::{duration, moment};
use crate::domain::Timestamp;
use crate::operations::EmergencyStatus;
use crate::operations::approvals::Deed;
use crate::operations::emergency::{self, EmergencyOrder, EmergencyPlan, EmergencyView, emergency};

/// How often the regions are counted while waiting.
const RHYTHM: Duration = Duration::from_millis(500);

#[derive(Args)]
#[command(after_help = "Examples:
  keystile emergency --dry-run
  keystile emergency --reason 'private key in a public log' --confirm 9Xq1yVb2
  keystile emergency --reason 'laptop stolen' --confirm 9Xq1yVb2 --wait

A new key signs at once, the active key is revoked for good, and every token issued until now is refused.
`keystile status` shows the active kid, and then which regions have confirmed.")]
pub(super) struct Emergency {
    /// Why, for the audit log
    #[arg(long, required_unless_present = "dry_run")]
    reason: Option<String>,
    /// The first 8 characters of the active kid, so that it cannot happen by accident
    #[arg(long, value_name = "KID", required_unless_present = "dry_run", allow_hyphen_values = true)]
    confirm: Option<String>,
    /// Say what would happen and who would be logged out, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Wait until every region has confirmed, and count them; the running server pushes
    #[arg(long, conflicts_with = "dry_run")]
    wait: bool,
    #[command(flatten)]
    consent: Consent,
}

impl Emergency {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let mut opened = context.open().await?;
        if self.dry_run {
            let plan = emergency::rehearse(&opened.keystile, &opened.actor, &opened.issuer).await?;
            return opened.output.answer(&plan, || describe(&opened, &plan));
        }
        let (reason, confirm) = (self.reason.unwrap_or_default(), self.confirm.unwrap_or_default());
        let issuer = opened.issuer.to_string();
        let deed = Deed::Emergency { issuer, confirm: confirm.clone(), reason: reason.clone() };
        if !self.consent.settle(&mut opened, deed).await? {
            return Ok(());
        }
        let order = EmergencyOrder { reason, confirm };
        let done = emergency(&opened.keystile, &opened.actor, &opened.issuer, order).await?;
        if !self.wait {
            return opened.output.answer(&done, || announce(&done));
        }
        opened.output.progress(&announce(&done))?;
        let ended = wait(&opened).await?;
        opened.output.answer(&ended, || {
            let secs = ended.as_ref().and_then(|ended| ended.seconds_to_last_region).unwrap_or_default();
            format!("confirmed everywhere, {} after the command", duration(secs))
        })
    }
}

/// Counts the regions until the last one has confirmed.
async fn wait(opened: &Opened) -> Result<Option<EmergencyStatus>, Failure> {
    let mut said = None;
    loop {
        let latest = emergency::get(&opened.keystile, &opened.actor, &opened.issuer).await?;
        let Some(status) = latest.filter(|status| status.confirmed_at.is_none()) else {
            return Ok(emergency::get(&opened.keystile, &opened.actor, &opened.issuer).await?);
        };
        let count = (status.regions_confirmed, status.regions_reporting);
        if said.replace(count) != Some(count) {
            opened.output.progress(&format!("{} of {} regions confirmed", count.0, count.1))?;
        }
        tokio::time::sleep(RHYTHM).await;
    }
}

/// How far it is, in one line.
pub(super) fn progress(status: &EmergencyStatus, now: Timestamp) -> String {
    let missing = match status.waiting_for.as_slice() {
        [] => String::new(),
        regions => format!("; missing: {}", regions.join(", ")),
    };
    let backends = match status.not_handed_over.as_slice() {
        [] => String::new(),
        targets => format!("; not handed over to: {}", targets.join(", ")),
    };
    format!(
        "key {} was revoked at {}; {} of {} regions have confirmed{missing}{backends}",
        short(&status.revoked_kid),
        moment(status.declared_at, now),
        status.regions_confirmed,
        status.regions_reporting,
    )
}

fn announce(done: &EmergencyView) -> String {
    format!(
        "key {} is revoked, and key {} signs\nversion {} is pushed by the running server now; \
         `keystile status` shows the regions confirming it\nbackends that hold the old key need the new one: \
         `keystile env`",
        done.revoked_kid, done.new_kid, done.version,
    )
}

fn describe(opened: &Opened, plan: &EmergencyPlan) -> String {
    let mut lines = vec![format!("key {} would be revoked, and a new key would sign", plan.revoked_kid)];
    lines.extend(
        plan.cancelled_kid
            .as_ref()
            .map(|kid| format!("the rotation to key {} would be called off", short(kid))),
    );
    lines.push(
        "every token issued until now would be refused; holders of tokens of these keys sign in again:"
            .to_owned(),
    );
    lines.extend(plan.logged_out.iter().map(|key| {
        let seen = key.last_seen_at_edge.map_or_else(
            || "never seen at the edge".to_owned(),
            |at| format!("seen {} times, last {}", key.seen_count, moment(at, opened.keystile.now())),
        );
        format!("  {} ({}), {seen}", short(&key.kid), key.state)
    }));
    let channel = plan
        .channel_bound_secs
        .map(|secs| format!("{} where it has the emergency channel, ", duration(secs)));
    lines.push(format!(
        "{} regions report and would be waited for; without a report no edge believes the old key after {}{}",
        plan.regions_reporting,
        channel.unwrap_or_default(),
        duration(plan.arrival_bound_secs),
    ));
    lines.join("\n")
}
