//! The evidence pack: what an auditor asks about a period, told from the audit log and the state of the server, as JSON
//! and as a page to print. It reads, and decides nothing.

mod approvals;
mod html;
mod requirements;
mod story;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::domain::Timestamp;
use crate::operations::api_tokens::ApiTokenView;
use crate::operations::legal_holds::LegalHoldView;
use crate::operations::users::UserView;

pub use html::page;
pub use requirements::{REQUIREMENTS, Requirement};
pub use story::{Signing, Story, matters_later, tells};

/// From the first instant to the last, the last not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    /// Its first instant.
    pub from: Timestamp,
    /// The instant after its last.
    pub to: Timestamp,
}

impl Period {
    /// Whether something happened within it.
    pub fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// Everything about a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvidencePack {
    /// The format's number: 1.
    pub format: u32,
    /// The period.
    pub period: Period,
    /// When the pack was made.
    pub made_at: Timestamp,
    /// Who made it.
    pub made_by: String,
    /// The program that made it.
    pub server_version: &'static str,
    /// Whether the log it is told from is the one that was written.
    pub verification: Verification,
    /// Each issuer's keys, and what happened to them.
    pub issuers: Vec<IssuerEvidence>,
    /// Every request of the period to do what takes two people, and what came of it.
    pub approvals: Vec<ApprovalEvidence>,
    /// Who could do what, and who looked at that.
    pub access: AccessEvidence,
    /// For how long all of this is kept, and what no longer is.
    pub keeping: KeepingEvidence,
    /// Which clause asks for which part.
    pub requirements: &'static [Requirement],
}

/// The result of checking the whole audit log, when the pack was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Whether every entry is the one that was written.
    pub ok: bool,
    /// The number of the last one that was checked.
    pub entries: u64,
    /// The number of the first one that is there; those before it were deleted in order.
    pub first: u64,
    /// The hash of the last one.
    pub head: Option<String>,
    /// The first that does not fit.
    pub first_broken_seq: Option<u64>,
    /// A signed note over all of it (C2SP tlog-checkpoint); absent where nothing can be signed.
    pub checkpoint: Option<String>,
    /// What the note is verified with.
    pub verifier: Option<String>,
}

/// An issuer in the period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IssuerEvidence {
    /// The name in paths.
    pub id: String,
    /// The `iss` claim.
    pub issuer: String,
    /// Days after which a key is to be replaced; 0 for never.
    pub rotation_interval_days: u32,
    /// After so many seconds every edge has what was pushed.
    pub propagation_bound_secs: u64,
    /// Every key that was there in the period.
    pub keys: Vec<KeyEvidence>,
    /// Every rotation that began in it.
    pub rotations: Vec<RotationEvidence>,
    /// Every emergency that was declared in it.
    pub emergencies: Vec<EmergencyEvidence>,
    /// Everything else that somebody decided about this issuer in it.
    pub decisions: Vec<Act>,
}

/// A key, and for how long it signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyEvidence {
    /// The key.
    pub kid: String,
    /// Its state when the pack was made.
    pub state: &'static str,
    /// The length of its modulus.
    pub bits: u32,
    /// When it was made, or came in.
    pub created_at: Timestamp,
    /// From when until when it signed; more than once where somebody rolled back.
    pub signed: Vec<Spell>,
    /// For how many whole days it had signed in all, by the end of the period or the making of the pack.
    pub signed_days: u64,
    /// Whether that is within the rotation interval; null where the policy sets none, and for a key that never signed.
    pub within_policy: Option<bool>,
    /// Whether the server still holds the private half.
    pub has_private_key: bool,
}

/// While a key signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Spell {
    /// The entry that says so; null where it was deleted, and the state of the key says it.
    pub entry: Option<u64>,
    /// When it began to sign.
    pub from: Timestamp,
    /// When another key signed in its place; null while it signs.
    pub to: Option<Timestamp>,
}

/// A rotation, with what was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RotationEvidence {
    /// The key that came.
    pub new_kid: String,
    /// The key that went.
    pub old_kid: String,
    /// Who began it, and why.
    pub started: Act,
    /// When the set with the new key was pushed and read back.
    pub published_at: Option<Timestamp>,
    /// When every region had it.
    pub confirmed_at: Option<Timestamp>,
    /// From being pushed to the last region: the measured propagation.
    pub propagation_secs: Option<u64>,
    /// When the new key began to sign.
    pub activated_at: Option<Timestamp>,
    /// Why it began before every region had confirmed it, where somebody overrode that.
    pub override_reason: Option<String>,
    /// When the old key left.
    pub retired_at: Option<Timestamp>,
    /// When it was called off.
    pub cancelled_at: Option<Timestamp>,
    /// The entries that say all of this.
    pub steps: Vec<Quote>,
    /// What the edges counted from its beginning until the old key had left, or until the end of the period.
    pub window: Window,
}

