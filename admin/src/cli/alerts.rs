//! `keystile alerts`

use clap::Args;

use super::context::Context;
use super::failure::Failure;
use super::span::moment;
use crate::domain::Timestamp;
use crate::operations::alerts::{self, AlertList, AlertView};

#[derive(Args)]
#[command(after_help = "Examples:
  keystile alerts
  keystile alerts --check && echo calm     exit code 1 while something is the matter
  keystile alerts --json | jq '.alerts[].kind'")]
pub(super) struct Alerts {
    /// Fail while something is the matter
    #[arg(long)]
    check: bool,
}

impl Alerts {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let list = alerts::list(&opened.keystile, &opened.actor).await?;
        opened.output.answer(&list, || describe(&list))?;
        match list.alerts.len() {
            open if self.check && open > 0 => {
                Err(Failure::Negative(format!("{open} alert{} open", if open == 1 { "" } else { "s" })))
            }
            _ => Ok(()),
        }
    }
}

fn describe(list: &AlertList) -> String {
    let open = list.alerts.iter().map(|alert| paragraph(alert, list.now));
    let resolved = list.resolved.iter().filter_map(|alert| over(alert, list.now));
    let all: Vec<_> = open.chain(resolved).collect();
    match (list.alerts.is_empty(), all.is_empty()) {
        (_, true) => "nothing is the matter".to_owned(),
        (true, false) => format!("nothing is the matter\n\n{}", all.join("\n")),
        (false, _) => all.join("\n"),
    }
}

fn paragraph(alert: &AlertView, now: Timestamp) -> String {
    let about = about(alert);
    let rollback = match &alert.rollback {
        Some(offer) if offer.signs_at_once => {
            format!("\n  back: `keystile rollback --reason …` lets {} sign again at once", offer.kid)
        }
        Some(offer) => {
            format!("\n  back: `keystile rollback --reason …` leads back to {}", offer.kid)
        }
        None => String::new(),
    };
    format!(
        "{}: {} ({about}, since {})\n  {}\n  help: {}{rollback}",
        alert.severity.as_str(),
        alert.kind,
        moment(alert.raised_at, now),
        alert.summary,
        alert.help
    )
}

fn over(alert: &AlertView, now: Timestamp) -> Option<String> {
    let at = alert.resolved_at?;
    Some(format!("over {}: {} ({})", moment(at, now), alert.kind, about(alert)))
}

fn about(alert: &AlertView) -> String {
    match (&alert.issuer, &alert.subject) {
        (Some(issuer), Some(subject)) => format!("{issuer}, {subject}"),
        (Some(issuer), None) => issuer.clone(),
        (None, _) => "server".to_owned(),
    }
}
