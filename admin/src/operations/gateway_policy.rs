//! Bringing the policy of gateways to the store of the edge, signed as key sets are.

use keystile_gateway::GatewayPolicy;
use keystile_validator::{RootKeys, SignedPolicy};
use serde::Serialize;
use serde_json::json;

use super::{Keystile, OperationError, keystile};
use crate::audit::Action;
use crate::domain::{Actor, IssuerId, Permission, Timestamp};
use crate::publish::{CloudflareKv, Found, PublishError};
use crate::signing::sign_policy;

/// A policy that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublishedPolicy {
    /// Its place in the store, which gateways have as `POLICY=kv:KEY`.
    pub key: String,
    /// Its version.
    pub version: u64,
    /// What of it is allowed, and seldom meant.
    pub warnings: Vec<String>,
}

/// A policy that is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignedGatewayPolicy {
    /// The document, as gateways read it.
    pub document: String,
    /// Its version.
    pub version: u64,
    /// What of it is allowed, and seldom meant.
    pub warnings: Vec<String>,
}

/// Signs a policy document for the gateways of an issuer, writes it and reads it back. A document that no gateway could
/// use is refused with line and column, and nothing is written.
pub async fn publish(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    text: &str,
) -> Result<PublishedPolicy, OperationError> {
    let kv = keystile.kv.as_ref().ok_or(OperationError::KvNotConfigured)?;
    let key = format!("policy/{issuer}");
    let (signed, roots, iss) = signed(keystile, actor, issuer, (text, Some(&key))).await?;
    let now = Timestamp::from_secs(signed.version);
    push(kv, &key, &signed.document, (&roots, &iss, now))
        .await
        .map_err(|error| OperationError::PushFailed { detail: format!("{error}; {}", error.help()) })?;
    Ok(PublishedPolicy { key, version: signed.version, warnings: signed.warnings })
}

/// Signs a policy document for the gateways of an issuer that follow it elsewhere than in the store. A document that no
/// gateway could use is refused with line and column.
pub async fn sign(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    text: &str,
) -> Result<SignedGatewayPolicy, OperationError> {
    Ok(signed(keystile, actor, issuer, (text, None)).await?.0)
}

/// The signed policy, and the roots and the `iss` by which it is believed. `key` is its place in the store, if it goes there.
async fn signed(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    (text, key): (&str, Option<&str>),
) -> Result<(SignedGatewayPolicy, RootKeys, String), OperationError> {
    actor.may_at(Permission::Administer, issuer)?;
    let policy = GatewayPolicy::from_json(text)
        .map_err(|fault| OperationError::InvalidInput { field: "policy", detail: fault.to_string() })?;
    let mut amendment = keystile.amend(issuer).await?;
    let (now, iss) = (amendment.now, amendment.state.issuer.iss.clone());
    let (signer, _) = keystile.set_signer(&mut amendment.change, issuer).await?;
    let document = sign_policy(&signer, text, &iss, now)?;
    let version = now.as_secs();
    let after = json!({ "version": version, "key": key });
    // Written down first: a policy that decides somewhere must not be unknown here.
    amendment.record(actor, Action::PolicySigned, issuer.as_str(), None, None, Some(after)).await?;
    let roots = keystile::roots(&mut amendment.change).await?;
    amendment.commit().await?;
    Ok((SignedGatewayPolicy { document, version, warnings: policy.warnings() }, roots, iss))
}

/// Writes the document and reads it back. A genuine one that is not older is left where it is.
async fn push(
    kv: &CloudflareKv,
    key: &str,
    document: &str,
    (roots, iss, now): (&RootKeys, &str, Timestamp),
) -> Result<(), PublishError> {
    let genuine = |value: &[u8]| SignedPolicy::verify(value, roots, iss, now.into()).ok();
    let present = kv.read(key).await?.as_deref().and_then(genuine).map(|policy| policy.version());
    if let Some(remote) = present.filter(|version| *version >= now.as_secs()) {
        return Err(PublishError::NewerThanOurs { remote, ours: now.as_secs() });
    }
    kv.write(key, document.as_bytes()).await?;
    match kv.read(key).await? {
        Some(value) if value == document.as_bytes() => Ok(()),
        Some(value) => Err(PublishError::ReadBackDiffers {
            found: genuine(&value).map_or(Found::Foreign, |policy| Found::Older(policy.version())),
        }),
        None => Err(PublishError::ReadBackDiffers { found: Found::Nothing }),
    }
}
