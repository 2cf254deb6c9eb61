//! Verdicts that are kept, so that a token that comes again costs no arithmetic.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use keystile_validator::{KeySet, UnixTime, Validator};

use crate::{
    believed::Believed,
    keyring::Keyring,
    moment::Moment,
    policy::{GatewayPolicy, Provider},
    rule::{Distrust, Profile},
};

/// How many tokens a generation holds. An isolate has 128 MiB in all; a token that is kept takes about 2 KiB.
const ENTRIES: usize = 1024;

/// How many bytes of tokens a generation holds, for a profile. Tokens may have 64 KiB each.
const BYTES: usize = 2 * 1024 * 1024;

/// The verdicts on believed tokens, each bound to the key set that it was given by.
///
/// Only tokens whose signature was verified are kept, so that nobody but the issuer can fill the memory, and whole, so
/// that no two can be taken for each other. What a key set says of epochs and revoked tokens is part of it, and so are
/// its filters: with another set everything is judged anew. No signature is verified while others wait.
#[derive(Debug, Default)]
pub struct Verdicts {
    by_profile: Vec<Mutex<Kept>>,
}

/// The verdicts of one profile, in two generations: when the young one is full, the old one is forgotten.
#[derive(Debug, Default)]
struct Kept {
    validator: Option<(u64, Arc<Validator>)>,
    young: HashMap<Box<str>, Arc<Believed>>,
    old: HashMap<Box<str>, Arc<Believed>>,
    young_bytes: usize,
}

impl Verdicts {
    /// Nothing is kept yet for the profiles of `policy`.
    pub fn new(policy: &GatewayPolicy) -> Self {
        Self { by_profile: policy.profiles().iter().map(|_| Mutex::default()).collect() }
    }

    /// Judges `token` by the key set in `keyring`, which is that of `provider`, or repeats the verdict.
    pub fn judge(
        &self,
        (profile, provider): (&Profile, &Provider),
        keyring: &Keyring,
        token: &str,
        now: Moment,
    ) -> Result<Arc<Believed>, Distrust> {
        let (key_set, revision) = keyring.usable(now).ok_or(Distrust::NoKeySet)?;
        let kept = self.by_profile.get(profile.index()).ok_or(Distrust::NoKeySet)?;
        let validator = {
            let mut kept = lock(kept);
            if let Some(believed) = kept.recall(revision, token, now.unix_time()) {
                return Ok(believed);
            }
            kept.validator(profile, key_set, revision)
        };
        let believed = Arc::new(Believed::new(&keyring.hear(&validator, token.as_bytes(), now)?, provider));
        lock(kept).keep(revision, token, &believed);
        Ok(believed)
    }

    /// How many verdicts are kept.
    pub fn len(&self) -> usize {
        self.by_profile.iter().map(lock).map(|kept| kept.young.len() + kept.old.len()).sum()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whatever panicked while it had the lock, a verdict is whole or not there.
fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    fn recall(&mut self, revision: u64, token: &str, now: UnixTime) -> Option<Arc<Believed>> {
        self.validator.as_ref().filter(|(of, _)| *of == revision)?;
        let found = self.young.get(token).or_else(|| self.old.get(token))?;
        let believed = Some(found).filter(|it| it.lifetime().contains(now)).cloned()?;
        if let Some((token, believed)) = self.old.remove_entry(token) {
            self.keep(revision, &token, &believed);
        }
        Some(believed)
    }

    fn validator(&mut self, profile: &Profile, key_set: &KeySet, revision: u64) -> Arc<Validator> {
        if self.validator.as_ref().is_none_or(|(of, _)| *of != revision) {
            *self = Self::default();
        }
        let make = || (revision, Arc::new(Validator::new(key_set.clone(), profile.policy().clone())));
        Arc::clone(&self.validator.get_or_insert_with(make).1)
    }

    /// Keeps a verdict, unless another key set has come meanwhile.
    fn keep(&mut self, revision: u64, token: &str, believed: &Arc<Believed>) {
        if self.validator.as_ref().is_none_or(|(of, _)| *of != revision) {
            return;
        }
        if self.young.len() >= ENTRIES || self.young_bytes + token.len() > BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        if self.young.insert(token.into(), Arc::clone(believed)).is_none() {
            self.young_bytes += token.len();
        }
    }
}
