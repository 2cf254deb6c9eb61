//! JSON Web Keys (RFC 7517), of which only RSA keys for RS256 are taken.

use alloc::vec::Vec;

use crate::{
    base64,
    json::{Document, Members, Value},
    key::PublicKey,
    key_set_error::{KeySetCode, KeySetError},
    limits::Limits,
    order::are_distinct,
};

/// The members of an RSA key that only its owner knows (RFC 7518 section 6.3.2).
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "oth"];

/// The keys of a JWK Set (RFC 7517 section 5) that can verify RS256, in the order of the set.
pub(crate) fn read_set(jwks: Members, limits: &Limits) -> Result<Vec<PublicKey>, KeySetError> {
    let list = jwks.get("keys").and_then(Value::as_array).ok_or(KeySetCode::KeySetMalformed)?;
    if list.count() > limits.keys() {
        return Err(KeySetCode::TooManyKeys.into());
    }
    let mut keys = Vec::new();
    for (index, jwk) in list.enumerate() {
        let jwk = jwk.as_object().ok_or(KeySetError::from(KeySetCode::KeySetMalformed).at_key(index))?;
        keys.extend(read(jwk, limits).map_err(|error| error.at_key(index))?);
    }
    Ok(keys)
}

/// One key. `None` if it is in order but not for verifying RS256: of another type, use or algorithm, which a set may
/// contain (RFC 7517 section 5). A key for RS256 that breaks a rule is an error instead, since a set that silently
/// has fewer keys than its author meant is noticed only when tokens are refused.
pub(crate) fn read(jwk: Members, limits: &Limits) -> Result<Option<PublicKey>, KeySetError> {
    match text(jwk, "kty")? {
        Some("RSA") => {}
        Some(_) => return Ok(None),
        None => return Err(KeySetCode::KeyMalformed.into()),
    }
    if PRIVATE_MEMBERS.iter().any(|member| jwk.get(member).is_some()) {
        return Err(KeySetCode::PrivateKeyInSet.into());
    }
    if !is_for_rs256(jwk)? {
        return Ok(None);
    }
    let key = PublicKey::from_components(&number(jwk, "n")?, &number(jwk, "e")?, limits)?;
    match text(jwk, "kid")? {
        None => Ok(Some(key)),
        Some(kid) if kid.len() <= Limits::MAX_KID_BYTES => Ok(Some(key.with_kid(kid))),
        Some(_) => Err(KeySetCode::KeyMalformed.into()),
    }
}

/// Reads the text of one JSON object, a key or a set of keys.
pub(crate) fn parse<'t>(json: &'t [u8], limits: &Limits) -> Result<Document<'t>, KeySetCode> {
    if json.len() > limits.key_set_bytes() {
        return Err(KeySetCode::KeySetTooLarge);
    }
    let text = str::from_utf8(json).map_err(|_| KeySetCode::KeySetMalformed)?;
    Document::parse(text, limits.json_depth())
        .map_err(|error| error.code(KeySetCode::KeySetMalformed, KeySetCode::DuplicateMember))
}

/// Whether nothing says that the key is for something else than verifying RS256: `use`, `key_ops` and `alg` are all
/// optional (RFC 7517 sections 4.2 to 4.4).
fn is_for_rs256(jwk: Members) -> Result<bool, KeySetCode> {
    let verifies = match jwk.get("key_ops") {
        None => true,
        Some(operations) => key_operations(operations)?.contains(&"verify"),
    };
    let signs = text(jwk, "use")?.is_none_or(|usage| usage == "sig");
    let is_rs256 = text(jwk, "alg")?.is_none_or(|alg| alg == "RS256");
    Ok(verifies && signs && is_rs256)
}

/// `key_ops`, in which no operation may stand twice (RFC 7517 section 4.3).
fn key_operations(value: Value<'_>) -> Result<Vec<&str>, KeySetCode> {
    let list = value.as_array().and_then(|list| list.map(Value::as_str).collect::<Option<Vec<_>>>());
    let operations = list.ok_or(KeySetCode::KeyMalformed)?;
    let mut positions: Vec<_> = (0..operations.len()).collect();
    if are_distinct(&mut positions, |at| operations.get(at).copied().unwrap_or_default()) {
        Ok(operations)
    } else {
        Err(KeySetCode::KeyMalformed)
    }
}

fn text<'d>(jwk: Members<'d>, name: &str) -> Result<Option<&'d str>, KeySetCode> {
    jwk.get(name).map(|value| value.as_str().ok_or(KeySetCode::KeyMalformed)).transpose()
}

/// A Base64urlUInt (RFC 7518 section 2), which the key then checks for leading zeros.
fn number(jwk: Members, name: &str) -> Result<Vec<u8>, KeySetCode> {
    let digits = text(jwk, name)?.ok_or(KeySetCode::KeyMalformed)?;
    base64::decode_url(digits.as_bytes()).map_err(|_| KeySetCode::KeyMalformed)
}
