//! `POST /__vectors` with `look_ups`: looks good values up in the filters that a signed key set names and the store has.
//!
//! Whoever asks takes the time from outside, since the clock of workerd stands still while it works. `cargo xtask bench
//! revocation` does.

use keystile_validator::{EntryDigest, KeySetError, Limits, RootKeys, UnverifiedKeySet};
use serde::Deserialize;
use serde_json::{Value, json};
use worker::Env;

/// Different values, which are looked up again and again.
const VALUES: u32 = 65_536;

#[derive(Deserialize)]
pub(crate) struct LookUps {
    look_ups: usize,
    signed: String,
    roots: Value,
}

impl LookUps {
    /// How many of the look-ups were hits, which for good values are false positives.
    pub(crate) async fn count(&self, env: &Env) -> worker::Result<Value> {
        let refused = |error: KeySetError| worker::Error::RustError(error.to_string());
        let roots = RootKeys::from_jwks(self.roots.to_string().as_bytes()).map_err(refused)?;
        let signed = UnverifiedKeySet::parse(self.signed.as_bytes(), &Limits::default())
            .and_then(|unverified| unverified.verify(&roots))
            .map_err(refused)?;
        let (store, mut filters) = (env.kv("KEYSETS")?, Vec::new());
        for reference in signed.filters() {
            let value = store.get(reference.name()).bytes().await?.unwrap_or_default();
            filters.push(reference.open(value).map_err(refused)?);
        }
        let digests: Vec<_> = (0..VALUES).map(|number| EntryDigest::of(&format!("good-{number}"))).collect();
        let asked = digests.iter().cycle().take(self.look_ups);
        let hits = asked.filter(|digest| filters.iter().any(|filter| filter.suspect(digest).is_some()));
        Ok(json!({ "hits": hits.count(), "filters": filters.len() }))
    }
}
