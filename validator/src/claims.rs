//! The registered claims (RFC 7519 section 4.1), read strictly and judged by a policy.

use alloc::string::String;

use crate::{
    error::{Code, ValidationError},
    json::{Elements, Members, Value},
    policy::{Expected, Policy},
    time::{NumericDate, UnixTime},
};

/// The claims that rules apply to.
///
/// A claim of the wrong type is an error wherever it stands, also where no rule asks for it: read as absent, a
/// malformed `nbf` would be a token that is always valid.
#[derive(Clone, Debug)]
pub(crate) struct Claims<'d> {
    pub(crate) expires_at: Option<NumericDate>,
    pub(crate) not_before: Option<NumericDate>,
    pub(crate) issued_at: Option<NumericDate>,
    pub(crate) issuer: Option<&'d str>,
    pub(crate) audiences: Option<Audiences<'d>>,
    pub(crate) subject: Option<&'d str>,
    pub(crate) token_id: Option<&'d str>,
    pub(crate) session_id: Option<&'d str>,
    pub(crate) client_id: Option<&'d str>,
}

impl<'d> Claims<'d> {
    pub(crate) fn read(claims: Members<'d>) -> Result<Self, ValidationError> {
        let [mut exp, mut nbf, mut iat, mut iss, mut aud, mut sub, mut jti, mut sid, mut client_id] =
            [None; 9];
        for (name, value) in claims {
            // Names that are spelled here are compared without a call, unlike those of a list.
            let claim = match name {
                "exp" => &mut exp,
                "nbf" => &mut nbf,
                "iat" => &mut iat,
                "iss" => &mut iss,
                "aud" => &mut aud,
                "sub" => &mut sub,
                "jti" => &mut jti,
                "sid" => &mut sid,
                "client_id" => &mut client_id,
                _ => continue,
            };
            *claim = Some(value);
        }
        Ok(Self {
            expires_at: read("exp", exp, NumericDate::from_json)?,
            not_before: read("nbf", nbf, NumericDate::from_json)?,
            issued_at: read("iat", iat, NumericDate::from_json)?,
            issuer: read("iss", iss, Value::as_str)?,
            audiences: read("aud", aud, Audiences::read)?,
            subject: read("sub", sub, Value::as_str)?,
            token_id: read("jti", jti, Value::as_str)?,
            session_id: read("sid", sid, Value::as_str)?,
            client_id: read("client_id", client_id, Value::as_str)?,
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
        let is_vouched_for = |iss: &str| key_issuer.is_none_or(|issuer| issuer == iss);
        match (expected, self.issuer) {
            (Expected::OneOf(_), None) => Err(ValidationError::claim_missing("iss")),
            (Expected::OneOf(expected), Some(iss)) if is_one_of(iss, expected) && is_vouched_for(iss) => {
                Ok(())
            }
            (Expected::NotChecked, iss) if iss.is_none_or(is_vouched_for) => Ok(()),
            _ => Err(ValidationError::claim_mismatch(Code::IssuerMismatch, "iss")),
        }
    }

    fn check_audience(&self, expected: &Expected) -> Result<(), ValidationError> {
        let Expected::OneOf(expected) = expected else { return Ok(()) };
        let audiences = self.audiences.ok_or_else(|| ValidationError::claim_missing("aud"))?;
        if audiences.iter().any(|aud| is_one_of(aud, expected)) {
            Ok(())
        } else {
            Err(ValidationError::claim_mismatch(Code::AudienceMismatch, "aud"))
        }
    }
}

fn is_one_of(text: &str, expected: &[String]) -> bool {
    expected.iter().any(|expected| expected == text)
}

/// For whom a token is. One audience may be a string of its own instead of a list (RFC 7519 section 4.1.3).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Audiences<'d> {
    One(&'d str),
    // INVARIANT: all are strings.
    Several(Elements<'d>),
}

impl<'d> Audiences<'d> {
    fn read(value: Value<'d>) -> Option<Self> {
        match value {
            Value::String(audience) => Some(Self::One(audience)),
            Value::Array(list) => {
                let mut elements = list;
                elements.all(|value| value.as_str().is_some()).then_some(Self::Several(list))
            }
            _ => None,
        }
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'d str> {
        let (one, several) = match self {
            Self::One(audience) => (Some(audience), None),
            Self::Several(list) => (None, Some(list)),
        };
        one.into_iter().chain(several.into_iter().flatten().filter_map(Value::as_str))
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
    name: &'static str,
    value: Option<Value<'d>>,
    as_type: impl Fn(Value<'d>) -> Option<T>,
) -> Result<Option<T>, ValidationError> {
    let Some(value) = value else { return Ok(None) };
    as_type(value).map(Some).ok_or_else(|| ValidationError::claim_malformed(name))
}
