//! Secrets managers of others, OpenBao (Vault) and AWS: one request with a token or a signature, by way of `outbound`, and
//! what its answer amounts to. `hand_off` brings keys there; the master key of `seal` may come from there.

mod aws;
mod credentials;
mod error;
mod exchange;
mod openbao;

pub use aws::{AccessKey, AwsService, is_exception, refused_by_aws};
pub use credentials::Credentials;
pub use error::ManagerError;
pub use exchange::Answer;
pub use openbao::{OpenBaoServer, refused_by_openbao, says_why};
