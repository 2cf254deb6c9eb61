//! Refusals as answers of this runtime.

use keystile_gateway::{Refusal, Wording};
use worker::{Headers, Response, console_error, web_sys};

use crate::settings::SettingError;

/// The answer to the client.
pub(crate) fn refuse(
    refusal: &Refusal,
    wording: Wording<'_>,
    request_id: &str,
) -> worker::Result<web_sys::Response> {
    let answer = refusal.to_answer(wording, request_id);
    let headers = Headers::new();
    for (name, value) in &answer.headers {
        headers.set(name, value)?;
    }
    let response = Response::from_bytes(answer.body.into_bytes())?;
    Ok(response.with_status(answer.status).with_headers(headers).into())
}

/// Something failed that should always work. What it was is for the log alone.
pub(crate) fn failed(error: &worker::Error) -> Refusal {
    console_error!("the gateway failed: {error}");
    Refusal::GatewayFailed
}

impl From<SettingError> for Refusal {
    fn from(error: SettingError) -> Self {
        Self::Misconfigured(error.to_string())
    }
}
