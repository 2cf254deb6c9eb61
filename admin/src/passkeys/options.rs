//! What a browser is asked for, in the JSON of the standard (5.4, 5.5, 5.1.8, 5.1.9).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use super::public_key::{EDDSA, ES256, RS256};
use super::{Challenge, RelyingParty};

/// For so long a browser waits for somebody to find their authenticator: the middle of what 15.1 recommends.
pub const TIMEOUT_MILLIS: u64 = 300_000;

/// What `navigator.credentials.create` is asked: `PublicKeyCredentialCreationOptionsJSON`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions {
    /// Whose passkey it will be.
    pub rp: Site,
    /// Who will use it.
    pub user: Account,
    /// 32 random bytes, in base64url.
    pub challenge: String,
    /// The algorithms that the server can check.
    pub pub_key_cred_params: Vec<Algorithm>,
    /// In milliseconds.
    pub timeout: u64,
    /// The passkeys that they have already: an authenticator makes no second one.
    pub exclude_credentials: Vec<Descriptor>,
    /// What is asked of the authenticator.
    pub authenticator_selection: Selection,
    /// `none`: its make is not asked for.
    pub attestation: &'static str,
}

/// What `navigator.credentials.get` is asked: `PublicKeyCredentialRequestOptionsJSON`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    /// 32 random bytes, in base64url.
    pub challenge: String,
    /// In milliseconds.
    pub timeout: u64,
    /// Whose passkey is asked for.
    pub rp_id: String,
    /// Which ones count.
    pub allow_credentials: Vec<Descriptor>,
    /// `required`: the authenticator asks for a PIN, a finger or a face.
    pub user_verification: &'static str,
}

/// The server, to people and to authenticators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Site {
    /// The name in its address.
    pub id: String,
    /// What people call it.
    pub name: &'static str,
}

/// The user, to people and to authenticators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// 32 random bytes, in base64url: it says nothing about them.
    pub id: String,
    /// What they sign in by.
    pub name: String,
    /// The same.
    pub display_name: String,
}

/// One of the algorithms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Algorithm {
    /// `public-key`
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its number in the registry of COSE.
    pub alg: i64,
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Descriptor {
    /// `public-key`
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What the authenticator calls it, in base64url.
    pub id: String,
    /// How it was reached when it was made.
    pub transports: Vec<String>,
}

/// What is asked of an authenticator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// `discouraged`: names are typed, so that a security key need not keep the passkey itself.
    pub resident_key: &'static str,
    /// The same, to browsers of before.
    pub require_resident_key: bool,
    /// `required`: the authenticator asks for a PIN, a finger or a face.
    pub user_verification: &'static str,
}

const REQUIRED: &str = "required";
const PUBLIC_KEY: &str = "public-key";

impl Descriptor {
    /// A passkey, by what its authenticator calls it.
    pub fn of(credential_id: &[u8], transports: Vec<String>) -> Self {
        Self { kind: PUBLIC_KEY, id: URL_SAFE_NO_PAD.encode(credential_id), transports }
    }
}

impl RelyingParty {
    /// Asks for a new passkey.
    pub fn asks_to_make(
        &self,
        challenge: &Challenge,
        user: &str,
        user_handle: &[u8],
        known: Vec<Descriptor>,
    ) -> CreationOptions {
        let algorithms = [ES256, EDDSA, RS256].map(|alg| Algorithm { kind: PUBLIC_KEY, alg });
        CreationOptions {
            rp: Site { id: self.id().to_owned(), name: "Keystile" },
            user: Account {
                id: URL_SAFE_NO_PAD.encode(user_handle),
                name: user.to_owned(),
                display_name: user.to_owned(),
            },
            challenge: URL_SAFE_NO_PAD.encode(challenge),
            pub_key_cred_params: algorithms.to_vec(),
            timeout: TIMEOUT_MILLIS,
            exclude_credentials: known,
            authenticator_selection: Selection {
                resident_key: "discouraged",
                require_resident_key: false,
                user_verification: REQUIRED,
            },
            attestation: "none",
        }
    }

    /// Asks for one of these passkeys.
    pub fn asks_for(&self, challenge: &Challenge, known: Vec<Descriptor>) -> RequestOptions {
        RequestOptions {
            challenge: URL_SAFE_NO_PAD.encode(challenge),
            timeout: TIMEOUT_MILLIS,
            rp_id: self.id().to_owned(),
            allow_credentials: known,
            user_verification: REQUIRED,
        }
    }
}
