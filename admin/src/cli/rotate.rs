//! `keystile rotate`

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::context::{Context, Opened};
use super::failure::Failure;
use super::keys::{key_size, short};
use super::span::{duration, moment};
use crate::domain::KeySize;
use crate::operations::{RotationPlan, RotationStage, RotationView, keys, rotation};

/// How often the rotation is looked at while waiting.
const RHYTHM: Duration = Duration::from_millis(500);
/// So many looks without any progress, and the server is asked after: it pushes within a second when it runs.
const PATIENCE: u32 = 20;

#[derive(Args)]
#[command(after_help = "Examples:
  keystile rotate --reason quarterly
  keystile rotate --dry-run
  keystile rotate --bits 4096 --reason 'stronger keys' --wait")]
pub(super) struct Rotate {
    /// Size of the new key: 2048, 3072 or 4096 [default: what the issuer's policy says]
    #[arg(long, value_parser = key_size)]
    bits: Option<KeySize>,
    /// Why, for the audit log
    #[arg(long)]
    reason: Option<String>,
    /// Wait until the new key signs, and show each step; the running server takes them
    #[arg(long)]
    wait: bool,
    /// Say what would happen, and do nothing
    #[arg(long, conflicts_with = "wait")]
    dry_run: bool,
}

impl Rotate {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        if self.dry_run {
            let plan = rotation::rehearse(&opened.keystile, &opened.actor, &opened.issuer, self.bits).await?;
            return opened.output.answer(&plan, || foretell(&plan));
        }
        let started =
            rotation::start(&opened.keystile, &opened.actor, &opened.issuer, self.bits, self.reason).await?;
        let words = describe(&opened, &started).await?;
        if !self.wait {
            return opened.output.answer(&json!({ "rotation": started }), || words);
        }
        opened.output.progress(&words)?;
        let reached = wait(&opened, started).await?;
        let signs = reached.stage != RotationStage::Cancelled;
        opened.output.answer(&json!({ "rotation": reached }), || match signs {
            true => format!("done: key {} signs", reached.new_kid),
            false => "stopped".to_owned(),
        })?;
        if signs { Ok(()) } else { Err(Failure::Negative("the rotation was cancelled".to_owned())) }
    }
}

/// What a rotation would do.
fn foretell(plan: &RotationPlan) -> String {
    let regions = match plan.waits_for_regions.as_slice() {
        [] => "no region reports".to_owned(),
        regions => format!("once {} have it", regions.join(", ")),
    };
    let targets = match plan.waits_for_targets.as_slice() {
        [] => String::new(),
        targets => format!(", and the backends of {}", targets.join(", ")),
    };
    format!(
        "a new key of {} bits would be published as version {}\nit would sign after {} at the earliest: {regions}{targets}\n\
         key {} would stay for {} after that",
        plan.bits,
        plan.version,
        duration(plan.signs_after_secs),
        short(&plan.old_kid),
        duration(plan.old_key_stays_secs),
    )
}

/// Shows each step until the new key signs or the rotation is called off.
async fn wait(opened: &Opened, started: RotationView) -> Result<RotationView, Failure> {
    let mut current = started;
    let mut idle = 0;
    while matches!(
        current.stage,
        RotationStage::Publishing | RotationStage::Confirming | RotationStage::Activating
    ) {
        tokio::time::sleep(RHYTHM).await;
        let latest = rotation::get(&opened.keystile, &opened.actor, &opened.issuer).await?;
        let Some(latest) = latest.filter(|latest| latest.id == current.id) else { break };
        idle = if latest.stage == current.stage { idle + 1 } else { 0 };
        if latest.stage != current.stage {
            opened.output.progress(&describe(opened, &latest).await?)?;
        }
        if latest.stage == RotationStage::Publishing && idle == PATIENCE {
            opened.output.progress("nothing moves: is `keystile serve` running on this data folder?")?;
        }
        current = latest;
    }
    Ok(current)
}

/// Where a rotation stands, and what comes next.
pub(super) async fn describe(opened: &Opened, rotation: &RotationView) -> Result<String, Failure> {
    let (new, old) = (short(&rotation.new_kid), short(&rotation.old_kid));
    if let Some(at) = rotation.paused_at {
        let since = moment(at, opened.keystile.now());
        return Ok(format!("paused since {since}: `keystile rotation resume` lets it go on to key {new}"));
    }
    Ok(match rotation.stage {
        RotationStage::Publishing => {
            format!(
                "publishing: key {new} is in version {}, which the running server pushes now",
                rotation.version
            )
        }
        RotationStage::Confirming => {
            let key = keys::get(&opened.keystile, &opened.actor, &opened.issuer, &rotation.new_kid).await?;
            // What is missing comes with the instant after which it is safe without.
            let missing = key.safe_to_activate.and_then(|ready| ready.waiting_for);
            format!("confirming: {}", missing.unwrap_or_else(|| "every edge has the key".to_owned()))
        }
        RotationStage::Activating => {
            let key = keys::get(&opened.keystile, &opened.actor, &opened.issuer, &rotation.new_kid).await?;
            let missing = key.safe_to_activate.and_then(|ready| ready.waiting_for);
            format!("activating: {}", missing.unwrap_or_else(|| format!("every region knows key {new}")))
        }
        RotationStage::Retiring => {
            let key = keys::get(&opened.keystile, &opened.actor, &opened.issuer, &rotation.old_kid).await?;
            let when = key.safe_to_remove_at.map(|at| moment(at, opened.keystile.now()));
            let when = when.unwrap_or_else(|| "the end of its retire window".to_owned());
            format!("retiring: key {new} signs; key {old} leaves by itself, safe to remove at {when}")
        }
        RotationStage::Done => format!("done: key {new} signs, and key {old} has left"),
        RotationStage::Cancelled => format!("cancelled: key {new} never signed"),
    })
}
