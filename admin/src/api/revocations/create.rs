//! Tokens or sessions are taken back.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::path::IssuerPath;
use crate::api::problem::Refusal;
use crate::domain::Timestamp;
use crate::operations::revocations::{RevocationOrder, RevocationView, rehearse, revoke};
use axum::Json;
use axum::http::StatusCode;
use keystile_validator::RevokedClaim;
use serde::Deserialize;
use utoipa::ToSchema;

/// Tokens or sessions to revoke.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedRevocations {
    /// `jti` for tokens, `sid` for sessions.
    claim: WantedClaim,
    /// The values of that claim, 1 to 10,000.
    values: Vec<String>,
    /// NumericDate: when the last token that this is about expires. Left out, as late as any that is out there can.
    expires_at: Option<u64>,
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
    /// Whether to say only what would happen.
    #[serde(default)]
    dry_run: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
enum WantedClaim {
    #[serde(rename = "jti")]
    TokenId,
    #[serde(rename = "sid")]
    SessionId,
}

/// Refuses tokens or sessions by name until they would have expired anyway. Asking again changes nothing, and there is no
/// way back: whoever was meant by mistake gets a new token, in a new session.
#[utoipa::path(
    post,
    path = "/v1/issuers/{id}/revocations",
    tag = "revocation", operation_id = "revoke_by_name",
    params(("id" = String, Path, description = "Issuer")),
    request_body = WantedRevocations,
    responses(
        (status = 202, body = RevocationView),
        (status = 200, body = RevocationView, description = "A dry run"),
    ),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    IssuerPath(issuer): IssuerPath,
    Body(wanted): Body<WantedRevocations>,
) -> Result<(StatusCode, Json<RevocationView>), Refusal> {
    let order = RevocationOrder {
        claim: match wanted.claim {
            WantedClaim::TokenId => RevokedClaim::TokenId,
            WantedClaim::SessionId => RevokedClaim::SessionId,
        },
        values: wanted.values,
        expires_at: wanted.expires_at.map(Timestamp::from_secs),
        reason: wanted.reason,
    };
    if wanted.dry_run {
        let would = rehearse(&caller.keystile, &caller.actor, &issuer, order).await?;
        return Ok((StatusCode::OK, Json(would)));
    }
    let done = revoke(&caller.keystile, &caller.actor, &issuer, order).await?;
    Ok((StatusCode::ACCEPTED, Json(done)))
}
