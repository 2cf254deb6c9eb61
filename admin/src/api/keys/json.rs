//! Shapes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::problem::Refusal;
use crate::domain::{KeySize, SecretText};
use crate::operations::keys::NewKey;
use crate::operations::{KeyPlan, KeyView};
use crate::settings::KeyPairPem;

/// The keys of an issuer.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct KeyList {
    /// The active one first, then the newest.
    pub(super) keys: Vec<KeyView>,
}

/// A key to make, or to import: with a private key a pair, with a public key alone another signer's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedKey {
    /// 2048, 3072 or 4096, for a key that the server makes.
    #[schema(minimum = 2048, maximum = 4096, multiple_of = 1024)]
    bits: Option<u32>,
    /// PKCS#1 or PKCS#8.
    private_key_pem: Option<String>,
    /// PKCS#1 or SPKI.
    public_key_pem: Option<String>,
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: Option<String>,
}

impl WantedKey {
    /// Which kind of key is meant, and why it is wanted.
    pub(super) fn into_new_key(self) -> Result<(NewKey, Option<String>), Refusal> {
        let new_key = match (self.private_key_pem, self.public_key_pem, self.bits) {
            (None, None, bits) => NewKey::Generate { size: key_size(bits)? },
            (Some(private), public_key, None) => {
                NewKey::Import(KeyPairPem { private_key: SecretText::new(private), public_key })
            }
            (None, Some(public_key_pem), None) => NewKey::ImportPublic { public_key_pem },
            (_, _, Some(_)) => {
                return Err(Refusal::invalid_input(
                    "bits: an imported key has its size already: leave it out",
                ));
            }
        };
        Ok((new_key, self.reason))
    }
}

/// The size meant by a number of bits.
pub(in crate::api) fn key_size(bits: Option<u32>) -> Result<Option<KeySize>, Refusal> {
    let unsupported = |error| Refusal::invalid_input(format!("bits: {error}"));
    bits.map(KeySize::try_from).transpose().map_err(unsupported)
}

/// How a key is to be activated.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Activation {
    /// Why not to wait until the edge has confirmed the key. Audited.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub(super) override_reason: Option<String>,
    /// Whether to say only what would happen.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// Why a key is revoked.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Revocation {
    /// For the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub(super) reason: String,
    /// Whether to say only what would happen.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// How a key is to be retired.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Retirement {
    /// Whether to say only what would happen.
    #[serde(default)]
    pub(super) dry_run: bool,
}

/// What became of a key, or in a dry run what would.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub(in crate::api) enum KeyStep {
    /// The key as it is now.
    Done(Box<KeyView>),
    /// Nothing was done.
    Plan(Box<KeyPlan>),
}

impl From<KeyView> for KeyStep {
    fn from(key: KeyView) -> Self {
        Self::Done(Box::new(key))
    }
}

impl From<KeyPlan> for KeyStep {
    fn from(plan: KeyPlan) -> Self {
        Self::Plan(Box::new(plan))
    }
}
