//! The registered claims (RFC 7519 section 4.1), read strictly and judged by a policy.

use crate::{
    error::{Code, ValidationError},
    json::{Members, Value},
    policy::{Expected, Policy},
    time::{NumericDate, UnixTime},
};

/// The claims that rules apply to.
///
/// A claim of the wrong type is an error wherever it stands, also where no rule asks for it: read as absent, a
/// malformed `nbf` would be a token that is always valid.
#[derive(Clone, Debug)]
pub(crate) struct Claims {
    pub(crate) expires_at: Option<NumericDate>,
    pub(crate) not_before: Option<NumericDate>,
    pub(crate) issued_at: Option<NumericDate>,
    pub(crate) issuer: Option<String>,
    pub(crate) audiences: Option<Vec<String>>,
    pub(crate) subject: Option<String>,
    pub(crate) token_id: Option<String>,
    pub(crate) session_id: Option<String>,
    pub(crate) client_id: Option<String>,
}

impl Claims {
    pub(crate) fn read(claims: Members) -> Result<Self, ValidationError> {
        Ok(Self {
            expires_at: read(claims, "exp", NumericDate::from_json)?,
            not_before: read(claims, "nbf", NumericDate::from_json)?,
            issued_at: read(claims, "iat", NumericDate::from_json)?,
            issuer: read(claims, "iss", Value::to_text)?,
            audiences: read(claims, "aud", audiences)?,
            subject: read(claims, "sub", Value::to_text)?,
            token_id: read(claims, "jti", Value::to_text)?,
            session_id: read(claims, "sid", Value::to_text)?,
            client_id: read(claims, "client_id", Value::to_text)?,
        })
    }

    /// Returns `Ok` only if the claims are what `policy` demands at `now`.
    ///
    /// `key_issuer` is the issuer whose tokens the keys verify, where the key set says so: a token of another one is
    /// not vouched for by these keys, even if the policy takes both (RFC 8725 section 3.8).
    pub(crate) fn judge(
        &self,
        policy: &Policy,
        key_issuer: Option<&str>,
        now: UnixTime,
    ) -> Result<(), ValidationError> {
        self.check_times(policy, NumericDate::from(now))?;
        self.check_issuer(&policy.issuer, key_issuer)?;
        self.check_audience(&policy.audience)
    }

    fn check_times(&self, policy: &Policy, now: NumericDate) -> Result<(), ValidationError> {
        let latest = now.plus(policy.leeway);
        if self.expires_at.is_some_and(|exp| now >= exp.plus(policy.leeway)) {
            return Err(ValidationError::claim_mismatch(Code::TokenExpired, "exp"));
        }
        if self.not_before.is_some_and(|nbf| nbf > latest) {
            return Err(ValidationError::claim_mismatch(Code::TokenNotYetValid, "nbf"));
        }
        // RFC 7519 gives `iat` no rule of its own, so it is judged only where the age of the token matters.
        let Some(max_age) = policy.max_token_age else { return Ok(()) };
        let iat = self.issued_at.ok_or_else(|| ValidationError::claim_missing("iat"))?;
        if iat > latest {
            return Err(ValidationError::claim_mismatch(Code::TokenNotYetValid, "iat"));
        }
        if now > iat.plus(max_age).plus(policy.leeway) {
            return Err(ValidationError::claim_mismatch(Code::TokenTooOld, "iat"));
        }
        Ok(())
    }

    fn check_issuer(&self, expected: &Expected, key_issuer: Option<&str>) -> Result<(), ValidationError> {
        let is_vouched_for = |iss: &String| key_issuer.is_none_or(|issuer| issuer == iss);
        match (expected, &self.issuer) {
            (Expected::OneOf(_), None) => Err(ValidationError::claim_missing("iss")),
            (Expected::OneOf(expected), Some(iss)) if expected.contains(iss) && is_vouched_for(iss) => Ok(()),
            (Expected::NotChecked, iss) if iss.as_ref().is_none_or(is_vouched_for) => Ok(()),
            _ => Err(ValidationError::claim_mismatch(Code::IssuerMismatch, "iss")),
        }
    }

    fn check_audience(&self, expected: &Expected) -> Result<(), ValidationError> {
        let Expected::OneOf(expected) = expected else { return Ok(()) };
        let audiences = self.audiences.as_ref().ok_or_else(|| ValidationError::claim_missing("aud"))?;
        if audiences.iter().any(|aud| expected.contains(aud)) {
            Ok(())
        } else {
            Err(ValidationError::claim_mismatch(Code::AudienceMismatch, "aud"))
        }
    }
}

/// Returns `Ok` only if every claim that `policy` requires is there, registered or not.
pub(crate) fn check_required(claims: Members, policy: &Policy) -> Result<(), ValidationError> {
    match policy.required_claims.iter().find(|name| claims.get(name).is_none()) {
        None => Ok(()),
        Some(name) => Err(ValidationError::claim_missing(name.clone())),
    }
}

/// Reads the claim `name`. Absent is one thing, and there with the wrong type another.
fn read<'d, T>(
    claims: Members<'d>,
    name: &'static str,
    as_type: impl Fn(Value<'d>) -> Option<T>,
) -> Result<Option<T>, ValidationError> {
    let Some(value) = claims.get(name) else { return Ok(None) };
    as_type(value).map(Some).ok_or_else(|| ValidationError::claim_malformed(name))
}

/// One audience may be a string of its own instead of a list (RFC 7519 section 4.1.3).
fn audiences(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Array(list) => list.map(Value::to_text).collect(),
        audience => Some(vec![audience.to_text()?]),
    }
}
