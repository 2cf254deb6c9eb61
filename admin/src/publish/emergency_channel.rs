//! The emergency channel of the edge: an edge worker with a Durable Object, which takes a signed key set and has every
//! isolate look at it within seconds. It is beside the store and never in its place: what fails here is tried again,
//! and nothing waits for it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, StatusCode, Url, header::CONTENT_TYPE, redirect};

use crate::domain::Timestamp;
use crate::publish::PublishError;
use crate::telemetry::send;

/// A whole exchange. Whoever takes longer is asked again.
const EXCHANGE: Duration = Duration::from_secs(3);
/// After a failure, the channel is left alone for so many seconds.
const PAUSE_SECS: u64 = 5;

/// A client of the channel.
pub struct EmergencyChannel {
    client: Client,
    /// Below it each issuer has its place.
    key_sets: Url,
    /// What each issuer's place is known to have, and when it is to be tried again.
    places: Mutex<BTreeMap<String, Place>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    version: u64,
    not_before: Option<Timestamp>,
}

impl EmergencyChannel {
    /// A channel of the worker at `url`, which has no slash at its end.
    pub fn new(url: &str) -> Result<Self, PublishError> {
        let invalid = |detail: String| PublishError::Misconfigured { detail };
        let key_sets = Url::parse(&format!("{url}/.well-known/keystile/key-sets/"))
            .map_err(|error| invalid(format!("the URL of the emergency channel `{url}`: {error}")))?;
        let client = Client::builder()
            .timeout(EXCHANGE)
            .redirect(redirect::Policy::none())
            .user_agent(concat!("keystile/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| invalid(error.without_url().to_string()))?;
        Ok(Self { client, key_sets, places: Mutex::default() })
    }

    /// Whether the channel is not known to have this version, and may be asked now.
    pub fn wants(&self, issuer: &str, version: u64, now: Timestamp) -> bool {
        let place = self.place(issuer);
        place.version < version && place.not_before.is_none_or(|at| at <= now)
    }

    /// Brings a key set, and remembers what came of it. A set that the channel refuses is not brought again.
    pub async fn bring(
        &self,
        issuer: &str,
        version: u64,
        document: String,
        now: Timestamp,
    ) -> Result<(), PublishError> {
        let outcome = self.put(issuer, document).await;
        let place = match &outcome {
            Ok(()) | Err(PublishError::Refused { status: 422, .. }) => Place { version, not_before: None },
            Err(_) => Place { not_before: Some(now.plus(PAUSE_SECS)), ..self.place(issuer) },
        };
        self.places.lock().unwrap_or_else(PoisonError::into_inner).insert(issuer.to_owned(), place);
        outcome
    }

    async fn put(&self, issuer: &str, document: String) -> Result<(), PublishError> {
        // An issuer's id has nothing that would have to be escaped.
        let url = self
            .key_sets
            .join(issuer)
            .map_err(|error| PublishError::Misconfigured { detail: error.to_string() })?;
        let request = self.client.put(url).header(CONTENT_TYPE, "application/jwk-set+jwt").body(document);
        let answer = send(request).await.map_err(|error| PublishError::Unreachable {
            detail: format!("the emergency channel: {}", error.without_url()),
        })?;
        match answer.status() {
            StatusCode::NO_CONTENT => Ok(()),
            status => Err(PublishError::Refused {
                status: status.as_u16(),
                detail: "the emergency channel does not take the key set".to_owned(),
            }),
        }
    }

    fn place(&self, issuer: &str) -> Place {
        let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.get(issuer).copied().unwrap_or_default()
    }
}
