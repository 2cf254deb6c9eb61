//! What happened is told to whoever wants to know: addressed, delivered, tried again, and given up.
//!
//! What is to be told is written down in the transaction in which it happens, so that no crash loses it. An id stands for it
//! at every attempt: receivers see it once or more, and never not at all while they can be reached.

use std::convert::Infallible;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tracing::{Instrument, field};

use super::lease::Lease;
use super::{Keystile, OperationError, mail, random, webhooks};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Timestamp, is_dead, next_attempt};
use crate::notify::{DeliveryError, MAIL};
use crate::store::{Change, Delivery, Notification, Webhook};
use crate::telemetry::{self, SPANS};

/// How soon something is told.
const TICK: Duration = Duration::from_millis(500);

const LEASE: &str = "notify";

/// The events that are no entries of the audit log.
const OTHERS: [&str; 3] = ["alert.raised", "alert.resolved", "webhook.test"];

/// Every event that a webhook can want.
pub fn events() -> Vec<&'static str> {
    let news = Action::ALL.iter().filter(|action| action.is_news()).map(|action| action.as_str());
    OTHERS.into_iter().chain(news).collect()
}

/// An event as receivers get it.
pub(super) fn compose(event: &str, at: Timestamp, data: &Value) -> Result<Notification, OperationError> {
    let body = json!({ "type": event, "timestamp": at, "data": data }).to_string();
    Ok(Notification { id: format!("msg_{}", random::text::<18>()?), event: event.to_owned(), at, body })
}

/// The server's background loop. Never returns; drop it to stop it: what it had under way is told again.
pub async fn run(keystile: &Keystile) -> Infallible {
    let mut last_error = None;
    loop {
        let outcome = go_round(keystile).await;
        if outcome.as_ref().err() != last_error.as_ref() {
            if let Err(error) = &outcome {
                tracing::warn!(%error, code = error.code(), "nobody can be told anything");
            }
            last_error = outcome.as_ref().err().cloned();
        }
        if !matches!(outcome, Ok(told) if told > 0) {
            tokio::time::sleep(TICK).await;
        }
    }
}

/// Addresses what is new, and tries to deliver what is due, one to each receiver at a time. Says how much arrived.
pub async fn go_round(keystile: &Keystile) -> Result<usize, OperationError> {
    address(keystile).await?;
    let due = keystile.store.read().await?.due_deliveries(keystile.now()).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let Some(lease) = Lease::take(keystile, LEASE.to_owned()).await? else { return Ok(0) };
    let told = tokio::select! {
        told = deliver(keystile) => told,
        never = lease.keep() => match never {},
    };
    lease.release().await?;
    told
}

async fn address(keystile: &Keystile) -> Result<(), OperationError> {
    if keystile.store.read().await?.unaddressed().await?.is_empty() {
        return Ok(());
    }
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    let webhooks = change.webhooks().await?;
    for notification in change.unaddressed().await? {
        let wants = |webhook: &&Webhook| {
            webhook.disabled_at.is_none()
                && (webhook.events.is_empty() || webhook.events.contains(&notification.event))
        };
        let mut receivers: Vec<_> = webhooks.iter().filter(wants).map(|webhook| webhook.id.clone()).collect();
        if keystile.mailer.is_some() && mail::is_wanted(&notification.event) {
            receivers.push(MAIL.to_owned());
        }
        change.address(&notification.id, &receivers, now).await?;
    }
    change.forget_notifications(now).await?;
    Ok(change.commit().await?)
}

type Outcome = (Delivery, Result<(), DeliveryError>);

async fn deliver(keystile: &Keystile) -> Result<usize, OperationError> {
    let (mut under_way, mut failed) = (JoinSet::new(), None);
    // Asked again, because another process may have told them before it gave the lease back.
    for delivery in keystile.store.read().await?.due_deliveries(keystile.now()).await? {
        // What cannot be signed without the master key waits for it, and keeps no mail.
        failed = set_out(keystile, delivery, &mut under_way).await.err().or(failed);
    }
    let mut arrived = 0;
    // A slow receiver holds up the notes about nobody else.
    while let Some(ended) = under_way.join_next().await {
        if let Ok((delivery, outcome)) = ended {
            arrived += usize::from(outcome.is_ok());
            note(keystile, &delivery, outcome).await?;
        }
    }
    failed.map_or(Ok(arrived), Err)
}

