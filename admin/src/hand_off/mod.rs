//! Bringing the key that signs to where backends read it: OpenBao and Vault, AWS Secrets Manager, manifests of Kubernetes
//! Secrets, files. Each place is looked at, written, read back and compared; when a key comes is decided elsewhere.

mod aws;
mod content;
mod digest;
mod error;
mod files;
mod openbao;
mod place;
mod target;

pub use content::{Content, environment_line};
pub use digest::hex_digest;
pub use error::HandOffError;
pub use place::{OpenTarget, Standing, Surroundings};
pub use target::{FileFormat, InvalidTarget, Place, PrivateKeyFormat, Target};
