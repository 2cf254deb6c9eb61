//! `keystile status`

use clap::Args;

use super::context::Context;
use super::failure::Failure;
use super::keys::short;
use crate::operations::{EdgeView, IssuerStatus, PushView, status};

#[derive(Args)]
#[command(after_help = "Examples:\n  keystile status\n  keystile status --json")]
pub(super) struct Status {}

impl Status {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let opened = context.open().await?;
        let status = status::status(&opened.keystile, &opened.actor).await?;
        opened.output.answer(&status, || status.issuers.iter().map(describe).collect::<Vec<_>>().join("\n\n"))
    }
}

fn describe(issuer: &IssuerStatus) -> String {
    let rotation = match &issuer.rotation {
        Some(rotation) => format!("to {}, `keystile rotation show` says more", short(&rotation.new_kid)),
        None => "none under way".to_owned(),
    };
    format!(
        "issuer      {} ({})\nactive key  {}\nkey set     version {}, {}\nedge        {}\nrotation    {rotation}",
        issuer.id,
        issuer.issuer,
        issuer.active_kid,
        issuer.version,
        push(&issuer.push),
        edge(&issuer.edge),
    )
}

fn push(push: &PushView) -> String {
    match (&push.last_error, push.pending) {
        (_, false) => "pushed and read back".to_owned(),
        (Some(error), true) => format!("not pushed after {} attempts: {error}", push.attempts),
        (None, true) => "push pending".to_owned(),
    }
}

fn edge(edge: &EdgeView) -> String {
    let live = edge.regions.iter().filter(|region| !region.stale).count();
    match (live, edge.confirmed) {
        (0, true) => "no region reports; the propagation bound has passed".to_owned(),
        (0, false) => "no region reports; waiting for the propagation bound".to_owned(),
        (_, true) => format!("{live} of {live} regions run version {}", edge.version),
        (_, false) => {
            let there = edge.regions.iter().filter(|region| !region.stale && region.confirmed).count();
            format!(
                "{there} of {live} regions run version {}; missing: {}",
                edge.version,
                edge.waiting_for.join(", ")
            )
        }
    }
}
