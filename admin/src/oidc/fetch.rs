//! One exchange with the provider.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use zeroize::Zeroizing;

use super::SignInError;
use crate::outbound::{Failure, Outbound};
use crate::telemetry;

/// A whole exchange. A sign-in takes three of them at most and a request is answered within 30 s.
const EXCHANGE: Duration = Duration::from_secs(5);

/// An answer, in which there may be tokens.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Zeroizing<Vec<u8>>,
}

/// Reads a document of `most` bytes at most.
pub(super) async fn document(
    outbound: &Outbound,
    url: &str,
    what: &'static str,
    most: usize,
) -> Result<Zeroizing<Vec<u8>>, SignInError> {
    let place = outbound.admit(url).map_err(|cause| SignInError::not_admitted(what, &cause))?;
    let request = outbound.request(Method::GET, &place).header("accept", "application/json");
    let Answer { status, body } = send(request, what, most).await?;
    match status {
        StatusCode::OK => Ok(body),
        status => Err(refused(what, status)),
    }
}

/// Sends a request and reads `most` bytes of the answer at most. A redirect is an answer: nobody follows it.
pub(super) async fn send(
    request: RequestBuilder,
    what: &'static str,
    most: usize,
) -> Result<Answer, SignInError> {
    let failed = |error: reqwest::Error| SignInError::unavailable(what, &Failure::from(&error));
    let mut answer = telemetry::send(request.timeout(EXCHANGE)).await.map_err(failed)?;
    let status = answer.status();
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > most {
            let cause = format!("it has more than {most} bytes");
            return Err(SignInError::Unavailable { what, cause });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}

pub(super) fn refused(what: &'static str, status: StatusCode) -> SignInError {
    let follows = if status.is_redirection() { ", and redirects are not followed" } else { "" };
    SignInError::Unavailable { what, cause: format!("it answers with status {}{follows}", status.as_u16()) }
}
