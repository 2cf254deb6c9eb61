//! One delivery to one webhook.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use super::{DeliveryError, sign};
use crate::domain::{SecretBytes, Timestamp};
use crate::outbound::{Failure, NotAdmitted, Outbound};
use crate::telemetry::send;

/// A whole exchange: the specification wants 15 to 30 s.
const EXCHANGE: Duration = Duration::from_secs(15);

/// What goes to one webhook.
pub struct Parcel {
    /// Where it goes.
    pub url: String,
    /// Its id, the same at every attempt.
    pub id: String,
    /// The JSON, as it is signed.
    pub body: String,
    /// The secrets that sign it, the newest first.
    pub secrets: Vec<SecretBytes>,
}

/// Delivers parcels.
#[derive(Clone)]
pub struct WebhookClient(Outbound);

impl WebhookClient {
    /// A client that goes where `outbound` lets it.
    pub fn new(outbound: Outbound) -> Self {
        Self(outbound)
    }

    /// Returns `Ok` only if a webhook may have this URL.
    pub fn check(&self, url: &str) -> Result<(), NotAdmitted> {
        self.0.admit(url).map(drop)
    }

    /// Delivers it, signed as of `now`.
    pub async fn deliver(&self, parcel: Parcel, now: Timestamp) -> Result<(), DeliveryError> {
        // Asked again, because an operator can take a permission back.
        let target = self.0.admit(&parcel.url)?;
        let signature = sign(&parcel.secrets, &parcel.id, now.as_secs(), &parcel.body);
        let request = self
            .0
            .request(Method::POST, &target)
            .timeout(EXCHANGE)
            .header("content-type", "application/json")
            .header("webhook-id", parcel.id)
            .header("webhook-timestamp", now.as_secs())
            .header("webhook-signature", signature)
            .body(parcel.body);
        let answer = send(request).await.map_err(|error| failure(Failure::from(&error)))?;
        let status = answer.status();
        match status {
            _ if status.is_success() => Ok(()),
            _ if status.is_redirection() => Err(DeliveryError::Redirected { status: status.as_u16() }),
            StatusCode::GONE => Err(DeliveryError::Gone),
            _ => {
                let value = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
                let retry_after = value.and_then(|value| value.trim().parse().ok()).map(Duration::from_secs);
                Err(DeliveryError::Refused { status: status.as_u16(), retry_after })
            }
        }
    }
}

fn failure(failure: Failure) -> DeliveryError {
    match failure {
        Failure::NotAdmitted(cause) => cause.into(),
        Failure::TimedOut => DeliveryError::TimedOut { after: EXCHANGE },
        Failure::Unreachable { cause } => DeliveryError::Unreachable { detail: cause },
    }
}

#[cfg(test)]
mod tests;
