//! The public keys, as signed key set and as plain JWK Set. Public: a verifier needs no credential.

pub(super) mod jwks;
pub(super) mod main_jwks;
pub(super) mod main_signed_jwks;
pub(super) mod signed;
pub(super) mod signed_jwks;
pub(super) mod value;
