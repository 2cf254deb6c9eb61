//! Webhooks: who is told over HTTP, of what, and with which secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::json;
use tracing::instrument;
use utoipa::ToSchema;

use super::{Keystile, OperationError, notifications, random};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Permission, SecretBytes, SecretText, Timestamp};
use crate::notify::{DeliveryError, Parcel, SECRET_BYTES, SECRET_PREFIX};
use crate::seal::SealContext;
use crate::store::{Change, Snapshot, WEBHOOK_SECRET, Webhook, WebhookSecret};
use crate::telemetry::SPANS;

/// Each of them is told everything, so a company needs a few.
const MOST: usize = 50;
/// For so long a secret goes on signing beside its successor.
const OVERLAP_SECS: u64 = 86_400;
/// The specification wants few; a header of five signatures has 240 bytes.
const MOST_SECRETS: usize = 5;

/// A webhook, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookView {
    /// Its id.
    pub id: String,
    /// Where it leads.
    pub url: String,
    /// The events it wants; empty for all.
    pub events: Vec<String>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Since when nothing has arrived.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Timestamp>,
    /// When the server gave it up. A test that succeeds takes that back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// Why it did.
    pub disabled_reason: Option<String>,
    /// How many secrets sign for it: more than one while the next takes over.
    pub secrets: usize,
    /// How many deliveries wait.
    pub waiting: u64,
}

/// A secret that was just made. It is kept sealed, so it is shown this once.
pub struct NewSecret {
    /// What receivers verify with.
    pub secret: SecretText,
    /// The webhook.
    pub view: WebhookView,
}

/// What became of a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WebhookTest {
    /// Whether it arrived.
    pub delivered: bool,
    /// Why it did not.
    pub error: Option<String>,
}

/// Adds a webhook. `events` empty means all.
#[instrument(name = "webhooks.add", target = SPANS, skip_all)]
pub async fn add(
    keystile: &Keystile,
    actor: &Actor,
    url: &str,
    events: Vec<String>,
) -> Result<NewSecret, OperationError> {
    actor.may(Permission::Administer)?;
    keystile.webhooks.check(url).map_err(DeliveryError::from)?;
    check_events(&events)?;
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    if change.webhooks().await?.len() >= MOST {
        return Err(OperationError::TooManyWebhooks { most: MOST });
    }
    let webhook = Webhook {
        id: format!("wh_{}", random::text::<12>()?),
        url: url.to_owned(),
        events,
        created_at: now,
        failing_since: None,
        disabled_at: None,
        disabled_reason: None,
    };
    change.save_webhook(&webhook).await?;
    let secret = new_secret(keystile, &mut change, &webhook.id).await?;
    // The path and query of a webhook often are its credential, so the log says only where it leads.
    let after = json!({ "host": host(url), "events": webhook.events });
    let record = Record::new(now, actor, Action::WebhookAdded, &webhook.id).changing(None, Some(after));
    change.record(record).await?;
    let view = view(&mut change, webhook, now).await?;
    change.commit().await?;
    Ok(NewSecret { secret, view })
}

/// Every webhook.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<WebhookView>, OperationError> {
    actor.may(Permission::Administer)?;
    let mut snapshot = keystile.store.read().await?;
    let mut views = Vec::new();
    for webhook in snapshot.webhooks().await? {
        views.push(view(&mut snapshot, webhook, keystile.now()).await?);
    }
    Ok(views)
}

/// Removes a webhook, and destroys its secrets.
#[instrument(name = "webhooks.remove", target = SPANS, skip_all)]
pub async fn remove(keystile: &Keystile, actor: &Actor, id: &str) -> Result<WebhookView, OperationError> {
    actor.may(Permission::Administer)?;
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    let webhook = find(&mut change, id).await?;
    let view = view(&mut change, webhook, now).await?;
    change.remove_webhook(id).await?;
    let before = json!({ "host": host(&view.url), "events": view.events });
    change.record(Record::new(now, actor, Action::WebhookRemoved, id).changing(Some(before), None)).await?;
    change.commit().await?;
    Ok(view)
}

/// Makes another secret. The ones before sign beside it for a day.
#[instrument(name = "webhooks.rotate_secret", target = SPANS, skip_all)]
pub async fn rotate_secret(
    keystile: &Keystile,
    actor: &Actor,
    id: &str,
) -> Result<NewSecret, OperationError> {
    actor.may(Permission::Administer)?;
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    let webhook = find(&mut change, id).await?;
    for (number, secret) in change.webhook_secrets(id).await?.into_iter().enumerate() {
        if is_over(&secret, now) || number + 1 >= MOST_SECRETS {
            change.remove_webhook_secret(id, &secret.name).await?;
        } else if secret.ends_at.is_none() {
            let ends_at = Some(now.plus(OVERLAP_SECS));
            change.save_webhook_secret(id, &WebhookSecret { ends_at, ..secret }).await?;
        }
    }
    let secret = new_secret(keystile, &mut change, id).await?;
    change.record(Record::new(now, actor, Action::WebhookSecretRotated, id)).await?;
    let view = view(&mut change, webhook, now).await?;
    change.commit().await?;
    Ok(NewSecret { secret, view })
}

