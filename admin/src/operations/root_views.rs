//! What operations answer about roots, and about what signs key sets.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::Timestamp;

/// What kind of key signs key sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SetSignerKind {
    /// A root, whose private half is on this server.
    Root,
    /// A key that a root delegates it to; the root may be offline.
    Delegation,
    /// Nobody: no root is here, and no delegation is valid.
    None,
}

/// What signs the key sets of an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SetSignerView {
    /// What kind of key it is.
    pub kind: SetSignerKind,
    /// The key.
    pub kid: Option<String>,
    /// The root that vouches for it.
    pub root: Option<String>,
    /// The generation of its delegation.
    pub generation: Option<u64>,
    /// When its delegation ends, and with it every key set that it signed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// From when on it is time to have the delegation renewed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub renew_from: Option<Timestamp>,
    /// What must be done, if something must.
    pub warning: Option<String>,
}

impl SetSignerView {
    /// Where nobody signs.
    pub(super) fn nobody() -> Self {
        Self {
            kind: SetSignerKind::None,
            kid: None,
            root: None,
            generation: None,
            expires_at: None,
            renew_from: None,
            warning: None,
        }
    }
}

/// A root key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RootView {
    /// The RFC 7638 thumbprint.
    pub kid: String,
    /// The length of the modulus.
    pub bits: u32,
    /// The public half as a JWK.
    #[schema(value_type = Object)]
    pub public_jwk: serde_json::Value,
    /// When the server came to know it.
    #[schema(value_type = String, format = DateTime)]
    pub announced_at: Timestamp,
    /// When it stopped vouching for anything.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Timestamp>,
    /// Whether its private half is on this server.
    pub has_private_key: bool,
    /// The issuers whose present key sets it vouches for.
    pub vouches_for: Vec<String>,
    /// Whether every region that reports says that it has pinned it.
    pub pinned_everywhere: bool,
    /// How many regions report.
    pub regions_reporting: usize,
    /// Those among them that do not say so.
    pub waiting_for: Vec<String>,
}
