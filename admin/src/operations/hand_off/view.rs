//! What people are shown of the hand-off.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{HandOff, IssuerState, Timestamp};
use crate::hand_off::Target;

/// The targets of an issuer, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HandOffView {
    /// Names this list of targets, whatever stands in them. In `If-Match`, it keeps two people from undoing each other's work.
    pub revision: String,
    /// In the order of their names.
    pub targets: Vec<TargetView>,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TargetView {
    /// As it was set.
    pub target: Target,
    /// What is known about it.
    pub status: HandOffStatus,
}

/// What is known about a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HandOffStatus {
    /// Its name.
    pub target: String,
    /// The key that was read back there last; null before the first.
    pub held_kid: Option<String>,
    /// The version of the secret there.
    pub held_version: Option<String>,
    /// When that key arrived.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub arrived_at: Option<Timestamp>,
    /// When it was last seen to stand there.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seen_at: Option<Timestamp>,
    /// The key that it should hold now; null while what it holds is good enough.
    pub wanted_kid: Option<String>,
    /// Since when it lacks that key; null where it has it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub waiting_since: Option<Timestamp>,
    /// How often bringing it there, or looking, was tried in vain since the last success.
    pub tries: u32,
    /// Why the last try failed, and what to do.
    pub last_error: Option<String>,
    /// When it is tried again.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub next_try_at: Option<Timestamp>,
    /// How many versions there still hold keys from before.
    pub older_versions: usize,
}

/// Every target of an issuer.
pub(in crate::operations) fn status(state: &IssuerState, now: Timestamp) -> Vec<HandOffStatus> {
    state.hand_offs.iter().map(|target| one(state, target, now)).collect()
}

fn one(state: &IssuerState, target: &HandOff, now: Timestamp) -> HandOffStatus {
    let wanted = state.key_for(target, now).map(|key| key.kid().to_owned());
    let attempt = target.attempt.as_ref();
    let lacks = wanted.as_ref().is_some_and(|kid| !target.holds(kid));
    let held = target.held.as_ref();
    let older = target.older.iter().filter(|version| held.is_none_or(|held| held.version != **version));
    HandOffStatus {
        target: target.target.clone(),
        held_kid: held.map(|held| held.kid.clone()),
        held_version: held.map(|held| held.version.clone()),
        arrived_at: held.map(|held| held.arrived_at),
        seen_at: held.map(|held| held.arrived_at.max(target.looked_at)),
        waiting_since: attempt
            .filter(|attempt| lacks && Some(&attempt.kid) == wanted.as_ref())
            .map(|it| it.since),
        wanted_kid: wanted,
        tries: attempt.map_or(0, |attempt| attempt.tries),
        last_error: attempt.and_then(|attempt| attempt.error.clone()),
        next_try_at: attempt.filter(|attempt| attempt.tries > 0).map(|attempt| attempt.next_try_at),
        older_versions: older.count(),
    }
}
