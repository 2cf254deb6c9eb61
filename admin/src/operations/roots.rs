//! The root keys: which there are, who has pinned them, and how one takes the place of another.
//!
//! No document adds a root: an operator announces it here, pins it at every edge, has it sign a delegation, and when
//! every edge has a key set under it, withdraws the old one here and at the edges.

use keystile_validator::{KeySet, Limits, PublicKey, RootKeys};
use serde_json::json;

use super::approvals::{self, Deed};
use super::{Keystile, OperationError, RootView, reason, set_signer};
use crate::audit::{Action, Record};
use crate::domain::{
    Actor, IssuerId, NotPinned, Permission, PublicJwk, Root, TransitionError, check_pinned, confirm,
};
use crate::store::Snapshot;

/// Every root key there ever was, newest first.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<RootView>, OperationError> {
    actor.may(Permission::Read)?;
    let mut snapshot = keystile.store.read().await?;
    let mut views = Vec::new();
    for root in snapshot.roots().await? {
        views.push(view(keystile, &mut snapshot, &root).await?);
    }
    Ok(views)
}

/// Takes in the public half of a root that was made offline. It vouches for nothing before it has signed a delegation.
///
/// Does nothing where it is known. Refused where there are four already, or where it was withdrawn.
pub async fn announce(
    keystile: &Keystile,
    actor: &Actor,
    jwks: &str,
    reason: Option<String>,
) -> Result<RootView, OperationError> {
    actor.may(Permission::Administer)?;
    let reason = reason::optional("reason", reason.as_deref())?;
    let key = one_key(jwks)?;
    let (kid, now) = (key.thumbprint().as_str().to_owned(), keystile.now());
    let mut change = keystile.store.write().await?;
    let roots = change.roots().await?;
    match roots.iter().find(|root| root.kid() == kid) {
        Some(known) if known.withdrawn_at.is_none() => {
            let known = known.clone();
            return view(keystile, &mut change, &known).await;
        }
        Some(_) => return Err(refused(format!("the root `{kid}` was withdrawn, and never comes back"))),
        None => {}
    }
    if roots.iter().filter(|root| root.withdrawn_at.is_none()).count() >= RootKeys::MAX {
        return Err(refused(format!("an edge pins at most {} roots: withdraw one first", RootKeys::MAX)));
    }
    if is_token_key(&mut change, &key).await? {
        return Err(refused(
            "it is a key that signs tokens, and a root signs nothing but key sets".to_owned(),
        ));
    }
    let deed = Deed::AnnounceRoot { kid: kid.clone(), reason: reason.clone() };
    approvals::pass(&mut change, actor, &deed, now).await?;
    change.add_root_key(&key, now).await?;
    change.record(Record::new(now, actor, Action::RootAnnounced, &kid).because(reason.as_deref())).await?;
    let announced = Root { public: key, announced_at: now, withdrawn_at: None, has_private_key: false };
    let shown = view(keystile, &mut change, &announced).await?;
    change.commit().await?;
    Ok(shown)
}

/// The thumbprint of the one key in a JWK Set: what stands for a root where it is asked for.
pub fn kid(jwks: &str) -> Result<String, OperationError> {
    Ok(one_key(jwks)?.thumbprint().as_str().to_owned())
}

