use std::time::Duration;

use reqwest::{RequestBuilder, StatusCode};
use serde_json::Value;
use zeroize::Zeroizing;

use super::ManagerError;
use crate::outbound::Failure;
use crate::telemetry;

/// A whole exchange. Secrets managers answer in well under a second; what takes longer is tried again.
const EXCHANGE: Duration = Duration::from_secs(5);
/// The most that is read of an answer: a secret has 1 MiB at most in OpenBao and 64 KiB in AWS, by their defaults.
const ANSWER_BYTES: usize = 2 << 20;
/// How much of what a manager says about a refusal is worth showing.
const DETAIL_CHARS: usize = 200;

/// An answer, which may be a secret.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its body.
    pub body: Zeroizing<Vec<u8>>,
}

/// Sends a request and reads the whole answer, whatever its status.
pub(super) async fn send(request: RequestBuilder) -> Result<Answer, ManagerError> {
    let mut answer = telemetry::send(request.timeout(EXCHANGE)).await.map_err(|error| transport(&error))?;
    let status = answer.status();
    let mut body = Zeroizing::new(Vec::new());
    while let Some(chunk) = answer.chunk().await.map_err(|error| transport(&error))? {
        if body.len() + chunk.len() > ANSWER_BYTES {
            let detail = format!("it has more than {ANSWER_BYTES} bytes");
            return Err(ManagerError::Unreadable { detail });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, body })
}

/// What a refusal amounts to; `said` is the part of the answer that tells people why.
pub(super) fn refusal(status: StatusCode, said: &str) -> ManagerError {
    let detail: String =
        said.chars().take(DETAIL_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            ManagerError::Unauthorized { status: status.as_u16(), detail }
        }
        _ if status.is_redirection() => ManagerError::Redirected { status: status.as_u16() },
        _ => ManagerError::Refused { status: status.as_u16(), detail },
    }
}

/// A JSON answer that has no secret in it.
pub(super) fn json(body: &[u8]) -> Result<Value, ManagerError> {
    serde_json::from_slice(body).map_err(|_| ManagerError::Unreadable { detail: "it is no JSON".to_owned() })
}

fn transport(error: &reqwest::Error) -> ManagerError {
    match Failure::from(error) {
        Failure::NotAdmitted(cause) => cause.into(),
        Failure::TimedOut => ManagerError::TimedOut { after: EXCHANGE },
        Failure::Unreachable { cause } => ManagerError::Unreachable { detail: cause },
    }
}
