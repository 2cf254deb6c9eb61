//! What paths name.

use std::collections::HashMap;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::problem::Refusal;
use crate::domain::IssuerId;
use crate::operations::OperationError;

/// `/v1/issuers/{id}/…`
pub(super) struct IssuerPath(pub(super) IssuerId);

/// `/v1/issuers/{id}/keys/{kid}/…`
pub(super) struct KeyPath {
    pub(super) issuer: IssuerId,
    pub(super) kid: String,
}

/// `/v1/issuers/{id}/key-set/{name}`
pub(super) struct ValuePath {
    pub(super) issuer: IssuerId,
    pub(super) name: String,
}

/// `/v1/roots/{kid}/…`
pub(super) struct RootPath(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for RootPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        Ok(Self(names(parts, state).await?.remove("kid").unwrap_or_default()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IssuerPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        names(parts, state).await.and_then(|mut names| issuer(&mut names)).map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for KeyPath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let mut names = names(parts, state).await?;
        Ok(Self { issuer: issuer(&mut names)?, kid: names.remove("kid").unwrap_or_default() })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ValuePath {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let mut names = names(parts, state).await?;
        Ok(Self { issuer: issuer(&mut names)?, name: names.remove("name").unwrap_or_default() })
    }
}

async fn names<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<HashMap<String, String>, Refusal> {
    let unreadable = |_| Refusal::invalid_input("the path is not UTF-8: encode names in it with `%`");
    Path::from_request_parts(parts, state).await.map(|Path(names)| names).map_err(unreadable)
}

/// A name that no issuer can have is simply not found.
fn issuer(names: &mut HashMap<String, String>) -> Result<IssuerId, Refusal> {
    let id = names.remove("id").unwrap_or_default();
    id.parse().map_err(|_| OperationError::IssuerNotFound { issuer: id }.into())
}
