//! Secrets at rest: each is encrypted under a data key of its own, and the data key under the master key.
//!
//! AES-256-GCM throughout, with a random 96-bit nonce a message: a data key encrypts one message in its life, and a
//! master key would have to wrap 2^32 data keys before nonces became a concern (NIST SP 800-38D, section 8.3).
//! The context (what the secret is, and whose) is authenticated with it, so that a sealed value that was moved to
//! another row does not open.
//!
//! The master key is in a file or the environment, or in the database, wrapped by a key that OpenBao or AWS KMS keeps; why it
//! is one key in memory all the same, docs/decisions/0002-master-key.md says.

mod answer;
mod envelope;
mod holder;
mod keepers;
mod kms;
mod master_key;
mod master_keys;
mod noted;
mod origin;
mod transit;

use crate::managers::ManagerError;

pub use answer::{open_answer, seal_answer};
pub use envelope::{SealContext, Sealed};
pub use holder::{KeyHolder, LocalMasterKey};
pub use master_key::MasterKey;
pub use master_keys::MasterKeys;
pub use noted::{NotedMasterKey, WrappedMasterKey};
pub use origin::{InvalidOrigin, Keeper, KmsKey, MasterKeyOrigin, MasterKeyOrigins, TransitKey};

/// Why a secret could not be sealed or opened. Says nothing about the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The text is not one to three master keys.
    #[error(
        "the master key must be 32 bytes in base64, as `openssl rand -base64 32` makes them; before it may stand its successor"
    )]
    MasterKeyMalformed,
    /// The master key file can be read by others.
    #[error(
        "`{path}` can be read by other users (mode {mode:03o}): take their rights away with `chmod 600 {path}`"
    )]
    MasterKeyExposed {
        /// Where the file is.
        path: String,
        /// Its permission bits.
        mode: u32,
    },
    /// The master key file could not be read or written.
    #[error("`{path}`: {cause}")]
    MasterKeyFile {
        /// Where the file is, or should be.
        path: String,
        /// What the system said.
        cause: String,
    },
    /// The database holds sealed secrets, but their master key is gone.
    #[error(
        "`{path}` is missing: restore it from where you keep it, or set the master key in the environment"
    )]
    MasterKeyMissing {
        /// Where the file should be.
        path: String,
    },
    /// The database was sealed with another master key.
    #[error("the data is sealed with the master key {expected}, and this one is {found}")]
    AnotherMasterKey {
        /// The fingerprint of the one that is needed.
        expected: String,
        /// The fingerprint of the one that was found.
        found: String,
    },
    /// The master key is local, and the settings name keepers alone.
    #[error(
        "the data is sealed with the master key {expected}, which nobody has wrapped: add `local` to KEYSTILE__MASTER_KEY_FROM \
         until `keystile master-key rewrap` has moved it"
    )]
    NotWrapped {
        /// The fingerprint of the one that is needed.
        expected: String,
    },
    /// The master key is wrapped, and the settings name no keeper.
    #[error("the master key is wrapped by `{by}`, which KEYSTILE__MASTER_KEY_FROM does not name")]
    WrappedElsewhere {
        /// Who says to have wrapped it.
        by: String,
    },
    /// Whoever keeps the key that wraps the master key has not opened it.
    #[error("`{keeper}` gives no master key: {cause}")]
    Keeper {
        /// As the settings name it.
        keeper: String,
        /// What came of asking.
        cause: ManagerError,
    },
    /// The master key is not the one that sealed this, or the sealed value was changed or moved.
    #[error("a sealed secret does not open: the master key is another one, or the database was changed")]
    DoesNotOpen,
    /// The cryptographic library refused, which it does only when the system has no randomness.
    #[error("the system's source of randomness failed")]
    Randomness,
}
