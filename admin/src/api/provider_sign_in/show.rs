//! Is there a provider?

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::caller::Anyone;
use crate::operations::provider_sign_in;

/// What the sign-in page shows.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct SignInProvider {
    /// What people call the identity provider; null where none is set.
    name: Option<String>,
}

/// With whom one can sign in, besides a name and an API token.
#[utoipa::path(
    get,
    path = "/v1/session/provider",
    tag = "session", operation_id = "show_provider",
    responses((status = 200, body = SignInProvider)),
    security(()),
)]
pub(in crate::api) async fn handler(Anyone { keystile }: Anyone) -> Json<SignInProvider> {
    Json(SignInProvider { name: provider_sign_in::provider_name(&keystile).map(str::to_owned) })
}
