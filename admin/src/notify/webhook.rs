//! One delivery to one webhook.

use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, StatusCode, redirect};

use super::{AllowedHosts, DeliveryError, Target, is_public, sign};
use crate::domain::{SecretBytes, Timestamp};

/// A whole exchange: the specification wants 15 to 30 s.
const EXCHANGE: Duration = Duration::from_secs(15);

/// Who knows what address a name stands for.
pub trait Names: Send + Sync + 'static {
    /// Every address of a name.
    fn addresses(&self, host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
}

/// The system's own resolver.
pub struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A name is looked up once for a delivery, and every address that it stands for is checked. The connection goes to what
/// was checked, so that a name which stands for something else a moment later (DNS rebinding) leads nowhere.
struct Checked {
    names: Arc<dyn Names>,
    allowed: AllowedHosts,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let (looking, is_allowed) = (self.names.addresses(host.clone()), self.allowed.contains(&host));
        Box::pin(async move {
            let addresses = looking.await?;
            if !is_allowed && !addresses.iter().all(|address| is_public(*address)) {
                return Err(DeliveryError::NotPublic { host }.into());
            }
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

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
pub struct WebhookClient {
    client: Client,
    allowed: AllowedHosts,
}

impl WebhookClient {
    /// Prepares a client that believes `names`, and goes to hosts that are not public only where they are `allowed`.
    pub fn new(allowed: AllowedHosts, names: Arc<dyn Names>) -> Result<Self, DeliveryError> {
        let checked = Checked { names, allowed: allowed.clone() };
        let client = Client::builder()
            .timeout(EXCHANGE)
            .redirect(redirect::Policy::none())
            // A proxy would look names up by itself, and reach what it can.
            .no_proxy()
            // A connection that is kept would be a name that is not looked up.
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(checked))
            .user_agent(concat!("keystile/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| DeliveryError::Unreachable { detail: error.without_url().to_string() })?;
        Ok(Self { client, allowed })
    }

    /// The URL, if a webhook may have it.
    pub fn target(&self, url: &str) -> Result<Target, DeliveryError> {
        Target::parse(url, &self.allowed)
    }

    /// Delivers it, signed as of `now`.
    pub async fn deliver(&self, parcel: Parcel, now: Timestamp) -> Result<(), DeliveryError> {
        // Asked again, because an operator can take a permission back.
        let target = self.target(&parcel.url)?;
        let signature = sign(&parcel.secrets, &parcel.id, now.as_secs(), &parcel.body);
        let request = self
            .client
            .post(target.url().clone())
            .header("content-type", "application/json")
            .header("webhook-id", parcel.id)
            .header("webhook-timestamp", now.as_secs())
            .header("webhook-signature", signature)
            .body(parcel.body);
        let answer = request.send().await.map_err(|error| failure(&error))?;
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

fn failure(error: &reqwest::Error) -> DeliveryError {
    if error.is_timeout() {
        return DeliveryError::TimedOut { after: EXCHANGE };
    }
    // The outermost message only says that a request failed; the innermost one says why.
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        if let Some(ours) = source.downcast_ref::<DeliveryError>() {
            return ours.clone();
        }
        cause = source;
    }
    DeliveryError::Unreachable { detail: cause.to_string() }
}

#[cfg(test)]
mod tests;
