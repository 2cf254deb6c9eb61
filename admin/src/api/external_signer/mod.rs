//! The contract of Kubernetes' external JWT signer, with its fields and over HTTP.

pub(in crate::api) mod keys;
pub(in crate::api) mod metadata;
pub(in crate::api) mod sign;
