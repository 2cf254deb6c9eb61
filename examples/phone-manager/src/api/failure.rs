use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request was not answered as asked.
pub(crate) enum Failure {
    /// No such user, or another password.
    Credentials,
    /// No token, or none that is to be believed, or one whose session has ended.
    Token,
    /// Our fault: the log says what, the client need not know.
    Internal(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Internal(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::Credentials => {
                metrics::counter!(super::LOGIN_FAILURES).increment(1);
                (StatusCode::UNAUTHORIZED, "invalid_credentials")
            }
            Self::Token => {
                metrics::counter!(super::VALIDATION_ERRORS).increment(1);
                (StatusCode::UNAUTHORIZED, "invalid_token")
            }
            Self::Internal(error) => {
                tracing::error!("a request failed: {error:#}");
                (StatusCode::INTERNAL_SERVER_ERROR, "internal_error")
            }
        };
        let mut response = (status, Json(json!({ "error": code }))).into_response();
        if status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Bearer realm=\"phone-manager\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}
