//! One change to an issuer's keys: state, audit entries, the new signed key set and the order to push it, all in one
//! transaction. Dropped before its end, it never was.

use keystile_gateway::CHANNEL_BOUND_SECS;
use serde_json::{Value, json};

use super::keystile::{Keystile, token_context};
use super::{KeyPlan, KeyView, OperationError, present, revocations};
use crate::audit::{Action, Record};
use crate::domain::{Actor, IssuerId, IssuerState, Key, KeySetDocument, KeySetStamp, Timestamp};
use crate::signing::{PrivateKey, sign_key_set};
use crate::store::{Change, StoredKeySet};

/// A change in the making. Nobody else writes while it lasts, so keep it short.
pub(super) struct Amendment<'k> {
    /// The issuer as it is going to be.
    pub(super) state: IssuerState,
    /// The instant of everything in it.
    pub(super) now: Timestamp,
    pub(super) change: Change,
    before: IssuerState,
    keystile: &'k Keystile,
}

impl Keystile {
    /// Begins a change to an issuer.
    ///
    /// Refused with `clock_disagrees` while this machine's clock is wrong: no window could be relied on.
    pub(super) async fn amend(&self, issuer: &IssuerId) -> Result<Amendment<'_>, OperationError> {
        // Before the change begins: nobody else writes while it lasts.
        self.clock_agrees().await?;
        let mut change = self.store.write().await?;
        let state = self.state(&mut change, issuer).await?;
        Ok(Amendment { before: state.clone(), now: self.now(), state, change, keystile: self })
    }
}

