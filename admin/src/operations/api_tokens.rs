//! API tokens: `ks_<8 characters>_<43 characters>`, of which only a hash is kept.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::approvals::{self, Credential, Deed};
use super::{Keystile, OperationError, random};
use crate::audit::{Action, Record};
use crate::domain::{Actor, MintingRules, Permission, Role, Scopes, SecretText, Timestamp};
use crate::store::{ApiToken, Change, StoreError};

/// What every token begins with, so that a scanner of leaked secrets knows one when it sees it.
const PREFIX: &str = "ks_";
const ID_CHARS: usize = 8;
const RANDOM_CHARS: usize = 43;
const NOTED_EVERY_SECS: u64 = 60;
/// Ten years.
const LONGEST_LIFE_SECS: u64 = 3_650 * 86_400;

/// A token that was just made. The secret is not kept, so it is shown this once.
pub struct NewApiToken {
    /// What the caller presents as a bearer.
    pub secret: SecretText,
    /// Everything else about it.
    pub view: ApiTokenView,
}

/// An API token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiTokenView {
    /// The eight characters that identify it.
    pub id: String,
    /// What it is for.
    pub label: String,
    /// What it may do.
    #[schema(value_type = String, example = "operator")]
    pub role: Role,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ends by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// What its holder may have signed, if that is bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub minting: Option<MintingRules>,
    /// What it is narrowed to inside its role; empty where it is not.
    pub scopes: Scopes,
}

/// What a token is bounded by, besides its role and its end.
#[derive(Debug, Clone, Default)]
pub struct Bounds {
    /// What its holder may have signed.
    pub minting: Option<MintingRules>,
    /// What it is narrowed to inside its role.
    pub scopes: Scopes,
}

/// Makes a token.
pub async fn create(
    keystile: &Keystile,
    actor: &Actor,
    label: &str,
    role: Role,
    expires_in_secs: Option<u64>,
) -> Result<NewApiToken, OperationError> {
    create_bounded(keystile, actor, label, role, expires_in_secs, Bounds::default()).await
}

/// The same within bounds. They cannot be changed: make another token.
pub async fn create_bounded(
    keystile: &Keystile,
    actor: &Actor,
    label: &str,
    role: Role,
    expires_in_secs: Option<u64>,
    bounds: Bounds,
) -> Result<NewApiToken, OperationError> {
    actor.may_grant()?;
    check_scopes(&bounds.scopes, role)?;
    if let Some(detail) = bounds.minting.as_ref().and_then(MintingRules::fault) {
        return Err(OperationError::InvalidInput { field: "minting", detail });
    }
    check_life(expires_in_secs)?;
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    if Deed::is_grant(role) {
        let deed = Deed::GrantAccess { by: Credential::ApiToken, to: label.to_owned(), role };
        approvals::pass(&mut change, actor, &deed, now).await?;
    }
    let expires_at = expires_in_secs.map(|secs| now.plus(secs));
    let made = issue_bounded(&mut change, actor, label, role, (now, expires_at), bounds).await?;
    change.commit().await?;
    Ok(made)
}

/// Whoever names an end means one that comes; more is milliseconds, or a digit too many.
fn check_life(secs: Option<u64>) -> Result<(), OperationError> {
    if secs.is_none_or(|secs| (1..=LONGEST_LIFE_SECS).contains(&secs)) {
        return Ok(());
    }
    let detail = format!(
        "a token ends after 1 to {LONGEST_LIFE_SECS} seconds: leave it out for one that ends by being revoked"
    );
    Err(OperationError::InvalidInput { field: "expires_in_secs", detail })
}

/// Every token, revoked and expired ones included.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<ApiTokenView>, OperationError> {
    actor.may(Permission::Administer)?;
    all(keystile).await
}

/// The same, for an operation that has asked already whether the actor may see them.
pub(super) async fn all(keystile: &Keystile) -> Result<Vec<ApiTokenView>, OperationError> {
    Ok(keystile.store.read().await?.api_tokens().await?.iter().map(view).collect())
}

/// Revokes a token, and ends the sessions that were opened with it.
pub async fn revoke(keystile: &Keystile, actor: &Actor, id: &str) -> Result<ApiTokenView, OperationError> {
    actor.may(Permission::Administer)?;
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    let found = change.api_token(id).await?;
    let mut token = found.ok_or_else(|| OperationError::ApiTokenNotFound { id: id.to_owned() })?;
    if token.revoked_at.is_some() {
        return Ok(view(&token));
    }
    token.revoked_at = Some(now);
    change.save_api_token(&token).await?;
    change.end_sessions_of(id).await?;
    change.record(Record::new(now, actor, Action::ApiTokenRevoked, id)).await?;
    change.commit().await?;
    Ok(view(&token))
}

/// Who presents this secret. Every failure is the same `unauthenticated`.
pub async fn authenticate(keystile: &Keystile, secret: &str) -> Result<Actor, OperationError> {
    let token = find(keystile, secret).await?;
    let actor = actor_of(&token);
    note_use(keystile, token).await;
    Ok(actor)
}

