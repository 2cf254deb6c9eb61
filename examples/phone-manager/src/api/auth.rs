//! `POST /api/v1/auth/{login,refresh,logout}`

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::caller::{Caller, believe};
use super::failure::Failure;
use super::{Service, now};
use crate::tokens::{Claims, Purpose};
use crate::{accounts, sessions};

#[derive(Deserialize)]
pub(crate) struct Credentials {
    email: String,
    password: String,
}

#[derive(Deserialize)]
pub(crate) struct RefreshRequest {
    refresh_token: String,
}

/// As RFC 6749 section 5.1 has it.
#[derive(Serialize)]
pub(crate) struct TokenResponse {
    access_token: String,
    refresh_token: String,
    token_type: &'static str,
    expires_in: u64,
}

pub(crate) async fn login(
    State(service): State<Arc<Service>>,
    Json(credentials): Json<Credentials>,
) -> Result<Json<TokenResponse>, Failure> {
    let found = accounts::authenticate(&service.database, &credentials.email, &credentials.password).await?;
    let user = found.ok_or(Failure::Credentials)?;
    let session_id = Uuid::new_v4().to_string();
    let refresh = service.issuer.claims(Purpose::Refresh, &user.id, &session_id, now());
    sessions::begin(&service.database, &session_id, &user.id, &refresh.jti, refresh.exp).await?;
    respond(&service, &refresh)
}

pub(crate) async fn refresh(
    State(service): State<Arc<Service>>,
    Json(request): Json<RefreshRequest>,
) -> Result<Json<TokenResponse>, Failure> {
    let old = believe(&service, &request.refresh_token, Purpose::Refresh).await?;
    let new = service.issuer.claims(Purpose::Refresh, &old.sub, &old.sid, now());
    if !sessions::renew(&service.database, &old.sid, &old.jti, &new.jti, new.exp).await? {
        return Err(Failure::Token);
    }
    respond(&service, &new)
}

pub(crate) async fn logout(
    State(service): State<Arc<Service>>,
    caller: Caller,
) -> Result<StatusCode, Failure> {
    sessions::end(&service.database, &caller.session_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The refresh token with these claims, and an access token of the same session.
fn respond(service: &Service, refresh: &Claims) -> Result<Json<TokenResponse>, Failure> {
    let access = service.issuer.claims(Purpose::Access, &refresh.sub, &refresh.sid, refresh.iat);
    Ok(Json(TokenResponse {
        access_token: service.issuer.sign(&access)?,
        refresh_token: service.issuer.sign(refresh)?,
        token_type: "Bearer",
        expires_in: service.issuer.life_secs(Purpose::Access),
    }))
}
