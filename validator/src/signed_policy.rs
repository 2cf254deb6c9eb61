//! A gateway's policy that a root vouches for: the text of a policy document, in the envelope of a key set. What the text
//! means is for the gateway to say.

use alloc::string::String;

use crate::{
    delegation::Delegation,
    envelope::Envelope,
    json::Document,
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    root_keys::RootKeys,
    time::{NumericDate, UnixTime},
};

/// The type of a signed policy. It is one of our own, so that no signature of a root can be taken for another's.
const TYP: &str = "keystile-policy+jwt";

/// By how many seconds the clocks of the server that signs and of a reader may differ.
const CLOCK_SKEW: u64 = 30;

/// The text of a policy that a root vouches for, for the gateways of one issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPolicy {
    version: u64,
    text: String,
}

impl SignedPolicy {
    /// A policy has 256 KiB at most, and grows in JSON and base64url.
    pub const MAX_BYTES: usize = 768 * 1024;

    /// Returns the policy only if one of `roots` signed it for the gateways of `issuer`, or a key that one of `roots`
    /// delegates it to. Whether it is new enough is for whoever remembers the last one to say.
    pub fn verify(jws: &[u8], roots: &RootKeys, issuer: &str, now: UnixTime) -> Result<Self, KeySetError> {
        let (limits, now) = (Limits::default(), NumericDate::from(now));
        if jws.len() > Self::MAX_BYTES {
            return Err(KeySetCode::KeySetTooLarge.into());
        }
        let envelope = Envelope::parse(jws, TYP, &limits)?;
        let delegation = envelope.delegation(roots, &limits)?;
        let payload = envelope.open(envelope.signer(delegation.as_ref(), roots)?)?;
        let said = Said::read(&payload, &limits).ok_or(KeySetCode::DocumentMalformed)?;
        let is_delegated = |delegation: &Delegation| delegation.issuer == said.issuer;
        if !delegation.as_ref().is_none_or(is_delegated) {
            return Err(KeySetCode::DelegationIssuerMismatch.into());
        }
        if said.issuer != issuer {
            return Err(KeySetCode::DocumentIssuerMismatch.into());
        }
        if let Some(delegation) = &delegation {
            delegation.check_time(now, CLOCK_SKEW)?;
        }
        if said.issued_at > now.plus(CLOCK_SKEW) {
            return Err(KeySetCode::DocumentNotYetValid.into());
        }
        Ok(said.policy)
    }

    /// The version. A reader takes none that is below the highest it has seen.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The policy document.
    pub fn text(&self) -> &str {
        &self.text
    }
}

struct Said {
    issuer: String,
    issued_at: NumericDate,
    policy: SignedPolicy,
}

impl Said {
    /// Reads a payload whose signature has been checked.
    fn read(payload: &[u8], limits: &Limits) -> Option<Self> {
        let document = Document::parse(str::from_utf8(payload).ok()?, limits.json_depth()).ok()?;
        let members = document.members();
        members.get("format")?.as_u64().filter(|format| *format == 1)?;
        let issued_at = NumericDate::from_json(members.get("iat")?)?;
        // As with key sets: no issuer publishes more often than once a second from 1970 on.
        let version = members.get("version")?.as_u64()?;
        let is_counted = version >= 1 && version <= issued_at.to_unix_time().as_secs();
        Some(Self {
            issuer: members.get("iss")?.to_text()?,
            issued_at,
            policy: SignedPolicy { version, text: members.get("policy")?.to_text()? },
        })
        .filter(|_| is_counted)
    }
}
