//! The store holds a higher version than this database knows of, as after the restore of a backup: goes on above it.
//!
//! What the store holds was signed by a root of ours, so it is believed: keys that it calls revoked are revoked here,
//! keys that this database does not know go on verifying until their tokens have expired, epochs never fall, and what it
//! revokes by name stays revoked, in its lists and in its filters. The next version is the present second, which no
//! version that was ever signed can exceed (docs/format.md, section 2).

use keystile_validator::{Delegation, FilterReference, Limits, RevokedClaim, RootKeys, UnverifiedKeySet};
use serde::Serialize;
use utoipa::ToSchema;

use super::amendment::Amendment;
use super::foreign_filters::{self, ForeignFilter};
use super::{Keystile, OperationError, keystile, publication, reason, set_signer};
use crate::audit::Action;
use crate::domain::{Actor, IssuerId, Key, KeyFacts, KeySource, KeyState, Permission, Scope, Timestamp};
use crate::publish::{CloudflareKv, PublishError};
use crate::signing::PublishedSet;

/// What an overtaking is told.
#[derive(Debug, Clone, Default)]
pub struct OvertakeOrder {
    /// Why, for the audit log.
    pub reason: String,
    /// Whether to say only what would happen.
    pub dry_run: bool,
}

/// What an overtaking did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OvertakeView {
    /// The version in the store.
    pub found_version: u64,
    /// The version that goes above it.
    pub version: u64,
    /// Keys that verify again until their tokens have expired: this database did not know them.
    pub taken_over: Vec<String>,
    /// Keys that are revoked here too now.
    pub revoked: Vec<String>,
    /// How many revoked tokens and sessions of filters are taken over that this database did not know.
    pub filtered: u64,
    /// Whether nothing was done.
    pub dry_run: bool,
}

/// Publishes above what the store of the edge holds.
///
/// Refused with `nothing_to_overtake` where this database knows what the store holds, with
/// `active_key_revoked_elsewhere` where that says that the active key was revoked: declare an emergency first; and with
/// `filter_lost` where nobody can know any more what is revoked, unless every token so far is.
pub async fn overtake(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    order: OvertakeOrder,
) -> Result<OvertakeView, OperationError> {
    actor.may_at(Permission::Administer, issuer)?;
    let reason = reason::required("reason", &order.reason)?;
    let Some(kv) = &keystile.kv else { return Err(OperationError::KvNotConfigured) };
    let InTheStore { set: found, delegation, filters } = in_the_store(keystile, kv, issuer).await?;
    let filters = foreign_filters::read(keystile, kv, issuer, &filters).await?;
    let mut amendment = keystile.amend(issuer).await?;
    check_generation(&mut amendment, delegation.as_ref()).await?;
    if found.version < amendment.state.current.version {
        return Err(OperationError::NothingToOvertake);
    }
    let now = amendment.now;
    let version = now.as_secs();
    if version <= found.version {
        return Err(OperationError::VersionAheadOfClock { version: found.version.saturating_add(1), now });
    }
    // From here on the change counts from the present second.
    amendment.state.current.version = version.saturating_sub(1);
    let revoked = revoke_too(&mut amendment, &found)?;
    let taken_over = take_over(&mut amendment, &found)?;
    for (scope, value, epoch) in found.epochs.iter() {
        if let Some(scope) = Scope::new(scope, value) {
            amendment.state.epochs.raise(scope, Timestamp::from_secs(epoch));
        }
    }
    let all_refused = amendment.state.epochs.of(&Scope::All).is_some_and(|at| at.as_secs() > found.issued_at);
    let filters = filters.or_else(|lost| if all_refused { Ok(Vec::new()) } else { Err(lost) })?;
    let view = OvertakeView {
        found_version: found.version,
        version,
        taken_over,
        revoked,
        filtered: filters.iter().map(|filter| u64::from(filter.written.count)).sum(),
        dry_run: order.dry_run,
    };
    if order.dry_run {
        return Ok(view);
    }
    let after = serde_json::to_value(&view).ok();
    revoke_by_name(&mut amendment, &found, filters).await?;
    amendment.record(actor, Action::StoreOvertaken, issuer.as_str(), Some(&reason), None, after).await?;
    amendment.publish().await?;
    Ok(view)
}

/// What the store holds that this database has not signed last.
struct InTheStore {
    set: PublishedSet,
    delegation: Option<Delegation>,
    filters: Vec<FilterReference>,
}

