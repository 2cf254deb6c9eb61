//! What the caller expects of a token.

use alloc::{borrow::ToOwned, string::String, vec, vec::Vec};
use core::marker::PhantomData;

use crate::limits::Limits;

/// What a claim is expected to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// One of these, compared byte by byte.
    OneOf(Vec<String>),
    /// Anything, or nothing. For `aud` this departs from RFC 7519 section 4.1.3: say it only where it is meant. An `iss`
    /// other than that of a signed key set is refused all the same, since its keys do not vouch for it.
    NotChecked,
}

impl Expected {
    /// One of `values`.
    pub fn one_of<V: Into<String>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::OneOf(values.into_iter().map(Into::into).collect())
    }
}

/// What a token must be to be believed, beyond its signature.
///
/// Whose tokens are taken, and for whom, is a decision that no default can make, so a policy cannot be built
/// without both:
///
/// ```
/// use keystile_validator::{Expected, Policy};
///
/// let policy = Policy::builder()
///     .issuer(Expected::one_of(["https://issuer.example"]))
///     .audience(Expected::NotChecked)
///     .leeway(10)
///     .build()?;
/// # Ok::<(), keystile_validator::PolicyError>(())
/// ```
///
/// ```compile_fail,E0599
/// use keystile_validator::{Expected, Policy};
///
/// let policy = Policy::builder().audience(Expected::one_of(["api"])).build();
/// ```
///
/// ```compile_fail,E0599
/// use keystile_validator::{Expected, Policy};
///
/// let policy = Policy::builder().issuer(Expected::one_of(["https://issuer.example"])).build();
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) issuer: Expected,
    pub(crate) audience: Expected,
    pub(crate) leeway: u64,
    pub(crate) required_claims: Vec<String>,
    pub(crate) typ: Option<Vec<MediaType>>,
    pub(crate) max_token_age: Option<u64>,
    pub(crate) allow_missing_kid: bool,
    pub(crate) limits: Limits,
}

impl Policy {
    /// The leeway unless another is set, in seconds.
    pub const DEFAULT_LEEWAY: u64 = 30;

    /// Starts a policy: `exp` required, 30 seconds of leeway, a `kid` in every token, the default limits.
    pub fn builder() -> PolicyBuilder<Undecided, Undecided> {
        let policy = Policy {
            issuer: Expected::NotChecked,
            audience: Expected::NotChecked,
            leeway: Self::DEFAULT_LEEWAY,
            required_claims: vec!["exp".to_owned()],
            typ: None,
            max_token_age: None,
            allow_missing_kid: false,
            limits: Limits::default(),
        };
        PolicyBuilder { policy, decided: PhantomData }
    }
}

/// A decision that still has to be made.
#[derive(Debug)]
pub enum Undecided {}

/// A decision that has been made.
#[derive(Debug)]
pub enum Decided {}

/// A [`Policy`] in the making. `build` exists once issuer and audience are decided.
#[derive(Clone, Debug)]
pub struct PolicyBuilder<Issuer, Audience> {
    policy: Policy,
    decided: PhantomData<(Issuer, Audience)>,
}

impl<Issuer, Audience> PolicyBuilder<Issuer, Audience> {
    /// Decides which `iss` is taken.
    pub fn issuer(self, issuer: Expected) -> PolicyBuilder<Decided, Audience> {
        PolicyBuilder { policy: Policy { issuer, ..self.policy }, decided: PhantomData }
    }

    /// Decides which `aud` is taken. A token for several audiences is taken if one of them is expected.
    pub fn audience(self, audience: Expected) -> PolicyBuilder<Issuer, Decided> {
        PolicyBuilder { policy: Policy { audience, ..self.policy }, decided: PhantomData }
    }

    /// Sets by how many seconds the clocks may differ. A token is expired once `now >= exp + leeway`.
    pub fn leeway(mut self, secs: u64) -> Self {
        self.policy.leeway = secs;
        self
    }

    /// Sets which claims must be there, replacing the default `exp`. An expected `iss` or `aud` is required anyway.
    pub fn required_claims<C: Into<String>>(mut self, claims: impl IntoIterator<Item = C>) -> Self {
        self.policy.required_claims = claims.into_iter().map(Into::into).collect();
        self
    }