/// Lets a root vouch for nothing any more; its private half is destroyed where it is on this server.
///
/// Refused with `root_in_use` while it vouches for key sets, and with `not_yet_confirmed` while an edge may still judge
/// by one that it vouched for.
pub async fn withdraw(
    keystile: &Keystile,
    actor: &Actor,
    kid: &str,
    reason: String,
) -> Result<RootView, OperationError> {
    actor.may(Permission::Administer)?;
    let reason = reason::required("reason", &reason)?;
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    let found = change.roots().await?.into_iter().find(|root| root.kid() == kid);
    let root = found.ok_or_else(|| OperationError::RootNotFound { kid: kid.to_owned() })?;
    if root.withdrawn_at.is_some() {
        return view(keystile, &mut change, &root).await;
    }
    let vouches_for = vouches_for(keystile, &mut change, kid).await?;
    if !vouches_for.is_empty() {
        return Err(OperationError::RootInUse { kid: kid.to_owned(), issuers: vouches_for.join(", ") });
    }
    for issuer in change.issuer_ids().await? {
        check_arrived(keystile, &mut change, &issuer).await?;
    }
    let deed = Deed::WithdrawRoot { kid: kid.to_owned(), reason: reason.clone() };
    approvals::pass(&mut change, actor, &deed, now).await?;
    change.withdraw_root(kid, now).await?;
    let before = json!({ "private_half_here": root.has_private_key });
    let record = Record::new(now, actor, Action::RootWithdrawn, kid).because(Some(&reason));
    change.record(record.changing(Some(before), None)).await?;
    let withdrawn = Root { withdrawn_at: Some(now), has_private_key: false, ..root.clone() };
    let shown = view(keystile, &mut change, &withdrawn).await?;
    change.commit().await?;
    if root.has_private_key {
        keystile.store.scrub().await?;
    }
    Ok(shown)
}

/// Every edge has the present key set, which the root does not vouch for.
async fn check_arrived(
    keystile: &Keystile,
    snapshot: &mut Snapshot,
    issuer: &IssuerId,
) -> Result<(), OperationError> {
    let state = keystile.state(snapshot, issuer).await?;
    let pushed_at = snapshot.push_state(issuer).await?.pushed_at;
    confirm(state.current.version, pushed_at, &state.regions, &state.issuer.policy, keystile.now())
        .map(|_| ())
        .map_err(|missing| TransitionError::NotYetConfirmed(missing).into())
}

/// The ids of the issuers whose present key sets it vouches for.
async fn vouches_for(
    keystile: &Keystile,
    snapshot: &mut Snapshot,
    kid: &str,
) -> Result<Vec<String>, OperationError> {
    let mut issuers = Vec::new();
    for issuer in snapshot.issuer_ids().await? {
        let signer = set_signer::view(snapshot, &issuer, keystile.now()).await?;
        if signer.root.as_deref() == Some(kid) {
            issuers.push(issuer.to_string());
        }
    }
    Ok(issuers)
}

async fn view(keystile: &Keystile, snapshot: &mut Snapshot, root: &Root) -> Result<RootView, OperationError> {
    let (mut pinned_everywhere, mut regions_reporting, mut waiting_for) = (true, 0, Vec::new());
    for issuer in snapshot.issuer_ids().await? {
        let regions = keystile.state(snapshot, &issuer).await?.regions;
        regions_reporting += regions.iter().filter(|region| !region.stale).count();
        if let Err(NotPinned { missing, .. }) = check_pinned(root.kid(), &regions) {
            pinned_everywhere = false;
            waiting_for.extend(missing);
        }
    }
    let public_jwk = serde_json::to_value(PublicJwk::of(&root.public))
        .map_err(|error| OperationError::Internal { detail: error.to_string() });
    Ok(RootView {
        kid: root.kid().to_owned(),
        bits: u32::try_from(root.public.bits()).unwrap_or(u32::MAX),
        public_jwk: public_jwk?,
        announced_at: root.announced_at,
        withdrawn_at: root.withdrawn_at,
        has_private_key: root.has_private_key,
        vouches_for: vouches_for(keystile, snapshot, root.kid()).await?,
        pinned_everywhere,
        regions_reporting,
        waiting_for,
    })
}

/// A JWK Set with one key, as `keystile root create` prints it.
fn one_key(jwks: &str) -> Result<PublicKey, OperationError> {
    let set = KeySet::from_jwks(jwks.as_bytes(), &Limits::default())
        .map_err(|error| refused(format!("it is no JWK Set with a public RSA key: {error}")))?;
    match set.keys() {
        [key] => Ok(key.clone()),
        keys => Err(refused(format!("it has {} keys: announce one at a time", keys.len()))),
    }
}

async fn is_token_key(snapshot: &mut Snapshot, key: &PublicKey) -> Result<bool, OperationError> {
    for issuer in snapshot.issuer_ids().await? {
        if snapshot.keys(&issuer).await?.iter().any(|token| token.kid() == key.thumbprint().as_str()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn refused(detail: String) -> OperationError {
    OperationError::InvalidInput { field: "jwks", detail }
}
