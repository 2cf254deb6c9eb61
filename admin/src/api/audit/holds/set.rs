//! A legal hold.

use crate::api::body::Body;
use crate::api::caller::Caller;
use crate::api::problem::Refusal;
use crate::domain::Timestamp;
use crate::operations::legal_holds::{self, HoldOrder, LegalHoldView};
use axum::Json;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

/// A legal hold to set.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedHold {
    /// Why, for the audit log.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
    /// NumericDate: the first instant that it covers. Left out, there is no bound.
    from: Option<u64>,
    /// NumericDate: the instant after the last. Left out, it covers what is to come too.
    to: Option<u64>,
}

/// Sets a legal hold: while it stands, nothing that it covers is deleted.
#[utoipa::path(
    post,
    path = "/v1/audit/holds",
    tag = "audit", operation_id = "set_legal_hold",
    request_body = WantedHold,
    responses((status = 201, body = LegalHoldView)),
)]
pub(in crate::api) async fn handler(
    caller: Caller,
    Body(WantedHold { reason, from, to }): Body<WantedHold>,
) -> Result<(StatusCode, Json<LegalHoldView>), Refusal> {
    let [from, to] = [from, to].map(|at| at.map(Timestamp::from_secs));
    let set = legal_holds::set(&caller.keystile, &caller.actor, HoldOrder { reason, from, to }).await?;
    Ok((StatusCode::CREATED, Json(set)))
}
