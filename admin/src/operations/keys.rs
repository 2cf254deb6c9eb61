//! The keys of an issuer: seeing them, and taking in new ones.

use keystile_validator::PublicKey;
use tracing::instrument;

use super::{KeyView, Keystile, OperationError, present, reason};
use crate::audit::Action;
use crate::domain::{Actor, IssuerId, Key, KeyFacts, KeySize, KeySource, Permission};
use crate::settings::KeyPairPem;
use crate::signing::{PrivateKey, public_from_pem};
use crate::telemetry::SPANS;

/// Where a new key comes from. It starts pending, and is published at once.
pub enum NewKey {
    /// The server makes it; without a size, of the size the issuer's policy names.
    Generate {
        /// The size.
        size: Option<KeySize>,
    },
    /// A key pair made elsewhere.
    Import(KeyPairPem),
    /// Another signer's public key: it verifies, and can never be activated.
    ImportPublic {
        /// PKCS#1 or SPKI.
        public_key_pem: String,
    },
}

/// Every key the issuer ever had, the active one first, then the newest.
pub async fn list(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<Vec<KeyView>, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let mut snapshot = keystile.store.read().await?;
    let state = keystile.state(&mut snapshot, issuer).await?;
    let uses = snapshot.key_uses(issuer).await?;
    let now = keystile.now();
    state.ring.keys().map(|key| present::key(&state, key, &uses, now)).collect()
}

/// One key.
pub async fn get(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    kid: &str,
) -> Result<KeyView, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let mut snapshot = keystile.store.read().await?;
    let state = keystile.state(&mut snapshot, issuer).await?;
    let uses = snapshot.key_uses(issuer).await?;
    present::key(&state, state.ring.get(kid)?, &uses, keystile.now())
}

/// Makes or imports a key, pending, and publishes a set that contains it.
#[instrument(name = "keys.create", target = SPANS, skip_all)]
pub async fn create(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    new_key: NewKey,
    reason: Option<String>,
) -> Result<KeyView, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let reason = reason::optional("reason", reason.as_deref())?;
    let (private, public, source) = halves(keystile, issuer, new_key).await?;
    let kid = public.thumbprint().as_str().to_owned();
    let action = match source {
        KeySource::Generated => Action::KeyCreated,
        KeySource::Adopted | KeySource::Imported => Action::KeyImported,
    };
    let mut amendment = keystile.amend(issuer).await?;
    let mut facts = KeyFacts::new(public, source, amendment.now, amendment.next_version());
    if private.is_none() {
        facts = facts.without_private_key();
    }
    amendment.state.ring.add(Key::pending(facts))?;
    if let Some(private) = &private {
        amendment.keep_private_half(private).await?;
    }
    amendment.record_key(actor, action, &kid, reason.as_deref()).await?;
    amendment.publish().await?;
    get(keystile, actor, issuer, &kid).await
}

async fn halves(
    keystile: &Keystile,
    issuer: &IssuerId,
    new_key: NewKey,
) -> Result<(Option<PrivateKey>, PublicKey, KeySource), OperationError> {
    let (private, source) = match new_key {
        NewKey::Generate { size } => {
            let policy = keystile.state(&mut keystile.store.read().await?, issuer).await?.issuer.policy;
            (keystile.generate(size.unwrap_or(policy.key_size)).await?, KeySource::Generated)
        }
        NewKey::Import(pair) => (PrivateKey::from_pem(&pair)?, KeySource::Imported),
        NewKey::ImportPublic { public_key_pem } => {
            return Ok((None, public_from_pem(&public_key_pem)?, KeySource::Imported));
        }
    };
    let public = private.public().clone();
    Ok((Some(private), public, source))
}
