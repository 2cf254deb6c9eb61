//! Delegations: what an offline root is asked to sign, and its answer (docs/format.md, section 6).

use keystile_validator::{Delegation, KeySet, Limits, PublicKey, RootKeys};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{PrivateKey, SigningError, jws};
use crate::domain::{PublicJwk, Timestamp};

/// The format of a request; another one is not understood.
const FORMAT: u8 = 1;

/// What a server asks a root to sign. There is nothing secret in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegationRequest {
    /// 1.
    pub format: u8,
    /// The issuer whose key sets the key is to sign.
    pub iss: String,
    /// The generation, which shuts out all that are lower.
    pub generation: u64,
    /// The public set-signing key as a JWK.
    #[schema(value_type = Object)]
    pub key: serde_json::Value,
}

/// A delegation that was signed by a root that counts.
#[derive(Debug)]
pub struct VerifiedDelegation {
    /// Everything it says.
    pub content: Delegation,
    /// The kid of the root that signed it.
    pub root: String,
}

impl DelegationRequest {
    /// Asks for this key.
    pub fn of(iss: &str, generation: u64, key: &PublicKey) -> Result<Self, SigningError> {
        let key = serde_json::to_value(PublicJwk::of(key)).map_err(|_| SigningError::NotJson)?;
        Ok(Self { format: FORMAT, iss: iss.to_owned(), generation, key })
    }

    /// Reads a request from JSON.
    pub fn read(text: &str) -> Result<Self, SigningError> {
        let request: Self = serde_json::from_str(text).map_err(|_| SigningError::RequestUnreadable)?;
        if request.format != FORMAT || request.generation == 0 {
            return Err(SigningError::RequestUnreadable);
        }
        Ok(request)
    }

    /// The key to be delegated to.
    pub fn public(&self) -> Result<PublicKey, SigningError> {
        let set = KeySet::from_jwks(json!({ "keys": [self.key] }).to_string().as_bytes(), &Limits::default())
            .map_err(SigningError::PublicKeyRefused)?;
        set.keys().first().cloned().ok_or(SigningError::RequestUnreadable)
    }
}

/// Signs what is asked, for `[not_before, expires_at)`. Returns it only if the validator believes it.
pub fn sign_delegation(
    root: &PrivateKey,
    request: &DelegationRequest,
    not_before: Timestamp,
    expires_at: Timestamp,
) -> Result<String, SigningError> {
    let payload = json!({
        "iss": request.iss,
        "nbf": not_before.as_secs(),
        "exp": expires_at.as_secs(),
        "generation": request.generation,
        // Named by its thumbprint, whatever the request calls it.
        "key": PublicJwk::of(&request.public()?),
    });
    let signed = jws::sign(root, "keystile-delegation+jwt", None, &payload)?;
    let roots = RootKeys::new(vec![root.public().clone()]).map_err(SigningError::KeySetRefused)?;
    verify_delegation(&signed, &roots)?;
    Ok(signed)
}

/// Returns the content only if one of `roots` signed it.
pub fn verify_delegation(document: &str, roots: &RootKeys) -> Result<VerifiedDelegation, SigningError> {
    let content = Delegation::verify(document.as_bytes(), roots).map_err(SigningError::DelegationRefused)?;
    let root = jws::kid(document).ok_or(SigningError::RequestUnreadable)?;
    Ok(VerifiedDelegation { content, root })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::KeySize;

    #[test]
    fn what_a_root_signed_is_read_back_and_no_other_root_vouches_for_it() {
        let [root, other, key] = [(); 3].map(|()| PrivateKey::generate(KeySize::Rsa2048).unwrap());
        let request = DelegationRequest::of("https://issuer.example", 3, key.public()).unwrap();
        let request = DelegationRequest::read(&serde_json::to_string(&request).unwrap()).unwrap();
        let (from, until) = (Timestamp::from_secs(1_000), Timestamp::from_secs(2_000));
        let signed = sign_delegation(&root, &request, from, until).unwrap();
        let roots = |key: &PrivateKey| RootKeys::new(vec![key.public().clone()]).unwrap();
        let read = verify_delegation(&signed, &roots(&root)).unwrap();
        assert_eq!(read.root, root.public().thumbprint().as_str());
        assert_eq!((read.content.issuer(), read.content.generation()), ("https://issuer.example", 3));
        assert_eq!(read.content.key().thumbprint(), key.public().thumbprint());
        assert!(matches!(
            verify_delegation(&signed, &roots(&other)),
            Err(SigningError::DelegationRefused(_))
        ));
    }

    #[test]
    fn a_root_does_not_delegate_to_itself() {
        let root = PrivateKey::generate(KeySize::Rsa2048).unwrap();
        let request = DelegationRequest::of("https://issuer.example", 1, root.public()).unwrap();
        let signed = sign_delegation(&root, &request, Timestamp::from_secs(1), Timestamp::from_secs(2));
        assert!(matches!(signed, Err(SigningError::DelegationRefused(_))));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        for text in [
            "",
            "{}",
            r#"{"format":2,"iss":"a","generation":1,"key":{}}"#,
            r#"{"format":1,"iss":"a","generation":0,"key":{}}"#,
        ] {
            assert_eq!(DelegationRequest::read(text), Err(SigningError::RequestUnreadable), "{text}");
        }
    }
}