/// Delivers one event of the kind `webhook.test`, at once and once. One that arrives enables a webhook that was given up.
#[instrument(name = "webhooks.test", target = SPANS, skip_all)]
pub async fn test(keystile: &Keystile, actor: &Actor, id: &str) -> Result<WebhookTest, OperationError> {
    actor.may(Permission::Administer)?;
    let mut snapshot = keystile.store.read().await?;
    let webhook = find(&mut snapshot, id).await?;
    let notification = notifications::compose("webhook.test", keystile.now(), &json!({ "webhook": id }))?;
    let parcel = parcel(keystile, &mut snapshot, &webhook, &notification.id, notification.body).await?;
    drop(snapshot);
    let outcome = keystile.webhooks.deliver(parcel, keystile.now()).await;
    let mut change = keystile.store.write().await?;
    if outcome.is_ok() {
        let webhook = find(&mut change, id).await?;
        let enabled = Webhook { failing_since: None, disabled_at: None, disabled_reason: None, ..webhook };
        change.save_webhook(&enabled).await?;
    }
    let error = outcome.err().map(|error| error.to_string());
    let after = json!({ "delivered": error.is_none(), "error": error });
    let record = Record::new(keystile.now(), actor, Action::WebhookTested, id).changing(None, Some(after));
    change.record(record).await?;
    change.commit().await?;
    Ok(WebhookTest { delivered: error.is_none(), error })
}

/// What goes to this webhook, with the secrets that sign now.
pub(super) async fn parcel(
    keystile: &Keystile,
    snapshot: &mut Snapshot,
    webhook: &Webhook,
    notification: &str,
    body: String,
) -> Result<Parcel, OperationError> {
    let now = keystile.now();
    let mut secrets = Vec::new();
    for secret in snapshot.webhook_secrets(&webhook.id).await?.iter().filter(|it| !is_over(it, now)) {
        let context = context(&webhook.id, &secret.name);
        if let Some(sealed) = snapshot.secret(&context).await? {
            secrets.push(keystile.open_secret(snapshot, &context, &sealed).await?);
        }
    }
    Ok(Parcel { url: webhook.url.clone(), id: notification.to_owned(), body, secrets })
}

async fn new_secret(
    keystile: &Keystile,
    change: &mut Change,
    id: &str,
) -> Result<SecretText, OperationError> {
    let secret = SecretBytes::new(random::bytes::<SECRET_BYTES>()?.to_vec());
    let name = random::text::<6>()?;
    let context = context(id, &name);
    let sealed = keystile.seal(change, &context, &secret).await?;
    change.keep_secret(&context, &sealed).await?;
    let noted = WebhookSecret { name, created_at: keystile.now(), ends_at: None };
    change.save_webhook_secret(id, &noted).await?;
    Ok(SecretText::new(format!("{SECRET_PREFIX}{}", STANDARD.encode(secret.reveal()))))
}

async fn find(snapshot: &mut Snapshot, id: &str) -> Result<Webhook, OperationError> {
    let found = snapshot.webhook(id).await?;
    found.ok_or_else(|| OperationError::WebhookNotFound { id: id.to_owned() })
}

async fn view(
    snapshot: &mut Snapshot,
    webhook: Webhook,
    now: Timestamp,
) -> Result<WebhookView, OperationError> {
    let secrets = snapshot.webhook_secrets(&webhook.id).await?;
    let waiting = snapshot.waiting_deliveries().await?;
    let waiting = waiting.into_iter().find_map(|(receiver, count)| (receiver == webhook.id).then_some(count));
    Ok(WebhookView {
        secrets: secrets.iter().filter(|secret| !is_over(secret, now)).count(),
        waiting: waiting.unwrap_or(0),
        id: webhook.id,
        url: webhook.url,
        events: webhook.events,
        created_at: webhook.created_at,
        failing_since: webhook.failing_since,
        disabled_at: webhook.disabled_at,
        disabled_reason: webhook.disabled_reason,
    })
}

fn context<'a>(id: &'a str, name: &'a str) -> SealContext<'a> {
    SealContext { purpose: WEBHOOK_SECRET, owner: id, name }
}

fn is_over(secret: &WebhookSecret, now: Timestamp) -> bool {
    secret.ends_at.is_some_and(|at| now >= at)
}

fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

fn check_events(events: &[String]) -> Result<(), OperationError> {
    let known = notifications::events();
    match events.iter().find(|event| !known.contains(&event.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(OperationError::InvalidInput {
            field: "events",
            detail: format!("nothing is called `{unknown}`: use some of {}", known.join(", ")),
        }),
    }
}
