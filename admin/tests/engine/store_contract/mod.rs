//! What every make of store must hold, through its public methods alone.

mod around;
mod signing;
mod transactions;
mod values;

use keystile_admin::domain::{
    Issuer, IssuerId, Key, KeyFacts, KeyRing, KeySetStamp, KeySource, KeyState, Policy, Timestamp,
};
use keystile_admin::store::{StoreError, StoredKeySet};
use keystile_validator::{Limits, PublicKey};

use crate::database::Stores;
use crate::rehearsal::START;

fn main() -> IssuerId {
    "main".parse().unwrap()
}

fn at(secs: u64) -> Timestamp {
    START.plus(secs)
}

async fn with_issuer() -> Stores {
    let stores = Stores::open().await;
    let mut change = stores.one.write().await.unwrap();
    change.save_issuer(&issuer("https://issuer.example")).await.unwrap();
    change.commit().await.unwrap();
    stores
}

fn issuer(iss: &str) -> Issuer {
    Issuer { id: main(), iss: iss.to_owned(), audience: None, policy: Policy::default() }
}

/// A key of its own for each number; nobody signs with it.
fn key(number: u8, state: KeyState) -> Key {
    let mut modulus = vec![0xc1; 256];
    modulus[100] = number;
    let public = PublicKey::from_components(&modulus, &[1, 0, 1], &Limits::default()).unwrap();
    Key::restored(KeyFacts::new(public, KeySource::Generated, at(number.into()), 1), state)
}

fn active() -> KeyState {
    KeyState::Active { activated_at: at(1) }
}

fn set(version: u64) -> StoredKeySet {
    let stamp = KeySetStamp { version, issued_at: at(version), expires_at: at(version + 1000) };
    StoredKeySet { stamp, document: format!("document {version}") }
}

fn is_refused(done: &Result<(), StoreError>) -> bool {
    matches!(done, Err(StoreError::Refused(_)))
}

fn ring(keys: Vec<Key>) -> KeyRing {
    KeyRing::restored(keys).unwrap()
}
