//! A set of keys that is believed.

use alloc::{string::String, sync::Arc, vec::Vec};

use crate::{
    base64,
    by_name::Index,
    claims::Claims,
    delegation::Delegation,
    error::{Code, ValidationError},
    floor::Floor,
    json, jwk,
    key::{KeyId, PublicKey},
    key_set_document::Publication,
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    pem,
    revocation::Suspicion,
    revocation_filter::Filter,
    time::{NumericDate, UnixTime},
};

/// The keys whose signatures are believed, and for a signed set what its issuer says about them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct KeySet(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    // INVARIANT: not empty, and `by_kid` has the position of each.
    keys: Vec<PublicKey>,
    by_kid: Index,
    publication: Option<Publication>,
}

/// A new key signs no sooner than `cacheTtl`, at least 30 s, after it was published: a copy that is kept for longer might miss
/// a rotation that was started by hand.
const LONGEST_COPY_SECS: u64 = 30;

/// For how many seconds a plain copy of a set may be kept that is read every `refresh` seconds and whose keys are next
/// planned to change at `next_change`.
pub fn copy_secs(next_change: Option<UnixTime>, refresh: u64, now: UnixTime) -> u64 {
    let until = next_change.map_or(u64::MAX, |at| at.as_secs().saturating_sub(now.as_secs()));
    until.clamp(refresh.min(LONGEST_COPY_SECS), LONGEST_COPY_SECS)
}

impl KeySet {
    /// Reads a plain JWK Set (RFC 7517 section 5).
    ///
    /// Keys of other types, uses and algorithms are left out. A key for RS256 that breaks a rule is an error.
    pub fn from_jwks(jwks: &[u8], limits: &Limits) -> Result<Self, KeySetError> {
        let document = jwk::parse(jwks, limits)?;
        Self::from_keys(jwk::read_set(document.members(), limits)?)
    }

    /// Reads public keys in PEM; each text holds one block or several. Each key's `kid` is its thumbprint.
    pub fn from_pem<T: AsRef<str>>(texts: &[T], limits: &Limits) -> Result<Self, KeySetError> {
        let mut keys = Vec::new();
        for text in texts {
            keys.extend(pem::read(text.as_ref(), limits)?);
            if keys.len() > limits.keys() {
                return Err(KeySetCode::TooManyKeys.into());
            }
        }
        Self::from_keys(keys)
    }

    /// A set of the given keys, newest first.
    pub fn from_keys(keys: Vec<PublicKey>) -> Result<Self, KeySetError> {
        Self::new(keys, None)
    }

    pub(crate) fn new(keys: Vec<PublicKey>, publication: Option<Publication>) -> Result<Self, KeySetError> {
        if keys.is_empty() {
            return Err(KeySetCode::NoUsableKey.into());
        }
        let by_kid = Index::new(keys.len(), &|at| name(&keys, at));
        if by_kid.len() < keys.len() {
            return Err(KeySetCode::DuplicateKid.into());
        }
        Ok(Self(Arc::new(Inner { keys, by_kid, publication })))
    }

    /// How many keys can verify a token. Never zero.
    #[expect(clippy::len_without_is_empty, reason = "a key set is never empty")]
    pub fn len(&self) -> usize {
        self.0.keys.len()
    }

    /// The keys, newest first.
    pub fn keys(&self) -> &[PublicKey] {
        &self.0.keys
    }

    /// The names of the keys, newest first.
    pub fn kids(&self) -> impl Iterator<Item = &KeyId> {
        self.keys().iter().map(PublicKey::kid)
    }

    /// The version of a signed set.
    pub fn version(&self) -> Option<u64> {
        self.publication().map(|publication| publication.version)
    }

    /// The generation of the delegation that a set was signed under, if no root has signed it itself.
    pub fn generation(&self) -> Option<u64> {
        self.publication()?.delegation.as_ref().map(Delegation::generation)
    }

    /// The issuer of a signed set.
    pub fn issuer(&self) -> Option<&str> {
        self.publication().map(|publication| publication.issuer.as_str())
    }

