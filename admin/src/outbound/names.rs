use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

/// Every address of a name, once it was looked up.
pub type Addresses = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Who knows what address a name stands for.
pub trait Names: Send + Sync + 'static {
    /// Every address of a name.
    fn addresses(&self, host: String) -> Addresses;
}

/// The system's own resolver.
pub struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, host: String) -> Addresses {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}
