//! The whole server at a glance.

use super::{IssuerStatus, Keystile, OperationError, StatusView, hand_off, present, set_signer};
use crate::domain::{Actor, IssuerId, Permission, Timestamp};
use crate::store::{Snapshot, StoreError};

/// Every issuer: its key, its version, its push, its edge, its rotation.
pub async fn status(keystile: &Keystile, actor: &Actor) -> Result<StatusView, OperationError> {
    actor.may(Permission::Read)?;
    let now = keystile.now();
    let mut snapshot = keystile.store.read().await?;
    let mut issuers = Vec::new();
    for id in snapshot.issuer_ids().await? {
        issuers.push(issuer(keystile, &mut snapshot, &id, now).await?);
    }
    Ok(StatusView { server_version: env!("CARGO_PKG_VERSION"), now, issuers })
}

/// Returns `Ok` only if the database can be read and written and the master key is the right one: for `/readyz`.
pub async fn ready(keystile: &Keystile) -> Result<(), OperationError> {
    keystile.unsealed().await?;
    match keystile.store.write().await {
        // Nothing is written. A database that another is writing can be written.
        Ok(_) | Err(StoreError::Busy) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn issuer(
    keystile: &Keystile,
    snapshot: &mut Snapshot,
    id: &IssuerId,
    now: Timestamp,
) -> Result<IssuerStatus, OperationError> {
    let state = keystile.state(snapshot, id).await?;
    let sums = snapshot.edge_counters(id).await?;
    let push = snapshot.push_state(id).await?;
    let uses = snapshot.key_uses(id).await?;
    let under_way = state.rotation.as_ref().filter(|rotation| rotation.is_under_way(&state.ring));
    let unconfirmed = state.emergency.as_ref().filter(|emergency| emergency.confirmed_at.is_none());
    Ok(IssuerStatus {
        id: id.to_string(),
        issuer: state.issuer.iss.clone(),
        active_kid: state.ring.active().kid().to_owned(),
        version: state.current.version,
        pushed_version: push.pushed_version,
        push: present::push(&push),
        signer: set_signer::view(snapshot, id, now).await?,
        store: snapshot.store_watch(id).await?.map(present::store),
        edge: present::edge(&state, &sums, &push, now),
        hand_off: hand_off::status(&state, now),
        without_kid: present::without_kid(&state, &uses),
        next_rotation_at: state.next_rotation_at(now),
        emergency: unconfirmed.map(|emergency| present::emergency(&state, emergency)),
        rotation: under_way.map(|rotation| present::rotation(&state, rotation)),
    })
}