/// An emergency, with what was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EmergencyEvidence {
    /// Who declared it, and why.
    pub declared: Act,
    /// The key that was thrown out.
    pub revoked_kid: String,
    /// The key in its place.
    pub new_kid: Option<String>,
    /// From the command to the last region.
    pub seconds_to_last_region: Option<u64>,
    /// The entry that says so.
    pub confirmed: Option<Quote>,
    /// What the edges counted within a day of it.
    pub window: Window,
    /// The approval with which it was declared, or the broken glass; null where it took one person.
    pub approval: Option<Act>,
}

/// A request to do what takes two people.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApprovalEvidence {
    /// Its id.
    pub id: String,
    /// What was to be done, such as `emergency`.
    pub deed: String,
    /// SHA-256 of it with all its parameters.
    pub digest: String,
    /// Who asked, or went on alone (`approval.glass_broken`).
    pub asked: Act,
    /// Who approved or refused it.
    pub answered: Option<Act>,
    /// When it was done.
    pub used: Option<Act>,
    /// When it was too late for it.
    pub expired: Option<Act>,
    /// Who looked at it afterwards, where somebody had gone on alone.
    pub reviewed: Option<Act>,
}

/// What the edges counted within a window, which is widened to whole hours.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Window {
    /// Tokens accepted.
    pub accepted: u64,
    /// Refusals by code.
    pub refused: BTreeMap<String, u64>,
    /// Refusals that a change of keys can cause to a good token: an upper bound of the good tokens that were refused.
    pub refused_for_the_key: u64,
}

/// The codes of refusals that say that the key, and not the token, was the matter.
pub const KEY_CODES: [&str; 5] =
    ["kid_unknown", "key_retired", "key_revoked", "signature_invalid", "key_set_expired"];

impl Window {
    /// Reads counters as the edge names them: `accepted`, `refused/<code>`.
    pub fn of(counters: &BTreeMap<String, u64>) -> Self {
        let refused =
            counters.iter().filter_map(|(name, count)| Some((name.strip_prefix("refused/")?, *count)));
        let refused: BTreeMap<_, _> =
            refused.filter(|(_, count)| *count > 0).map(|(code, count)| (code.to_owned(), count)).collect();
        Self {
            accepted: counters.get("accepted").copied().unwrap_or(0),
            refused_for_the_key: KEY_CODES.iter().filter_map(|code| refused.get(*code)).sum(),
            refused,
        }
    }
}

/// Who could do what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AccessEvidence {
    /// Every API token that was valid at some instant of the period.
    pub api_tokens: Vec<ApiTokenView>,
    /// Everybody who could sign in by name at some instant of the period, with how many passkeys they have now.
    pub users: Vec<UserView>,
    /// Every time that somebody went through who has access.
    pub reviews: Vec<Act>,
    /// Grants, withdrawals, sessions, and private keys and exports handed out.
    pub acts: Vec<Act>,
    /// How many tokens were signed for callers of the API.
    pub tokens_minted: u64,
}

/// For how long records are kept.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KeepingEvidence {
    /// For how many days entries of the audit log are kept, when the pack was made; null for ever.
    pub retention_days: Option<u32>,
    /// Where entries were deleted: when the newest of them was written.
    pub deleted_until: Option<Timestamp>,
    /// Whether the period reaches back to where entries were deleted: then this pack does not tell all of it.
    pub period_is_incomplete: bool,
    /// Every legal hold that stood at some instant of the period, or was set for it.
    pub holds: Vec<LegalHoldView>,
    /// Every time that somebody set one of these, and that entries were deleted.
    pub acts: Vec<Act>,
}

/// The number of an entry, and what the pack takes from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// Its number in the log.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
}

/// An entry of the audit log, as the pack quotes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Act {
    /// Its number in the log.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// From where.
    pub from: Option<String>,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Why.
    pub reason: Option<String>,
    /// Within which request.
    pub request_id: Option<String>,
    /// The state before.
    pub before: Option<Value>,
    /// The state after.
    pub after: Option<Value>,
}
