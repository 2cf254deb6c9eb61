//! `keystile status`

use clap::Args;

use super::context::{Context, Opened};
use super::failure::Failure;
use super::rotate;
use super::span::{duration, moment};
use super::{emergency, hand_off, root};
use crate::domain::Timestamp;
use crate::operations::{
    EdgeView, IssuerStatus, IssuerView, PolicyView, PushView, StoreView, WithoutKidView, alerts, issuers,
    status,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  keystile status\n  keystile status --json")]
pub(super) struct Status {}

impl Status {
    pub(super) async fn run(self, context: Context) -> Result<(), Failure> {
        let names_issuer = context.names_issuer;
        let opened = context.open().await?;
        let mut status = status::status(&opened.keystile, &opened.actor).await?;
        if names_issuer {
            // Refused where there is none of this name.
            issuers::get(&opened.keystile, &opened.actor, &opened.issuer).await?;
            status.issuers.retain(|issuer| issuer.id == opened.issuer.as_str());
        }
        let open = alerts::count_open(&opened.keystile, &opened.actor).await?;
        let known = issuers::list(&opened.keystile, &opened.actor).await?;
        let mut described = Vec::new();
        for issuer in &status.issuers {
            let policy = known.iter().find(|view| view.id == issuer.id);
            described.push(describe(&opened, issuer, policy, status.now).await?);
        }
        if open > 0 {
            described.push(format!("{:<12}{open} open: `keystile alerts` says what to do", "alerts"));
        }
        opened.output.answer(&status, || described.join("\n\n"))
    }
}

/// One issuer, a line a question.
async fn describe(
    opened: &Opened,
    issuer: &IssuerStatus,
    view: Option<&IssuerView>,
    now: Timestamp,
) -> Result<String, Failure> {
    let rotation = match &issuer.rotation {
        Some(rotation) => rotate::describe(opened, rotation).await?,
        None => "none under way".to_owned(),
    };
    let mut lines = vec![
        ("issuer", format!("{} ({})", issuer.id, issuer.issuer)),
        ("active key", issuer.active_kid.clone()),
        ("key set", format!("version {}, {}", issuer.version, push(&issuer.push))),
    ];
    lines.extend(issuer.store.as_ref().and_then(|seen| store(seen, now)).map(|seen| ("store", seen)));
    lines.push(("signed by", root::describe(&issuer.signer, now)));
    lines.push(("edge", edge(&issuer.edge)));
    lines.extend(
        issuer.hand_off.iter().map(|it| ("hand-off", format!("{}: {}", it.target, hand_off::state(it, now)))),
    );
    lines.extend(issuer.without_kid.as_ref().map(|seen| ("no kid", without_kid(seen, now))));
    lines.extend(issuer.emergency.as_ref().map(|it| ("emergency", emergency::progress(it, now))));
    lines.push(("rotation", rotation));
    let next = issuer.next_rotation_at.map(|at| moment(at, now));
    lines.extend(view.map(|view| ("schedule", schedule(&view.policy, next))));
    let lines = lines.into_iter().map(|(name, words)| format!("{name:<12}{words}"));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn push(push: &PushView) -> String {
    match (&push.last_error, push.pending) {
        (_, false) => "pushed and read back".to_owned(),
        (Some(error), true) => format!("not pushed after {} attempts: {error}", push.attempts),
        (None, true) => "push pending".to_owned(),
    }
}

/// What others did to the store, if they did something.
fn store(store: &StoreView, now: Timestamp) -> Option<String> {
    let (at, found) = (store.disturbed_at?, store.found.as_deref()?);
    let times =
        if store.disturbances == 1 { "once".to_owned() } else { format!("{} times", store.disturbances) };
    let end = match store.repaired_at {
        Some(repaired) => format!("repaired {}", moment(repaired, now)),
        None => "not repaired yet".to_owned(),
    };
    Some(format!("changed by others {times}; last held {found} at {}, {end}", moment(at, now)))
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

/// How many tokens do not name their key, and when edges can demand that.
fn without_kid(seen: &WithoutKidView, now: Timestamp) -> String {
    let end = match seen.closable_at {
        Some(at) => format!("edges can demand a `kid` (ALLOW_MISSING_KID=false) from {}", moment(at, now)),
        None => "some are of the key that signs: have the backend name its key, then rotate".to_owned(),
    };
    let last = seen.last_seen_at.map(|at| format!(", the last {}", moment(at, now))).unwrap_or_default();
    let plural = if seen.seen == 1 { "" } else { "s" };
    format!("{} token{plural} accepted without a `kid`{last}; {end}", seen.seen)
}

fn schedule(policy: &PolicyView, next: Option<String>) -> String {
    let kept = match policy.retired_key_sealed_days {
        0 => "destroyed as they leave".to_owned(),
        days => format!("kept sealed for {}", duration(u64::from(days) * 86_400)),
    };
    let when = match (policy.rotation_interval_days, next) {
        (0, _) => "rotations by hand".to_owned(),
        (days, Some(at)) => format!("every {days} days, window {}; next {at}", policy.rotation_window),
        (days, None) => format!("every {days} days, window {}", policy.rotation_window),
    };
    format!("{when}; private halves of retired keys are {kept}")
}
