//! What stands behind the `?`, or the refusal that says what is wrong with it.

use axum::extract::{FromRequestParts, Query as AxumQuery};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Refusal;

/// The query of a request.
pub(super) struct Query<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let AxumQuery(query) = AxumQuery::from_request_parts(parts, state).await.map_err(|rejection| {
            Refusal::invalid_input(format!("the query does not fit /openapi.json: {}", rejection.body_text()))
        })?;
        Ok(Self(query))
    }
}