    /// The instant from which a signed set is not believed any more.
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.publication().map(|publication| publication.ends_at().to_unix_time())
    }

    /// After how many seconds a reader of a signed set should look for a newer one.
    pub fn refresh(&self) -> Option<u32> {
        self.publication().map(|publication| publication.refresh)
    }

    /// The filters of revoked tokens that a signed set names.
    pub fn filters(&self) -> &[Filter] {
        self.publication().map(|publication| publication.revocations.filters.as_slice()).unwrap_or_default()
    }

    /// For how many seconds a plain copy of a signed set may be kept at `now`: until the next planned change, but no
    /// longer than any reader may take to learn of an unplanned one.
    pub fn copy_secs(&self, now: UnixTime) -> Option<u64> {
        let publication = self.publication()?;
        let next_change = publication.next_change.map(NumericDate::to_unix_time);
        Some(copy_secs(next_change, u64::from(publication.refresh), now))
    }

    /// The public keys as a plain JWK Set, for verifiers of other makes.
    pub fn to_jwks(&self) -> String {
        let mut jwks = String::from(r#"{"keys":["#);
        for (index, key) in self.keys().iter().enumerate() {
            jwks.push_str(if index == 0 { "" } else { "," });
            jwks.push_str(r#"{"kty":"RSA","use":"sig","alg":"RS256","kid":"#);
            json::write_string(key.kid().as_str(), &mut jwks);
            for (member, number) in [(r#","n":""#, key.modulus()), (r#"","e":""#, key.exponent())] {
                jwks.push_str(member);
                jwks.push_str(&base64::encode_url(number));
            }
            jwks.push_str(r#""}"#);
        }
        jwks.push_str("]}");
        jwks
    }

    pub(crate) fn publication(&self) -> Option<&Publication> {
        self.0.publication.as_ref()
    }

    /// The end of a signed set, to the fraction of a second. A plain one has none.
    pub(crate) fn expires(&self) -> Option<NumericDate> {
        self.publication().map(Publication::ends_at)
    }

    /// Whether a signed set has reached its end.
    pub(crate) fn is_expired(&self, now: UnixTime) -> bool {
        self.expires().is_some_and(|end| NumericDate::from(now) >= end)
    }

    /// The keys to try for a token: the one it names, or the first few if it names none.
    pub(crate) fn candidates(&self, kid: Option<&str>) -> Result<&[PublicKey], Code> {
        let keys = self.keys();
        let Some(kid) = kid else {
            return Ok(keys.get(..Limits::KEYS_TRIED_WITHOUT_KID).unwrap_or(keys));
        };
        let key = self.0.by_kid.find(kid, &|at| name(keys, at)).and_then(|at| keys.get(at));
        key.map(core::slice::from_ref).ok_or_else(|| self.why_absent(kid))
    }

    /// The name of a key that the set has, or that its issuer says it had.
    pub(crate) fn known_name(&self, kid: &str) -> Option<KeyId> {
        match self.candidates(Some(kid)) {
            Ok(found) => found.first().map(|key| key.kid().clone()),
            Err(Code::KidUnknown) => None,
            Err(_) => Some(KeyId::from(kid)),
        }
    }

    /// Returns `Ok` only if the issuer is not known to have taken the token back, with what is left to be confirmed.
    pub(crate) fn check_revocations(
        &self,
        claims: &Claims,
        kid: &KeyId,
    ) -> Result<Vec<Suspicion>, ValidationError> {
        match self.publication() {
            Some(publication) => publication.revocations.check(claims, kid.as_str()),
            None => Ok(Vec::new()),
        }
    }

    /// Returns `Ok` only if `newer` may take the place of this set: a signed set gives way to a signed set of the
    /// same issuer that is not below `floor`.
    pub(crate) fn check_successor(&self, newer: &Self, floor: &Floor) -> Result<(), KeySetCode> {
        let Some(present) = self.publication() else { return Ok(()) };
        match newer.publication() {
            Some(next) if next.issuer == present.issuer => floor.check(newer.keys(), next),
            _ => Err(KeySetCode::DocumentIssuerMismatch),
        }
    }

    fn why_absent(&self, kid: &str) -> Code {
        let departed = self.publication().and_then(|publication| publication.history.get(kid));
        departed.map_or(Code::KidUnknown, |departure| departure.code())
    }
}

/// The name of the key at a position that an [`Index`] has.
fn name(keys: &[PublicKey], at: usize) -> &str {
    keys.get(at).map(|key| key.kid().as_str()).unwrap_or_default()
}
