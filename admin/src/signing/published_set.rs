//! What a key set says that was signed before: read back by the one who may have signed it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystile_validator::{KeySet, Limits, PublicKey};
use serde::Deserialize;

/// The content of a key set. Read it only from a document whose signature the validator has checked: nothing is checked
/// here a second time.
#[derive(Debug)]
pub struct PublishedSet {
    /// Its version.
    pub version: u64,
    /// When it was signed, in seconds since 1970.
    pub issued_at: u64,
    /// Its keys.
    pub keys: Vec<PublicKey>,
    /// Its not-before instants.
    pub epochs: PublishedEpochs,
    /// Tokens and sessions that it refuses by name, as far as it lists them.
    pub revoked: PublishedLists,
    history: Vec<Departed>,
}

/// The not-before instants of a key set.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublishedEpochs {
    /// For every token.
    pub all: Option<u64>,
    /// By kid.
    pub kid: BTreeMap<String, u64>,
    /// By subject.
    pub sub: BTreeMap<String, u64>,
    /// By session.
    pub sid: BTreeMap<String, u64>,
    /// By client.
    pub client_id: BTreeMap<String, u64>,
}

/// What a key set refuses by name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublishedLists {
    /// Tokens.
    pub jti: Vec<String>,
    /// Sessions.
    pub sid: Vec<String>,
}

#[derive(Deserialize)]
struct Payload {
    version: u64,
    iat: u64,
    #[serde(default)]
    epochs: PublishedEpochs,
    #[serde(default)]
    revoked: PublishedLists,
    #[serde(default)]
    history: Vec<Departed>,
}

#[derive(Debug, Deserialize)]
struct Departed {
    kid: String,
    status: String,
}

impl PublishedEpochs {
    /// Each by the name of its scope, and whom it means.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str, u64)> {
        let maps =
            [("kid", &self.kid), ("sub", &self.sub), ("sid", &self.sid), ("client_id", &self.client_id)];
        let named = maps.into_iter().flat_map(|(scope, epochs)| {
            epochs.iter().map(move |(value, epoch)| (scope, value.as_str(), *epoch))
        });
        self.all.map(|epoch| ("all", "", epoch)).into_iter().chain(named)
    }
}

impl PublishedSet {
    /// Takes the content out of a compact JWS. `None` where it is none.
    pub fn read(document: &[u8]) -> Option<Self> {
        let payload = std::str::from_utf8(document).ok()?.split('.').nth(1)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).ok()?;
        let keys = KeySet::from_jwks(&payload, &Limits::default()).ok()?.keys().to_vec();
        let Payload { version, iat: issued_at, epochs, revoked, history } =
            serde_json::from_slice(&payload).ok()?;
        Some(Self { version, issued_at, keys, epochs, revoked, history })
    }

    /// The keys that it calls revoked.
    pub fn revoked_kids(&self) -> impl Iterator<Item = &str> {
        self.history.iter().filter(|key| key.status == "revoked").map(|key| key.kid.as_str())
    }
}