async fn set_out(
    keystile: &Keystile,
    delivery: Delivery,
    under_way: &mut JoinSet<Outcome>,
) -> Result<(), OperationError> {
    let now = keystile.now();
    let mut snapshot = keystile.store.read().await?;
    if delivery.receiver == MAIL {
        match keystile.mailer.clone() {
            Some(mailer) => {
                let notification = delivery.notification.clone();
                tell(under_way, delivery, async move { mail::send(&mailer, &notification).await });
            }
            None => give_up(keystile, &delivery.receiver, "no mail server is set").await?,
        }
        return Ok(());
    }
    let Some(webhook) = snapshot.webhook(&delivery.receiver).await? else { return Ok(()) };
    let (id, body) = (&delivery.notification.id, delivery.notification.body.clone());
    let parcel = webhooks::parcel(keystile, &mut snapshot, &webhook, id, body).await?;
    let client = keystile.webhooks.clone();
    tell(under_way, delivery, async move { client.deliver(parcel, now).await });
    Ok(())
}

/// A delivery comes when it is due, which may be days after what it tells of: it is a trace of its own.
fn tell(
    under_way: &mut JoinSet<Outcome>,
    delivery: Delivery,
    telling: impl Future<Output = Result<(), DeliveryError>> + Send + 'static,
) {
    let span = tracing::info_span!(
        target: SPANS,
        "notification.deliver",
        keystile.receiver = delivery.receiver,
        keystile.event = delivery.notification.event,
        otel.status_code = field::Empty,
    );
    under_way.spawn(async move {
        let told = telling.instrument(span.clone()).await;
        telemetry::note(&span, told.is_ok());
        (delivery, told)
    });
}

async fn give_up(keystile: &Keystile, receiver: &str, why: &str) -> Result<(), OperationError> {
    let mut change = keystile.store.write().await?;
    change.give_up_deliveries(receiver, why, keystile.now()).await?;
    Ok(change.commit().await?)
}

async fn note(
    keystile: &Keystile,
    delivery: &Delivery,
    outcome: Result<(), DeliveryError>,
) -> Result<(), OperationError> {
    let (now, dice) = (keystile.now(), keystile.dice()?);
    let mut change = keystile.store.write().await?;
    match &outcome {
        Ok(()) => change.note_delivered(delivery, now).await?,
        Err(error) => {
            let failed = delivery.failed.saturating_add(1);
            let next = next_attempt(failed, now, dice, error.retry_after().map(|wait| wait.as_secs()));
            tracing::warn!(receiver = delivery.receiver, event = delivery.notification.event, failed, %error, "not told");
            change.note_undelivered(delivery, &error.to_string(), next, now).await?;
        }
    }
    if let Some(webhook) = change.webhook(&delivery.receiver).await? {
        judge(&mut change, webhook, outcome.err(), now).await?;
    }
    Ok(change.commit().await?)
}

/// A webhook that is gone, or has taken nothing for days, is not tried any more.
async fn judge(
    change: &mut Change,
    webhook: Webhook,
    error: Option<DeliveryError>,
    now: Timestamp,
) -> Result<(), OperationError> {
    let failing_since = error.as_ref().map(|_| webhook.failing_since.unwrap_or(now));
    let why = match &error {
        Some(DeliveryError::Gone) => Some("it answered that it is gone (410)".to_owned()),
        Some(error) if failing_since.is_some_and(|at| is_dead(at, now)) => {
            Some(format!("nothing has arrived for days; at last: {error}"))
        }
        _ => None,
    };
    let disabled_at = why.as_ref().map(|_| now).or(webhook.disabled_at);
    let changed = Webhook {
        failing_since,
        disabled_at,
        disabled_reason: why.clone().or(webhook.disabled_reason.clone()),
        ..webhook.clone()
    };
    if changed != webhook {
        change.save_webhook(&changed).await?;
    }
    let Some(why) = why.filter(|_| webhook.disabled_at.is_none()) else { return Ok(()) };
    change.give_up_deliveries(&webhook.id, &why, now).await?;
    let after = Some(json!({ "why": why }));
    let record =
        Record::new(now, &Actor::steward(), Action::WebhookDisabled, &webhook.id).changing(None, after);
    Ok(change.record(record).await?)
}
