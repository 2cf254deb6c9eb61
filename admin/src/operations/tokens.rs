//! Signing a token, and judging one as the edge would.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Keystile, OperationError};
use crate::domain::{Actor, Audience, IssuerId, Timestamp};

/// What is asked to be signed.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// The `sub` claim.
    pub subject: String,
    /// The `aud` claim; otherwise the issuer's.
    pub audience: Option<Audience>,
    /// How long it lives; otherwise as long as an access token. Never longer than the policy's longest token.
    pub lifetime_secs: Option<u64>,
    /// Further claims. The registered ones the server sets itself are refused here.
    pub claims: Map<String, Value>,
}

/// A signed token. It is a credential: show it once, never log it.
#[derive(Serialize, ToSchema)]
pub struct MintedToken {
    /// The compact JWS.
    pub token: String,
    /// When it expires.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// The key that signed it.
    pub kid: String,
}

/// What the edge would say to a token now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Inspection {
    /// Whether it would be let through.
    pub ok: bool,
    /// The code of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<&'static str>,
    /// What the refusal means, and the remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The header of a token that would be let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub header: Option<Value>,
    /// The claims of a token that would be let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub claims: Option<Value>,
}

/// Signs a token with the active key.
pub async fn mint(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    request: TokenRequest,
) -> Result<MintedToken, OperationError> {
    let _ = (keystile, actor, issuer, request);
    Err(super::unwritten())
}

/// Judges a token with the current key set and the issuer's `iss` and `aud`.
pub async fn inspect(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    token: &str,
) -> Result<Inspection, OperationError> {
    let _ = (keystile, actor, issuer, token);
    Err(super::unwritten())
}
