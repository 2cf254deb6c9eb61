//! The hand-off: what a backend that signs puts into its environment.

use super::approvals::{self, Deed};
use super::{Keystile, OperationError};
use crate::audit::{Action, Record};
use crate::domain::{Actor, IssuerId, Permission, Policy, SecretText};
pub use crate::hand_off::PrivateKeyFormat;
use crate::signing::{PrivateKey, public_to_pem};

/// One variable.
pub struct Variable {
    /// Its name, prefix included.
    pub name: String,
    /// Its value. PEM keeps its line breaks.
    pub value: SecretText,
}

/// The active key pair and its kid, the lifetimes and the leeway, named as the backend reads them. Audited, and
/// approved by another person where the policy wants that.
pub async fn environment(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    prefix: &str,
    format: PrivateKeyFormat,
) -> Result<Vec<Variable>, OperationError> {
    take_out(keystile, actor, issuer, (prefix, format), Taker::Person).await
}

/// The same for a backend that this process runs: it starts again with every key, when nobody is there to approve it.
pub async fn for_backend(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    prefix: &str,
    format: PrivateKeyFormat,
) -> Result<Vec<Variable>, OperationError> {
    take_out(keystile, actor, issuer, (prefix, format), Taker::Backend).await
}

enum Taker {
    Person,
    Backend,
}

async fn take_out(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    (prefix, format): (&str, PrivateKeyFormat),
    taker: Taker,
) -> Result<Vec<Variable>, OperationError> {
    actor.may_at(Permission::Administer, issuer)?;
    check_prefix(prefix)?;
    let mut change = keystile.store.write().await?;
    let state = keystile.state(&mut change, issuer).await?;
    let kid = state.ring.active().kid();
    if let Taker::Person = taker {
        let deed = Deed::ExportKey { issuer: issuer.to_string(), kid: Some(kid.to_owned()) };
        approvals::pass(&mut change, actor, &deed, keystile.now()).await?;
    }
    let private = keystile.token_key(&mut change, issuer, kid).await?;
    let record = Record::new(keystile.now(), actor, Action::KeyHandedOff, kid).of_issuer(issuer);
    change.record(record).await?;
    change.commit().await?;
    variables(&state.issuer.policy, &private, prefix, format)
}

/// What tells the environment of now from any before: the key that signs, and the lifetimes. Nothing of it is secret.
pub async fn current(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<String, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    let policy = &state.issuer.policy;
    let lifetimes = [policy.access_token_expiry_secs, policy.refresh_token_expiry_secs, policy.leeway_secs];
    Ok(format!("{} {lifetimes:?}", state.ring.active().kid()))
}

/// A key pair and what goes with it, named as a backend reads them.
pub(super) fn variables(
    policy: &Policy,
    private: &PrivateKey,
    prefix: &str,
    format: PrivateKeyFormat,
) -> Result<Vec<Variable>, OperationError> {
    let private_pem = match format {
        PrivateKeyFormat::Pkcs1 => private.to_pkcs1_pem()?,
        PrivateKeyFormat::Pkcs8 => private.to_pkcs8_pem()?,
    };
    let kid = private.public().thumbprint();
    let text = |value: String| SecretText::new(value);
    let values = [
        ("PRIVATE_KEY", private_pem),
        ("PUBLIC_KEY", text(public_to_pem(private.public())?)),
        // For the header of its tokens: without it, verifiers must try one key after the other.
        ("KEY_ID", text(kid.as_str().to_owned())),
        ("ACCESS_TOKEN_EXPIRY_SECS", text(policy.access_token_expiry_secs.to_string())),
        ("REFRESH_TOKEN_EXPIRY_SECS", text(policy.refresh_token_expiry_secs.to_string())),
        ("LEEWAY_SECS", text(policy.leeway_secs.to_string())),
    ];
    let variable = |(name, value)| Variable { name: format!("{prefix}__JWT__{name}"), value };
    Ok(values.into_iter().map(variable).collect())
}

/// The names are going to be read by a shell.
pub(super) fn check_prefix(prefix: &str) -> Result<(), OperationError> {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let starts_well = prefix.starts_with(|first: char| first.is_ascii_uppercase());
    if starts_well && prefix.len() <= 32 && prefix.bytes().all(allowed) {
        return Ok(());
    }
    let detail =
        format!("`{prefix}` cannot begin a variable's name: use capitals, digits and `_`, such as `PM`");
    Err(OperationError::InvalidInput { field: "prefix", detail })
}
