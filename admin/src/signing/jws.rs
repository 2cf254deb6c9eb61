//! Compact JWS (RFC 7515, section 7.1) with RS256.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::{PrivateKey, SigningError};

/// The protected header. `alg` and `kid` follow from the key, so that they cannot be wrong.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
    /// In a key set that no root has signed itself: the root's word for the key that has.
    #[serde(skip_serializing_if = "Option::is_none")]
    delegation: Option<&'a str>,
}

/// Signs claims as a JWT.
pub fn sign_token(key: &PrivateKey, claims: &impl Serialize) -> Result<String, SigningError> {
    sign(key, "JWT", None, claims)
}

/// Signs the second segment of a JWT that somebody else has composed.
pub fn sign_payload(key: &PrivateKey, payload: &str) -> Result<String, SigningError> {
    sign_segment(key, "JWT", None, payload)
}

pub(super) fn sign(
    key: &PrivateKey,
    typ: &'static str,
    delegation: Option<&str>,
    payload: &impl Serialize,
) -> Result<String, SigningError> {
    sign_segment(key, typ, delegation, &segment(payload)?)
}

fn sign_segment(
    key: &PrivateKey,
    typ: &'static str,
    delegation: Option<&str>,
    payload: &str,
) -> Result<String, SigningError> {
    let header = Header { alg: "RS256", typ, kid: key.public().thumbprint().as_str(), delegation };
    let mut jws = segment(&header)? + "." + payload;
    let signature = key.sign(jws.as_bytes())?;
    jws.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut jws);
    Ok(jws)
}

/// The `kid` of a JWS that the validator has believed.
pub(super) fn kid(jws: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        kid: String,
    }
    let header = URL_SAFE_NO_PAD.decode(jws.split('.').next()?).ok()?;
    serde_json::from_slice::<Named>(&header).ok().map(|header| header.kid)
}

fn segment(content: &impl Serialize) -> Result<String, SigningError> {
    let json = serde_json::to_vec(content).map_err(|_| SigningError::NotJson)?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}