/// The genuine set in the store that is not the one which this database has signed last.
async fn in_the_store(
    keystile: &Keystile,
    kv: &CloudflareKv,
    issuer: &IssuerId,
) -> Result<InTheStore, OperationError> {
    let value = kv.read(&publication::store_key(issuer)).await.map_err(|error| unreadable(&error))?;
    let mut snapshot = keystile.store.read().await?;
    let roots = keystile::roots(&mut snapshot).await?;
    let iss = keystile.state(&mut snapshot, issuer).await?.issuer.iss;
    let current = snapshot.current_key_set(issuer).await?.map(|set| set.document);
    let found = value
        .filter(|value| current.is_none_or(|ours| ours.as_bytes() != *value))
        .and_then(|value| read(&value, &roots, &iss));
    found.ok_or(OperationError::NothingToOvertake)
}

/// What a set of this issuer says that one of our roots vouches for.
fn read(value: &[u8], roots: &RootKeys, iss: &str) -> Option<InTheStore> {
    let signed = UnverifiedKeySet::parse(value, &Limits::default()).ok()?.verify(roots).ok()?;
    let set = PublishedSet::read(value).filter(|_| signed.issuer() == iss)?;
    Some(InTheStore { set, delegation: signed.delegation().cloned(), filters: signed.filters().to_vec() })
}

/// A reader that has seen a generation takes none below it, nor the same with another key, whatever the version.
async fn check_generation(
    amendment: &mut Amendment<'_>,
    found: Option<&Delegation>,
) -> Result<(), OperationError> {
    let (issuer, now) = (amendment.state.issuer.id.clone(), amendment.now);
    let ours = set_signer::view(&mut amendment.change, &issuer, now).await?;
    let (Some(found), Some(generation)) = (found, ours.generation) else { return Ok(()) };
    let is_same_key = ours.kid.as_deref() == Some(found.key().thumbprint().as_str());
    if generation > found.generation() || (generation == found.generation() && is_same_key) {
        return Ok(());
    }
    Err(OperationError::GenerationBelowStore { ours: generation, found: found.generation() })
}

pub(super) fn unreadable(error: &PublishError) -> OperationError {
    OperationError::StoreUnreadable { detail: format!("{error}; {}", error.help()) }
}

/// A key that was revoked once never comes back, whatever this database remembers.
fn revoke_too(amendment: &mut Amendment<'_>, found: &PublishedSet) -> Result<Vec<String>, OperationError> {
    let now = amendment.now;
    let ring = &mut amendment.state.ring;
    let mut revoked = Vec::new();
    for kid in found.revoked_kids() {
        match ring.get(kid).map(Key::state) {
            Ok(KeyState::Active { .. }) => {
                return Err(OperationError::ActiveKeyRevokedElsewhere { kid: kid.to_owned() });
            }
            Ok(
                KeyState::Pending
                | KeyState::Retiring { .. }
                | KeyState::Retired { sealed_until: Some(_), .. },
            ) => {
                ring.revoke(kid, "the key set in the store says that it was revoked".to_owned(), now)?;
                revoked.push(kid.to_owned());
            }
            _ => {}
        }
    }
    Ok(revoked)
}

/// What it revokes by name stays revoked until the longest-lived token has expired.
async fn revoke_by_name(
    amendment: &mut Amendment<'_>,
    found: &PublishedSet,
    filters: Vec<ForeignFilter>,
) -> Result<(), OperationError> {
    let issuer = amendment.state.issuer.id.clone();
    let life = amendment.state.longest_token_lifetime_secs() + amendment.state.issuer.policy.leeway_secs;
    let until = amendment.now.plus(life);
    let lists = [(RevokedClaim::TokenId, &found.revoked.jti), (RevokedClaim::SessionId, &found.revoked.sid)];
    for (claim, values) in lists {
        amendment.change.revoke_values(&issuer, claim, values, until).await?;
    }
    for filter in filters {
        filter.adopt(amendment, until).await?;
    }
    Ok(())
}

/// Tokens of a key that this database does not know were good until now, and stay good until they expire.
fn take_over(amendment: &mut Amendment<'_>, found: &PublishedSet) -> Result<Vec<String>, OperationError> {
    let (now, version) = (amendment.now, amendment.next_version());
    let longest = amendment.state.issuer.policy.longest_token_lifetime_secs();
    let mut taken_over = Vec::new();
    for key in &found.keys {
        if amendment.state.ring.get(key.thumbprint().as_str()).is_ok() {
            continue;
        }
        let facts = KeyFacts {
            longest_token_lifetime_secs: longest,
            ..KeyFacts::new(key.clone(), KeySource::Imported, now, version).without_private_key()
        };
        amendment.state.ring.take_over(facts, now)?;
        taken_over.push(key.thumbprint().as_str().to_owned());
    }
    Ok(taken_over)
}
