//! The payload of the key set document: what is signed, and what the edge believes.

use std::cmp::Reverse;

use serde::Serialize;

use super::revoked::{Lists, NamedFilter};
use super::{Epochs, Issuer, Key, KeyRing, KeyState, PublishedRevocations, Timestamp};

/// How many keys that left are named. Older ones were refused as retired or revoked for years; now they are unknown.
const HISTORY: usize = 100;

/// What is known of a key set that was signed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeySetStamp {
    /// Its version.
    pub version: u64,
    /// When it was signed.
    pub issued_at: Timestamp,
    /// When readers stop believing it.
    pub expires_at: Timestamp,
}

/// The payload, format 1.
#[derive(Debug, Serialize)]
pub struct KeySetDocument<'a> {
    format: u8,
    iss: &'a str,
    iat: u64,
    exp: u64,
    version: u64,
    refresh: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_change: Option<u64>,
    keys: Vec<PublishedKey<'a>>,
    epochs: &'a Epochs,
    revoked: Lists<'a>,
    filters: Vec<NamedFilter<'a>>,
    history: Vec<DepartedKey<'a>>,
}

#[derive(Debug, Serialize)]
struct PublishedKey<'a> {
    #[serde(flatten)]
    jwk: PublicJwk,
    status: &'a str,
}

/// A public key as a JWK (RFC 7517). It has no member that could hold anything private.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicJwk {
    kty: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: String,
    n: String,
    e: String,
}

#[derive(Debug, Serialize)]
struct DepartedKey<'a> {
    kid: &'a str,
    status: &'a str,
    at: u64,
    reason: &'a str,
}

impl PublicJwk {
    /// The JWK of a public key, named by its thumbprint.
    pub fn of(key: &keystile_validator::PublicKey) -> Self {
        Self {
            kty: "RSA",
            usage: "sig",
            alg: "RS256",
            kid: key.thumbprint().as_str().to_owned(),
            n: base64url(key.modulus()),
            e: base64url(key.exponent()),
        }
    }
}

impl<'a> KeySetDocument<'a> {
    /// What version `stamp.version` says.
    pub fn compose(
        issuer: &'a Issuer,
        ring: &'a KeyRing,
        epochs: &'a Epochs,
        revoked: &'a PublishedRevocations,
        stamp: KeySetStamp,
    ) -> Self {
        Self {
            format: 1,
            iss: &issuer.iss,
            iat: stamp.issued_at.as_secs(),
            exp: stamp.expires_at.as_secs(),
            version: stamp.version,
            refresh: issuer.policy.propagation.refresh_secs,
            next_change: None,
            keys: ring.published().into_iter().map(published).collect(),
            epochs,
            revoked: revoked.lists(),
            filters: revoked.named_filters(),
            history: history(ring),
        }
    }
}

impl KeySetDocument<'_> {
    /// The same, saying when the keys are next planned to change: for those who keep copies.
    #[must_use]
    pub fn next_changing_at(self, at: Option<Timestamp>) -> Self {
        Self { next_change: at.map(Timestamp::as_secs), ..self }
    }
}

fn published(key: &Key) -> PublishedKey<'_> {
    PublishedKey { jwk: PublicJwk::of(&key.facts().public), status: key.state().as_str() }
}

/// The keys that left, latest first.
fn history(ring: &KeyRing) -> Vec<DepartedKey<'_>> {
    let mut departed: Vec<_> = ring.keys().filter_map(departed).collect();
    departed.sort_by_key(|key| Reverse(key.at));
    departed.truncate(HISTORY);
    departed
}

fn departed(key: &Key) -> Option<DepartedKey<'_>> {
    // The reasons of OpenID Federation 1.0, section 8.7. The operator's own words stay in the audit log: this is public.
    let (at, reason) = match key.state() {
        KeyState::Retired { retired_at, .. } => (retired_at, "superseded"),
        KeyState::Revoked { revoked_at, .. } => (revoked_at, "compromised"),
        _ => return None,
    };
    Some(DepartedKey { kid: key.kid(), status: key.state().as_str(), at: at.as_secs(), reason })
}

pub(super) fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
