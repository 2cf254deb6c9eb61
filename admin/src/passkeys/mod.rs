//! Passkeys: what a browser answers when one is made or used, judged as Web Authentication Level 3 wants it
//! (<https://www.w3.org/TR/webauthn-3/>, 7.1 and 7.2).
//!
//! Pure: the challenge and what is known of a passkey come in, a verdict goes out. That a challenge is used once and in
//! time is the matter of [`operations::passkeys`](crate::operations::passkeys). No statement about the make of an
//! authenticator is asked for, so that none of its certificates are read. Signatures are checked by aws-lc-rs.

mod attestation;
mod authenticator_data;
mod cbor;
mod ceremony;
mod client_data;
mod error;
mod options;
mod public_key;
mod relying_party;
#[cfg(test)]
mod tests;

pub use ceremony::{Assertion, KnownPasskey, NewPasskey, Registration};
pub use error::PasskeyError;
pub use options::{
    Account, Algorithm, CreationOptions, Descriptor, RequestOptions, Selection, Site, TIMEOUT_MILLIS,
};
pub use relying_party::RelyingParty;

/// What an authenticator signs, so that its answer fits one question: 256 random bits.
pub type Challenge = [u8; 32];

/// The longest that an authenticator may make (6.5.1).
pub const LONGEST_CREDENTIAL_ID: usize = 1023;