/// The valid token with this secret.
pub(super) async fn find(keystile: &Keystile, secret: &str) -> Result<ApiToken, OperationError> {
    let id = id_of(secret).ok_or(OperationError::Unauthenticated)?;
    let found = keystile.store.api_token(id).await?;
    let token = found.ok_or(OperationError::Unauthenticated)?;
    let genuine = verify_slices_are_equal(&hash(secret), &token.secret_hash).is_ok();
    if genuine && token.is_valid(keystile.now()) { Ok(token) } else { Err(OperationError::Unauthenticated) }
}

pub(super) fn actor_of(token: &ApiToken) -> Actor {
    let rules = token.minting.clone().unwrap_or_default();
    let actor = Actor::token_holder(&token.id, &token.label, token.role).minting_within(rules);
    actor.narrowed_to(token.scopes.clone())
}

/// Makes a token within a larger change.
pub(super) async fn issue(
    change: &mut Change,
    actor: &Actor,
    label: &str,
    role: Role,
    now: Timestamp,
    expires_at: Option<Timestamp>,
) -> Result<NewApiToken, OperationError> {
    issue_bounded(change, actor, label, role, (now, expires_at), Bounds::default()).await
}

async fn issue_bounded(
    change: &mut Change,
    actor: &Actor,
    label: &str,
    role: Role,
    (now, expires_at): (Timestamp, Option<Timestamp>),
    Bounds { minting, scopes }: Bounds,
) -> Result<NewApiToken, OperationError> {
    check_label(label)?;
    let id = new_id()?;
    let secret = SecretText::new(format!("{PREFIX}{id}_{}", random::text::<32>()?));
    let token = ApiToken {
        secret_hash: hash(secret.reveal()),
        id,
        label: label.to_owned(),
        role,
        created_at: now,
        expires_at,
        revoked_at: None,
        last_used_at: None,
        minting,
        scopes,
    };
    change.save_api_token(&token).await?;
    let after = json!({ "label": label, "role": role, "expires_at": expires_at, "minting": token.minting,
                        "scopes": token.scopes });
    let record = Record::new(now, actor, Action::ApiTokenCreated, &token.id).changing(None, Some(after));
    change.record(record).await?;
    Ok(NewApiToken { secret, view: view(&token) })
}

/// SHA-256 is enough for a secret of 256 random bits: there is no dictionary to slow down.
pub(super) fn hash(secret: &str) -> Vec<u8> {
    digest(&SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// Remembers the use, to the minute. A database that is busy is no reason to turn a valid token away.
async fn note_use(keystile: &Keystile, token: ApiToken) {
    let now = keystile.now();
    if token.last_used_at.is_some_and(|last| now.since(last) < NOTED_EVERY_SECS) {
        return;
    }
    if let Err(error) = save_use(keystile, &token.id, now).await {
        tracing::warn!(%error, token = token.id, "the use of an API token could not be noted");
    }
}

async fn save_use(keystile: &Keystile, id: &str, now: Timestamp) -> Result<(), StoreError> {
    let mut change = keystile.store.write().await?;
    // Read again under the lock, because it may have been revoked in between.
    if let Some(token) = change.api_token(id).await? {
        change.save_api_token(&ApiToken { last_used_at: Some(now), ..token }).await?;
        change.commit().await?;
    }
    Ok(())
}

/// Eight characters of base32: enough to tell tokens apart, and without `_`, which ends them.
fn new_id() -> Result<String, OperationError> {
    const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let character = |byte: u8| ALPHABET.get(usize::from(byte % 32)).map_or('a', |letter| char::from(*letter));
    Ok(random::bytes::<ID_CHARS>()?.map(character).iter().collect())
}

fn id_of(secret: &str) -> Option<&str> {
    let (id, random) = secret.strip_prefix(PREFIX)?.split_once('_')?;
    (id.len() == ID_CHARS && random.len() == RANDOM_CHARS).then_some(id)
}

/// A scope that takes everything away, or names what the role does not have, is a mistake.
fn check_scopes(scopes: &Scopes, role: Role) -> Result<(), OperationError> {
    let refused = |detail: String| Err(OperationError::InvalidInput { field: "scopes", detail });
    if scopes.issuers.as_ref().is_some_and(Vec::is_empty) {
        return refused("an empty list of issuers leaves nothing: name one, or leave it out".to_owned());
    }
    let Some(permissions) = &scopes.permissions else { return Ok(()) };
    match permissions.iter().find(|it| !role.grants(**it)) {
        Some(permission) => refused(format!("the role `{role}` does not have `{}`", permission.as_str())),
        None if permissions.is_empty() => {
            refused("an empty list of permissions leaves nothing: name one, or leave it out".to_owned())
        }
        None => Ok(()),
    }
}

fn check_label(label: &str) -> Result<(), OperationError> {
    let shown = !label.trim().is_empty() && label.chars().count() <= 64 && !label.contains(char::is_control);
    let detail = || "use 1 to 64 printable characters that say what the token is for".to_owned();
    if shown { Ok(()) } else { Err(OperationError::InvalidInput { field: "label", detail: detail() }) }
}

fn view(token: &ApiToken) -> ApiTokenView {
    ApiTokenView {
        id: token.id.clone(),
        label: token.label.clone(),
        role: token.role,
        created_at: token.created_at,
        expires_at: token.expires_at,
        revoked_at: token.revoked_at,
        last_used_at: token.last_used_at,
        minting: token.minting.clone(),
        scopes: token.scopes.clone(),
    }
}
