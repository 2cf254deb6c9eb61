#![doc = include_str!("../README.md")]
// In WebAssembly the standard library would bring along what a panic says, which nobody there could read.
#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

mod base64;
mod by_name;
mod claims;
mod delegation;
mod der;
mod envelope;
mod error;
mod floor;
mod header;
mod json;
mod jwk;
mod key;
mod key_set;
mod key_set_document;
mod key_set_error;
mod lifetime;
mod limits;
mod order;
mod pem;
mod policy;
#[doc(hidden)]
#[cfg(any(test, fuzzing))]
pub mod properties;
mod revocation;
mod revocation_filter;
mod roca;
mod root_keys;
mod rs256;
mod signed_key_set;
mod signed_policy;
mod time;
mod token;
mod validator;

// The public interface is:
#[cfg(feature = "write-filters")]
pub use crate::revocation_filter::{UnwritableFilter, WrittenFilter};
#[cfg(feature = "serde")]
pub use crate::validator::UnexpectedClaims;
pub use crate::{
    delegation::Delegation,
    error::{Code, Reason, ValidationError},
    floor::Floor,
    key::{KeyId, PublicKey},
    key_set::{KeySet, copy_secs},
    key_set_error::{KeySetCode, KeySetError},
    lifetime::Lifetime,
    limits::{Exponents, LimitError, Limits},
    policy::{Decided, Expected, Policy, PolicyBuilder, PolicyError, Undecided},
    revocation_filter::{EntryDigest, Filter, FilterReference, RevokedClaim, Shard, ShardReference},
    root_keys::RootKeys,
    rs256::{InvalidSignature, engine},
    signed_key_set::{SignedKeySet, UnverifiedKeySet},
    signed_policy::SignedPolicy,
    time::UnixTime,
    validator::{SuspectedToken, ValidatedToken, Validator, Verdict},
};
