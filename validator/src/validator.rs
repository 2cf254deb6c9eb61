//! The only way from a token to its claims.

mod registered_claims;
mod suspected_token;
mod validated_token;

use alloc::{string::String, vec::Vec};

pub use suspected_token::{SuspectedToken, Verdict};
#[cfg(feature = "serde")]
pub use validated_token::UnexpectedClaims;
pub use validated_token::ValidatedToken;

use registered_claims::RegisteredClaims;

use crate::{
    claims::{self, Claims},
    error::{Code, ValidationError},
    floor::Floor,
    header::{self, Header},
    json::Document,
    key::{KeyId, PublicKey},
    key_set::KeySet,
    key_set_error::KeySetError,
    lifetime::Lifetime,
    policy::Policy,
    revocation::Suspicion,
    time::UnixTime,
    token::{CompactJws, HeaderBytes, SignatureBytes},
};

/// Judges tokens by a key set and a policy.
#[derive(Clone, Debug)]
pub struct Validator {
    key_set: KeySet,
    floor: Floor,
    policy: Policy,
}

impl Validator {
    /// A validator that believes `key_set` and demands what `policy` says.
    pub fn new(key_set: KeySet, policy: Policy) -> Self {
        let mut floor = Floor::default();
        floor.raise(&key_set);
        Self { key_set, floor, policy }
    }

    /// Returns the token's content only if the token is to be believed at `now`.
    ///
    /// By a key set with filters of revoked tokens, a token that a filter has a hit for is refused, though it may be
    /// good: [`Validator::judge`] gives it a hearing.
    pub fn validate(&self, token: &[u8], now: UnixTime) -> Result<ValidatedToken, ValidationError> {
        match self.judge(token, now)? {
            Verdict::Believed(token) => Ok(token),
            Verdict::Suspected(token) => token.confirm(&[]),
        }
    }

    /// Judges a token at `now`: it is believed, or suspected until an exact list clears it, or refused.
    ///
    /// The checks are made in a fixed order, cheap before dear and the signature before every claim, so that of
    /// several faults the same one is always reported, and nothing of what a forger wrote is judged.
    pub fn judge(&self, token: &[u8], now: UnixTime) -> Result<Verdict, ValidationError> {
        let mut header = HeaderBytes::new();
        let (jws, header) = self.open(token, &mut header)?;
        let (key, is_named) = self.verify_signature(&jws, header, now)?;

        let payload = jws.decode_payload().map_err(|_| Code::Base64urlInvalid)?;
        let payload = String::from_utf8(payload).map_err(|_| Code::ClaimsMalformed)?;
        let (claims, lifetime, suspicions) = self.judge_claims(&payload, key, now)?;
        Ok(Verdict::new(
            ValidatedToken::new(header, payload, claims, (key.kid(), is_named), lifetime),
            suspicions,
        ))
    }

    /// The key that a token names, if the key set has it or is known to have had it: what a refused token may be counted
    /// under.
    ///
    /// It says nothing about who made the token: whoever knows the name of a key can write it into one.
    pub fn key_named_by(&self, token: &[u8]) -> Option<KeyId> {
        let mut header = HeaderBytes::new();
        let (_, header) = self.open(token, &mut header).ok()?;
        let document = header::parse(header, self.policy.limits.json_depth()).ok()?;
        self.key_set.known_name(Header::read(document.members()).ok()?.kid()?)
    }

    /// Puts a newer key set in the place of the present one.
    ///
    /// A signed set gives way only to a signed set of the same issuer that is not below the [`Floor`] of all before it:
    /// one with a higher version or itself, under a delegation that was not withdrawn, without a key that was revoked.
    /// On refusal the present set stays.
    pub fn replace_key_set(&mut self, key_set: KeySet) -> Result<(), KeySetError> {
        self.key_set.check_successor(&key_set, &self.floor)?;
        self.floor.raise(&key_set);
        self.key_set = key_set;
        Ok(())
    }

    /// The key set that tokens are judged by.
    pub fn key_set(&self) -> &KeySet {
        &self.key_set
    }

    /// The policy that tokens are judged by.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The segments of a token, and its header as the text that is in `bytes` from now on.
    fn open<'t, 'h>(
        &self,
        token: &'t [u8],
        bytes: &'h mut HeaderBytes,
    ) -> Result<(CompactJws<'t>, &'h str), ValidationError> {
        if token.len() > self.policy.limits.token_bytes() {
            return Err(Code::TokenTooLarge.into());
        }
        let jws = CompactJws::parse(token).ok_or(Code::TokenMalformed)?;
        if jws.header_len() > self.policy.limits.header_bytes() {
            return Err(Code::HeaderTooLarge.into());
        }
        jws.decode_header(bytes).map_err(|_| Code::Base64urlInvalid)?;
        let header = str::from_utf8(bytes).map_err(|_| Code::HeaderMalformed)?;
        Ok((jws, header))
    }

    /// Finds the key that signed the token with this header, and says whether the header names it.
    ///
    /// Up to the signature nothing is taken from the heap, except for headers that are extraordinary ([`Document`] says
    /// when), so that refusing a flood of bad tokens costs no more than reading their headers.
    fn verify_signature(
        &self,
        jws: &CompactJws,
        header: &str,
        now: UnixTime,
    ) -> Result<(&PublicKey, bool), ValidationError> {
        let document = header::parse(header, self.policy.limits.json_depth())?;
        let header = Header::read(document.members())?;
        if let Some(expected) = &self.policy.typ {
            header.check_typ(expected)?;
        }
        if header.kid().is_none() && !self.policy.allow_missing_kid {
            return Err(Code::KidMissing.into());
        }
        if self.key_set.is_expired(now) {
            return Err(Code::KeySetExpired.into());
        }
        let candidates = self.key_set.candidates(header.kid())?;
        let mut signature = SignatureBytes::from([0; _]);
        jws.decode_signature(&mut signature).map_err(|_| Code::Base64urlInvalid)?;
        let signed = |key: &&PublicKey| key.verify(jws.signing_input(), &signature).is_ok();
        let signer = candidates.iter().find(signed).ok_or(Code::SignatureInvalid)?;
        Ok((signer, header.kid().is_some()))
    }

    /// Reads and judges the claims, whose signature `key` has verified, and says how long the verdict holds, and what has
    /// to be confirmed before it does.
    fn judge_claims(
        &self,
        json: &str,
        key: &PublicKey,
        now: UnixTime,
    ) -> Result<(RegisteredClaims, Lifetime, Vec<Suspicion>), ValidationError> {
        let document = Document::parse(json, self.policy.limits.json_depth())
            .map_err(|error| error.code(Code::ClaimsMalformed, Code::DuplicateMember))?;
        let claims = Claims::read(document.members())?;
        claims.judge(&self.policy, self.key_set.issuer(), now)?;
        claims::check_required(document.members(), &self.policy)?;
        let suspicions = self.key_set.check_revocations(&claims, key.kid())?;
        let lifetime = Lifetime::new(&claims, &self.policy, self.key_set.expires());
        Ok((RegisteredClaims::new(&claims, json), lifetime, suspicions))
    }
}
