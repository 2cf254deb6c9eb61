//! The provider's keys.

use keystile_validator::{KeySet, Limits};
use tokio::sync::Mutex;

use super::SignInError;
use super::fetch;
use crate::domain::Timestamp;
use crate::outbound::Outbound;

const WHAT: &str = "key set";
/// A key that the provider has withdrawn is believed for so long at most.
const FRESH_SECS: u64 = 3600;
/// How often an unknown `kid` makes us look again: whoever makes them up costs the provider no more.
const PAUSE_SECS: u64 = 10;

/// The keys as they were read last.
#[derive(Default)]
pub(super) struct KeySets(Mutex<Option<Held>>);

struct Held {
    url: String,
    keys: KeySet,
    read_at: Timestamp,
}

impl KeySets {
    /// The keys at this address, read again once they are an hour old. Who comes while they are read waits for that.
    pub(super) async fn current(
        &self,
        url: &str,
        outbound: &Outbound,
        now: Timestamp,
    ) -> Result<KeySet, SignInError> {
        self.at_most(FRESH_SECS, url, outbound, now).await
    }

    /// The same, after a token that names none of them: the provider may have turned its keys.
    pub(super) async fn newer(
        &self,
        url: &str,
        outbound: &Outbound,
        now: Timestamp,
    ) -> Result<KeySet, SignInError> {
        self.at_most(PAUSE_SECS, url, outbound, now).await
    }

    async fn at_most(
        &self,
        secs: u64,
        url: &str,
        outbound: &Outbound,
        now: Timestamp,
    ) -> Result<KeySet, SignInError> {
        let mut held = self.0.lock().await;
        // What was read before the clock was set back is of no known age.
        let is_younger = |at: Timestamp| at <= now && now.since(at) < secs;
        if let Some(held) = held.as_ref().filter(|held| held.url == url && is_younger(held.read_at)) {
            return Ok(held.keys.clone());
        }
        let limits = Limits::default();
        let json = fetch::document(outbound, url, WHAT, limits.key_set_bytes()).await?;
        let keys = KeySet::from_jwks(&json, &limits)
            .map_err(|error| SignInError::Unusable(format!("its {WHAT}: {error}")))?;
        *held = Some(Held { url: url.to_owned(), keys: keys.clone(), read_at: now });
        Ok(keys)
    }
}
