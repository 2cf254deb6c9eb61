//! Of several processes on one database one at a time writes to a place elsewhere: pushes, or hands over.
//!
//! The lease is short and is prolonged while the work goes on: a process that is killed in the middle holds the others
//! up for seconds only. One that is stopped and goes on later finds by its fence that it was overtaken.

use std::convert::Infallible;
use std::time::Duration;

use super::{Keystile, OperationError};
use crate::store::{Snapshot, StoreError};

/// How long the others wait for a process that died.
const LEASE_SECS: u64 = 5;
/// Several times before it ends, so that a slow commit does not lose it.
const PROLONG_EVERY: Duration = Duration::from_secs(1);

/// The right to write somewhere, as long as nobody else has taken it.
pub(super) struct Lease<'k> {
    keystile: &'k Keystile,
    name: String,
    fence: u64,
}

impl<'k> Lease<'k> {
    /// Takes the lease, unless another process holds it.
    pub(super) async fn take(keystile: &'k Keystile, name: String) -> Result<Option<Self>, OperationError> {
        let now = keystile.now();
        let mut change = keystile.store.write().await?;
        let fence = change.take_lease(&name, &keystile.process, now, now.plus(LEASE_SECS)).await?;
        change.commit().await?;
        Ok(fence.map(|fence| Self { keystile, name, fence }))
    }

    /// Prolongs the lease again and again. Run it beside the work, and drop it when that has ended.
    pub(super) async fn keep(&self) -> Infallible {
        loop {
            tokio::time::sleep(PROLONG_EVERY).await;
            if let Err(error) = self.prolong().await {
                tracing::warn!(%error, "the lease could not be prolonged");
            }
        }
    }

    /// Whether nobody has taken it, asked in the state that `snapshot` reads.
    pub(super) async fn is_held(&self, snapshot: &mut Snapshot) -> Result<bool, StoreError> {
        snapshot.holds_lease(&self.name, self.fence).await
    }

    /// The same in a state of its own. Where the database does not answer, the lease counts as lost.
    pub(super) async fn is_held_now(&self) -> bool {
        let held = async { self.is_held(&mut self.keystile.store.read().await?).await };
        held.await.unwrap_or(false)
    }

    /// Gives the lease back.
    pub(super) async fn release(self) -> Result<(), OperationError> {
        let mut change = self.keystile.store.write().await?;
        change.release_lease(&self.name, self.fence).await?;
        Ok(change.commit().await?)
    }

    async fn prolong(&self) -> Result<(), StoreError> {
        let mut change = self.keystile.store.write().await?;
        change.prolong_lease(&self.name, self.fence, self.keystile.now().plus(LEASE_SECS)).await?;
        change.commit().await
    }
}
