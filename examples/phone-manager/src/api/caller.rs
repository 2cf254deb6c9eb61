use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::Service;
use super::failure::Failure;
use crate::sessions;
use crate::tokens::{Claims, Purpose};

/// A request with an access token whose session is alive.
pub(crate) struct Caller {
    pub(crate) user_id: String,
    pub(crate) session_id: String,
}

impl FromRequestParts<Arc<Service>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Failure> {
        let field = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = field.and_then(|field| field.strip_prefix("Bearer ")).ok_or(Failure::Token)?;
        let claims = believe(service, token, Purpose::Access).await?;
        if !sessions::is_alive(&service.database, &claims.sid).await? {
            return Err(Failure::Token);
        }
        Ok(Self { user_id: claims.sub, session_id: claims.sid })
    }
}

/// The claims of a token of ours that is for this purpose.
pub(crate) async fn believe(service: &Service, token: &str, purpose: Purpose) -> Result<Claims, Failure> {
    let claims = service.keys.verify(token, &service.issuer.expectations()).await;
    claims.filter(|claims| claims.token_use == purpose).ok_or(Failure::Token)
}