impl Amendment<'_> {
    /// The version that publishing this change is going to have.
    pub(super) fn next_version(&self) -> u64 {
        self.state.current.version.saturating_add(1)
    }

    /// Seals the private half of a key.
    pub(super) async fn keep_private_half(&mut self, key: &PrivateKey) -> Result<(), OperationError> {
        let context = token_context(&self.state.issuer.id, key.public().thumbprint().as_str());
        let sealed = self.keystile.seal(&mut self.change, &context, &key.to_pkcs8()?).await?;
        Ok(self.change.keep_secret(&context, &sealed).await?)
    }

    /// Writes down what was done to a key, with its state before and after.
    pub(super) async fn record_key(
        &mut self,
        actor: &Actor,
        action: Action,
        kid: &str,
        reason: Option<&str>,
    ) -> Result<(), OperationError> {
        let version = self.next_version();
        let before = self.before.ring.get(kid).ok().map(|key| json!({ "state": key.state().as_str() }));
        let after = self
            .state
            .ring
            .get(kid)
            .ok()
            .map(|key| json!({ "state": key.state().as_str(), "version": version }));
        self.record(actor, action, kid, reason, before, after).await
    }

    /// Writes down what was done.
    pub(super) async fn record(
        &mut self,
        actor: &Actor,
        action: Action,
        subject: &str,
        reason: Option<&str>,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Result<(), OperationError> {
        let record = Record::new(self.now, actor, action, subject)
            .of_issuer(&self.state.issuer.id)
            .because(reason)
            .changing(before, after);
        Ok(self.change.record(record).await?)
    }

    /// Signs the key set that follows from the change, and commits both.
    pub(super) async fn publish(mut self) -> Result<IssuerState, OperationError> {
        self.sign().await?;
        self.keystile.origins.remember(self.state.issuer.id.as_str(), self.state.current.version);
        self.commit().await
    }

    /// Signs the key set that follows from the change. A dry run goes as far, and no further.
    pub(super) async fn sign(&mut self) -> Result<(), OperationError> {
        let last = self.state.current;
        if self.now < last.issued_at {
            return Err(OperationError::ClockWentBack { now: self.now, last: last.issued_at });
        }
        let version = self.next_version();
        if version > self.now.as_secs() {
            return Err(OperationError::VersionAheadOfClock { version, now: self.now });
        }
        let issuer = &self.state.issuer;
        let (signer, ends_at) = self.keystile.set_signer(&mut self.change, &issuer.id).await?;
        let expires_at = self.now.plus(issuer.policy.key_set_lifetime_secs);
        // No reader believes a key set for longer than its delegation.
        let expires_at = ends_at.map_or(expires_at, |end| end.min(expires_at));
        let stamp = KeySetStamp { version, issued_at: self.now, expires_at };
        self.state.epochs.prune(self.state.longest_token_lifetime_secs(), &issuer.policy, self.now);
        let revoked = revocations::published(&mut self.change, &issuer.id, self.now).await?;
        let document = KeySetDocument::compose(issuer, &self.state.ring, &self.state.epochs, &revoked, stamp);
        let document = document.next_changing_at(self.state.next_change(self.now));
        let document = sign_key_set(&signer, &document, &issuer.iss, stamp)?;
        self.change.note_revoked_published(&issuer.id, revoked.last).await?;
        self.change.add_key_set(&issuer.id, &StoredKeySet { stamp, document }).await?;
        self.state.current = stamp;
        Ok(())
    }

    /// Writes the rotation as it is now, ahead of the rest: where one change ends a rotation and begins the next.
    pub(super) async fn save_rotation(&mut self) -> Result<(), OperationError> {
        if let Some(rotation) = &self.state.rotation {
            self.change.save_rotation(&self.state.issuer.id, rotation).await?;
        }
        Ok(())
    }

    /// Commits a change that the edge need not know of.
    pub(super) async fn commit(mut self) -> Result<IssuerState, OperationError> {
        let (before, state) = (&self.before, &self.state);
        let issuer = &state.issuer;
        if before.issuer != *issuer {
            self.change.save_issuer(issuer).await?;
        }
        self.change.save_ring(&issuer.id, Some(&before.ring), &state.ring).await?;
        self.change.save_epochs(&issuer.id, &before.epochs, &state.epochs).await?;
        if let Some(emergency) = state.emergency.as_ref().filter(|_| state.emergency != before.emergency) {
            self.change.save_emergency(&issuer.id, emergency).await?;
        }
        if state.rotation != before.rotation {
            self.save_rotation().await?;
        }
        self.change.commit().await?;
        self.keystile.bell.notify_one();
        if private_halves(&self.state) < private_halves(&self.before) {
            // The row is gone and overwritten already; this empties the log it may still stand in.
            if let Err(error) = self.keystile.store.scrub().await {
                tracing::warn!(%error, "the write-ahead log could not be emptied; the next destroyed key tries again");
            }
        }
        Ok(self.state)
    }

    /// Gives the change up, and says what it would have done to a key.
    pub(super) async fn plan(mut self, kid: &str) -> Result<KeyPlan, OperationError> {
        if self.state != self.before {
            self.sign().await?;
        }
        let (state, before) = (&self.state, &self.before);
        let uses = self.change.key_uses(&state.issuer.id).await?;
        let introduced_in = state.ring.get(kid)?.facts().introduced_in;
        let reporting = || before.regions.iter().filter(|region| !region.stale);
        let lacking = reporting().filter(|region| !region.has(introduced_in));
        Ok(KeyPlan {
            key: present::key(state, state.ring.get(kid)?, &uses, self.now)?,
            active_kid: state.ring.active().kid().to_owned(),
            version: state.current.version,
            regions_reporting: reporting().count(),
            regions_without_key: lacking.map(|region| region.name.clone()).collect(),
            arrival_bound_secs: state.issuer.policy.arrival_bound_secs(),
            channel_bound_secs: self.keystile.emergency_channel.as_ref().map(|_| CHANNEL_BOUND_SECS),
        })
    }

    /// Publishes the change, if it is one, and shows a key as it stands then.
    pub(super) async fn done(mut self, kid: &str) -> Result<KeyView, OperationError> {
        let (uses, now) = (self.change.key_uses(&self.state.issuer.id).await?, self.now);
        let state = if self.state == self.before { self.before } else { self.publish().await? };
        present::key(&state, state.ring.get(kid)?, &uses, now)
    }
}

fn private_halves(state: &IssuerState) -> usize {
    state.ring.keys().filter(|key: &&Key| key.facts().has_private_key).count()
}
