//! The keys of `tests/vectors/keys`, and what is signed with them.

use std::{fs, path::Path};

use base64::{Engine, engine::general_purpose};
use keystile_validator::{Limits, PublicKey, RootKeys};
use rsa::signature::{SignatureEncoding, Signer};
use rsa::{
    RsaPrivateKey, pkcs1v15::SigningKey, pkcs8::DecodePrivateKey, sha2::Sha256, traits::PublicKeyParts,
};
use serde_json::{Value, json};

pub(crate) fn private_key(name: &str) -> RsaPrivateKey {
    // The tests of several crates have these keys.
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|it| it.join("tests/vectors/keys"));
    let folder = folders.into_iter().find(|folder| folder.is_dir()).unwrap();
    let pem = fs::read_to_string(folder.join(format!("{name}.pem"))).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    RsaPrivateKey::from_pkcs8_der(&general_purpose::STANDARD.decode(base64).unwrap()).unwrap()
}

/// The public half, named by its thumbprint.
pub(crate) fn jwk(key: &RsaPrivateKey) -> Value {
    let text = |number: Vec<u8>| general_purpose::URL_SAFE_NO_PAD.encode(number);
    json!({ "kty": "RSA", "n": text(key.n().to_bytes_be()), "e": text(key.e().to_bytes_be()), "kid": kid(key) })
}

pub(crate) fn kid(key: &RsaPrivateKey) -> String {
    let public =
        PublicKey::from_components(&key.n().to_bytes_be(), &key.e().to_bytes_be(), &Limits::default());
    public.unwrap().thumbprint().as_str().to_owned()
}

/// What a reader pins to believe what `key` signs.
pub(crate) fn roots(key: &RsaPrivateKey) -> RootKeys {
    RootKeys::from_jwks(json!({ "keys": [jwk(key)] }).to_string().as_bytes()).unwrap()
}

pub(crate) fn sign(key: &RsaPrivateKey, header: &Value, payload: &str) -> String {
    let text = |bytes: &[u8]| general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let input = format!("{}.{}", text(header.to_string().as_bytes()), text(payload.as_bytes()));
    let signature = SigningKey::<Sha256>::new(key.clone()).sign(input.as_bytes());
    format!("{input}.{}", text(&signature.to_bytes()))
}
