//! `keystile audit retention …` and `keystile audit hold …`

use clap::{Args, Subcommand};
use serde_json::json;

use super::consent::Consent;
use super::context::{Context, Opened};
use super::failure::Failure;
use super::output::table;
use super::span::moment;
use crate::domain::Timestamp;
use crate::operations::approvals::Deed;
use crate::operations::legal_holds::{self, HoldOrder, LegalHoldView};
use crate::operations::retention::{self, RetentionView};

#[derive(Subcommand)]
pub(super) enum AuditRetention {
    /// For how long entries are kept, from which one on they are there, and the holds that stand
    #[command(after_help = "Example:\n  keystile audit retention show")]
    Show,
    /// Keep entries for so long; what is shorter than until now takes effect after thirty days
    Set(SetRetention),
}

#[derive(Args)]
#[command(after_help = "Examples:
  keystile audit retention set --days 2557 --reason 'HIPAA wants six years, we keep seven'
  keystile audit retention set --for-ever --reason 'the lawyers ask for it'")]
pub(super) struct SetRetention {
    /// For how many days, 366 at least
    #[arg(long, required_unless_present = "for_ever", conflicts_with = "for_ever")]
    days: Option<u32>,
    /// Delete nothing
    #[arg(long)]
    for_ever: bool,
    /// Why, for the audit log
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Subcommand)]
pub(super) enum AuditHold {
    /// Every legal hold, the newest first
    #[command(after_help = "Example:\n  keystile audit hold list")]
    List,
    /// Set a legal hold: while it stands, nothing that it covers is deleted
    #[command(after_help = "Examples:
  keystile audit hold set --reason 'the inquiry of the supervisory authority'
  keystile audit hold set --reason 'Smith v. Example' --from 2026-01-01 --to 2026-07-01")]
    Set {
        /// Why, for the audit log
        #[arg(long)]
        reason: String,
        /// The first day or instant that it covers, in UTC [default: everything before --to]
        #[arg(long, value_parser = super::audit::instant)]
        from: Option<Timestamp>,
        /// The day or instant after the last, in UTC [default: everything since --from, also what is to come]
        #[arg(long, value_parser = super::audit::instant)]
        to: Option<Timestamp>,
    },
    /// Release a legal hold: what it has kept is deleted once it is old enough
    #[command(after_help = "Example:\n  keystile audit hold release hold_6zq3kP0sXv1B --reason 'settled'")]
    Release {
        /// Its id
        id: String,
        /// Why, for the audit log
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        consent: Consent,
    },
}

impl AuditRetention {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let mut opened = context.open().await?;
        let view = match self {
            Self::Show => retention::get(&opened.keystile, &opened.actor).await?,
            Self::Set(SetRetention { days, reason, consent, .. }) => {
                let deed = Deed::ShortenRetention { days: days.unwrap_or_default(), reason: reason.clone() };
                if !consent.settle(&mut opened, deed).await? {
                    return Ok(());
                }
                retention::set(&opened.keystile, &opened.actor, days, &reason).await?
            }
        };
        opened.output.answer(&view, || describe(&view, opened.keystile.now()))
    }
}

impl AuditHold {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let mut opened = context.open().await?;
        let Opened { keystile, actor, output, .. } = &opened;
        match self {
            Self::List => {
                let holds = legal_holds::list(keystile, actor).await?;
                output.answer(&json!({ "holds": holds }), || holds_table(&holds))
            }
            Self::Set { reason, from, to } => {
                let hold = legal_holds::set(keystile, actor, HoldOrder { reason, from, to }).await?;
                output.answer(&hold, || format!("hold {} stands: {}", hold.id, covered(&hold)))
            }
            Self::Release { id, reason, consent } => {
                let deed = Deed::ReleaseHold { id: id.clone(), reason: reason.clone() };
                if !consent.settle(&mut opened, deed).await? {
                    return Ok(());
                }
                let Opened { keystile, actor, output, .. } = &opened;
                let hold = legal_holds::release(keystile, actor, &id, &reason).await?;
                output.answer(&hold, || format!("hold {} is released", hold.id))
            }
        }
    }
}

fn describe(view: &RetentionView, now: Timestamp) -> String {
    let kept = view.days.map_or("for ever".to_owned(), |days| format!("for {days} days"));
    let mut lines = vec![format!("entries of the audit log are kept {kept}")];
    lines.extend(view.next_days.zip(view.next_at).map(|(days, at)| {
        format!("from {} on for {days} days, unless somebody sets something else before", moment(at, now))
    }));
    lines.push(match view.deleted_until {
        Some(until) => format!("entry {} is the first: those until {until} were deleted", view.first_entry),
        None => "none was ever deleted".to_owned(),
    });
    match view.holds.as_slice() {
        [] => lines.push("no legal hold stands".to_owned()),
        holds => lines.push(holds_table(holds)),
    }
    lines.join("\n")
}

fn holds_table(holds: &[LegalHoldView]) -> String {
    let row = |hold: &LegalHoldView| {
        let released = hold.released_at.map_or("stands".to_owned(), |at| format!("released {at}"));
        [hold.id.clone(), released, covered(hold), hold.set_by.clone(), hold.reason.clone()]
    };
    table(["hold", "state", "covers", "set by", "reason"], &holds.iter().map(row).collect::<Vec<_>>())
}

fn covered(hold: &LegalHoldView) -> String {
    match (hold.from, hold.to) {
        (None, None) => "everything".to_owned(),
        (Some(from), None) => format!("everything from {from} on"),
        (None, Some(to)) => format!("everything before {to}"),
        (Some(from), Some(to)) => format!("{from} to {to}"),
    }
}