    /// Demands one of these `typ` header parameters, compared as media types: without case, and `at+jwt` is
    /// `application/at+jwt` (RFC 7515 section 4.1.9).
    pub fn typ<T: AsRef<str>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.policy.typ = Some(types.into_iter().map(|typ| MediaType::new(typ.as_ref())).collect());
        self
    }

    /// Demands `iat`, at most this many seconds ago and not in the future, leeway aside.
    pub fn max_token_age(mut self, secs: u64) -> Self {
        self.policy.max_token_age = Some(secs);
        self
    }

    /// Allows tokens without `kid`, which are tried against the first four keys of the set.
    pub fn allow_missing_kid(mut self, allow: bool) -> Self {
        self.policy.allow_missing_kid = allow;
        self
    }

    /// Sets the limits for tokens.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.policy.limits = limits;
        self
    }
}

impl PolicyBuilder<Decided, Decided> {
    /// The policy, unless one of its lists is empty, since an empty list would refuse every token.
    pub fn build(self) -> Result<Policy, PolicyError> {
        let is_empty = |expected: &Expected| matches!(expected, Expected::OneOf(values) if values.is_empty());
        if is_empty(&self.policy.issuer) {
            return Err(PolicyError::NoIssuer);
        }
        if is_empty(&self.policy.audience) {
            return Err(PolicyError::NoAudience);
        }
        if self.policy.typ.as_ref().is_some_and(Vec::is_empty) {
            return Err(PolicyError::NoType);
        }
        Ok(self.policy)
    }
}

/// A policy that would refuse every token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The list of issuers is empty.
    #[error("the list of expected issuers is empty; name one, or say that the issuer is not checked")]
    NoIssuer,
    /// The list of audiences is empty.
    #[error("the list of expected audiences is empty; name one, or say that the audience is not checked")]
    NoAudience,
    /// The list of types is empty.
    #[error("the list of expected types is empty; name one, or leave the list out")]
    NoType,
}

/// What a `typ` without a slash leaves out.
const APPLICATION: &str = "application/";

/// A media type in the form in which two of them can be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MediaType(String);

impl MediaType {
    /// Restores the `application/` that RFC 7515 section 4.1.9 lets a `typ` leave out, and the lower case.
    pub(crate) fn new(typ: &str) -> Self {
        let typ = typ.to_ascii_lowercase();
        Self(if typ.contains('/') { typ } else { APPLICATION.to_owned() + &typ })
    }

    /// Whether `typ`, as it stands in a header, names this type.
    pub(crate) fn is_named(&self, typ: &str) -> bool {
        let short = self.0.strip_prefix(APPLICATION).filter(|short| !short.contains('/'));
        self.0.eq_ignore_ascii_case(typ) || short.is_some_and(|short| short.eq_ignore_ascii_case(typ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_compared_without_case_and_with_or_without_application() {
        for typ in ["AT+JWT", "application/at+jwt", "APPLICATION/at+JWT", "at+jwt"] {
            assert_eq!(MediaType::new("AT+JWT"), MediaType::new(typ));
            assert!(MediaType::new("AT+JWT").is_named(typ) && MediaType::new(typ).is_named("at+jwt"));
        }
        assert_ne!(MediaType::new("JWT"), MediaType::new("at+jwt"));
        assert!(!MediaType::new("JWT").is_named("at+jwt"));
    }

    #[test]
    fn a_type_with_another_slash_is_not_completed() {
        assert_ne!(MediaType::new("text/jwt"), MediaType::new("application/text/jwt"));
        assert!(!MediaType::new("application/text/jwt").is_named("text/jwt"));
    }

    #[test]
    fn a_policy_that_would_refuse_every_token_is_not_built() {
        let none: [&str; 0] = [];
        let build = |issuer, audience| Policy::builder().issuer(issuer).audience(audience).build().err();
        assert_eq!(build(Expected::one_of(none), Expected::NotChecked), Some(PolicyError::NoIssuer));
        assert_eq!(build(Expected::NotChecked, Expected::one_of(none)), Some(PolicyError::NoAudience));
        let builder = Policy::builder().issuer(Expected::NotChecked).audience(Expected::NotChecked);
        assert_eq!(builder.typ(none).build().err(), Some(PolicyError::NoType));
    }
}
