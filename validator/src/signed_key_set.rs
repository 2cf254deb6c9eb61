//! The signed key set: believed for its signature, its issuer, its time and its version, never for where it was read.

use std::collections::HashSet;

use crate::{
    error::{Code, ValidationError},
    header::{self, Header},
    key::PublicKey,
    key_set::KeySet,
    key_set_document::{self, Publication},
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    policy::MediaType,
    time::{NumericDate, UnixTime},
    token::{CompactJws, HeaderBytes, SignatureBytes},
};

/// The type of a signed key set (OpenID Federation 1.0 section 5.2.1).
const TYP: &str = "jwk-set+jwt";

/// By how many seconds the clocks of the server that signs and of a reader may differ.
const CLOCK_SKEW: u64 = 30;

/// The keys that may sign key sets, one to four of them, so that the root itself can be rotated.
#[derive(Clone, Debug)]
pub struct RootKeys(Vec<PublicKey>);

impl RootKeys {
    /// How many roots there may be.
    pub const MAX: usize = 4;

    /// The given root keys, all different.
    pub fn new(keys: Vec<PublicKey>) -> Result<Self, KeySetError> {
        let distinct: HashSet<_> = keys.iter().map(PublicKey::thumbprint).collect();
        if (1..=Self::MAX).contains(&keys.len()) && distinct.len() == keys.len() {
            Ok(Self(keys))
        } else {
            Err(KeySetCode::RootKeysInvalid.into())
        }
    }

    /// Reads root keys from a plain JWK Set.
    pub fn from_jwks(jwks: &[u8]) -> Result<Self, KeySetError> {
        Self::new(KeySet::from_jwks(jwks, &Limits::default())?.keys().to_vec())
    }

    /// The root keys.
    pub fn keys(&self) -> &[PublicKey] {
        &self.0
    }

    /// The root with the thumbprint `kid`.
    fn find(&self, kid: &str) -> Option<&PublicKey> {
        self.0.iter().find(|root| root.thumbprint().as_str() == kid)
    }
}

/// A signed key set of which nothing is believed yet.
#[derive(Debug)]
pub struct UnverifiedKeySet<'a> {
    jws: CompactJws<'a>,
    kid: Option<String>,
    limits: Limits,
}

impl<'a> UnverifiedKeySet<'a> {
    /// Takes the document apart: a compact JWS with the header of a signed key set.
    pub fn parse(jws: &'a [u8], limits: &Limits) -> Result<Self, KeySetError> {
        if jws.len() > limits.key_set_bytes() {
            return Err(KeySetCode::KeySetTooLarge.into());
        }
        let jws = CompactJws::parse(jws).ok_or(KeySetCode::DocumentMalformed)?;
        let mut header = HeaderBytes::new();
        jws.decode_header(&mut header).map_err(|_| KeySetCode::DocumentMalformed)?;
        let header = str::from_utf8(&header).map_err(|_| KeySetCode::DocumentMalformed)?;
        let kid = read_header(header, limits).map_err(|error| refusal_of_document(error.code()))?;
        Ok(Self { jws, kid, limits: *limits })
    }

    /// Returns the content only if one of `roots` signed it.
    pub fn verify(self, roots: &RootKeys) -> Result<SignedKeySet, KeySetError> {
        let root = self.kid.and_then(|kid| roots.find(&kid)).ok_or(KeySetCode::DocumentRootUnknown)?;
        let mut signature = SignatureBytes::new();
        self.jws.decode_signature(&mut signature).map_err(|_| KeySetCode::DocumentMalformed)?;
        let payload = self.jws.decode_payload().map_err(|_| KeySetCode::DocumentMalformed)?;
        root.verify(self.jws.signing_input(), &signature)
            .map_err(|_| KeySetCode::DocumentSignatureInvalid)?;

        let (keys, publication) = key_set_document::read(&payload, &self.limits)?;
        // A root signs key sets and nothing else: as a token key too, whoever has tokens signed could have a key set
        // signed.
        if keys.iter().any(|key| roots.find(key.thumbprint().as_str()).is_some()) {
            return Err(KeySetCode::DocumentMalformed.into());
        }
        Ok(SignedKeySet { keys, publication })
    }
}

/// A key set that a root has signed. Whether it is the right one, and still valid, is not known yet.
#[derive(Debug)]
pub struct SignedKeySet {
    keys: Vec<PublicKey>,
    publication: Publication,
}

impl SignedKeySet {
    /// The issuer whose tokens the keys verify.
    pub fn issuer(&self) -> &str {
        &self.publication.issuer
    }

    /// The version, which strictly increases.
    pub fn version(&self) -> u64 {
        self.publication.version
    }

    /// Returns the key set only if it is of `issuer`, valid at `now`, and not below the version `floor`.
    ///
    /// The floor is the highest version seen so far, kept where a restart does not lose it. Without a floor, whoever
    /// can write to the store can bring back every set that has not expired yet.
    pub fn trusted(self, issuer: &str, now: UnixTime, floor: Option<u64>) -> Result<KeySet, KeySetError> {
        let now = NumericDate::from(now);
        let Publication { issued_at, expires_at, version, .. } = self.publication;
        let refusal = if self.publication.issuer != issuer {
            KeySetCode::DocumentIssuerMismatch
        } else if issued_at > now.plus(CLOCK_SKEW) {
            KeySetCode::DocumentNotYetValid
        } else if now >= expires_at {
            KeySetCode::DocumentExpired
        } else if floor.is_some_and(|floor| version < floor) {
            KeySetCode::DocumentVersionRollback
        } else {
            return KeySet::new(self.keys, Some(self.publication));
        };
        Err(refusal.into())
    }
}

/// The name of the key that is said to have signed, from the header of a document of the expected type.
fn read_header(json: &str, limits: &Limits) -> Result<Option<String>, ValidationError> {
    let document = header::parse(json, limits.json_depth())?;
    let header = Header::read(document.members())?;
    header.check_typ(&[MediaType::new(TYP)])?;
    Ok(header.kid().map(str::to_owned))
}

/// The header of a document is read as that of a token is, and refused in words of its own.
fn refusal_of_document(code: Code) -> KeySetCode {
    match code {
        Code::AlgNotAllowed => KeySetCode::DocumentAlgNotAllowed,
        Code::TypMismatch => KeySetCode::DocumentTypMismatch,
        Code::DuplicateMember => KeySetCode::DuplicateMember,
        _ => KeySetCode::DocumentMalformed,
    }
}
