//! An authenticator in software, which does what it is told, the wrong included. The real ones are asked by the console's
//! tests, through a browser.

use std::sync::atomic::{AtomicU32, Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystile_admin::passkeys::{Assertion, CreationOptions, Registration, RequestOptions};
use serde_json::{Value, json};

const PRESENT: u8 = 1;
pub(crate) const VERIFIED: u8 = 1 << 2;
pub(crate) const BACKUP_ELIGIBLE: u8 = 1 << 3;
pub(crate) const BACKED_UP: u8 = 1 << 4;
const HAS_CREDENTIAL: u8 = 1 << 6;

/// One passkey, and what is said about it.
pub(crate) struct Authenticator {
    key: EcdsaKeyPair,
    pub(crate) id: Vec<u8>,
    pub(crate) user_handle: Vec<u8>,
    pub(crate) counter: AtomicU32,
    /// Beside those that say what is there.
    pub(crate) flags: u8,
    pub(crate) site: &'static str,
    pub(crate) origin: &'static str,
}

impl Authenticator {
    pub(crate) fn new() -> Self {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let id = digest(&SHA256, key.public_key().as_ref()).as_ref()[..16].to_vec();
        Self {
            key,
            id,
            user_handle: Vec::new(),
            counter: AtomicU32::new(0),
            flags: PRESENT | VERIFIED,
            site: "localhost",
            origin: "http://localhost:8420",
        }
    }

    /// Makes the passkey that is asked for.
    pub(crate) fn make(&mut self, asked: &CreationOptions) -> Registration {
        self.user_handle = URL_SAFE_NO_PAD.decode(&asked.user.id).unwrap();
        let mut data = self.data(HAS_CREDENTIAL);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.cose_key());
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        let client_data = self.client_data("webauthn.create", &asked.challenge, &json!({}));
        Registration { client_data, attestation_object: object }
    }

    /// Answers with the passkey.
    pub(crate) fn answer(&self, asked: &RequestOptions) -> Assertion {
        self.answer_with(&asked.challenge, "webauthn.get", &json!({}))
    }

    pub(crate) fn answer_with(&self, challenge: &str, kind: &str, more: &Value) -> Assertion {
        let client_data = self.client_data(kind, challenge, more);
        let authenticator_data = self.data(0);
        let signed = [&authenticator_data, digest(&SHA256, &client_data).as_ref()].concat();
        Assertion {
            credential_id: self.id.clone(),
            signature: self.key.sign(&SystemRandom::new(), &signed).unwrap().as_ref().to_vec(),
            client_data,
            authenticator_data,
            user_handle: Some(self.user_handle.clone()),
        }
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, self.site.as_bytes()).as_ref().to_vec();
        data.push(self.flags | flags);
        data.extend(self.counter.fetch_add(1, Ordering::Relaxed).to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, challenge: &str, more: &Value) -> Vec<u8> {
        let mut said =
            json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        let members = said.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        serde_json::to_vec(&said).unwrap()
    }

    /// {1: 2, 3: -7, -1: 1, -2: x, -3: y}
    fn cose_key(&self) -> Vec<u8> {
        let (x, y) = self.key.public_key().as_ref()[1..].split_at(32);
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat()
    }
}
