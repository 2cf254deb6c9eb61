//! How many connections there may be: in all, and from one address.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::settings::Bounds;

/// Who is at the other end. As long as one is there, the connection counts.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) address: IpAddr,
    /// Whether nobody on the way could read along.
    pub(crate) is_over_tls: bool,
    _place: Arc<Place>,
}

impl Caller {
    /// The same at the other end of TLS.
    #[must_use]
    pub(super) fn over_tls(self) -> Self {
        Self { is_over_tls: true, ..self }
    }
}

/// The places that connections take.
#[derive(Debug)]
pub(super) struct Admission {
    bounds: Bounds,
    all: Arc<Semaphore>,
    by_address: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

/// A place that is taken. Dropping it gives it back.
#[derive(Debug)]
struct Place {
    _permit: OwnedSemaphorePermit,
    neighbourhood: IpAddr,
    by_address: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

impl Admission {
    pub(super) fn new(bounds: Bounds) -> Self {
        let all = Arc::new(Semaphore::new(bounds.connections as usize));
        Self { bounds, all, by_address: Arc::default() }
    }

    /// A place for one more connection, once there is one.
    pub(super) async fn place(&self) -> io::Result<OwnedSemaphorePermit> {
        Arc::clone(&self.all).acquire_owned().await.map_err(io::Error::other)
    }

    /// Whoever is there takes the place, unless there are enough of that address.
    pub(super) fn admit(&self, permit: OwnedSemaphorePermit, address: IpAddr) -> Option<Caller> {
        let neighbourhood = neighbourhood(address);
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = by_address.get(&neighbourhood).copied().unwrap_or(0);
        if self.bounds.connections_per_address.is_some_and(|most| taken >= most) {
            tracing::debug!(%address, "has enough connections; one more is closed");
            return None;
        }
        by_address.insert(neighbourhood, taken + 1);
        let place = Place { _permit: permit, neighbourhood, by_address: Arc::clone(&self.by_address) };
        Some(Caller { address, is_over_tls: false, _place: Arc::new(place) })
    }

    /// Every place is free once nobody is there any more.
    pub(super) async fn until_nobody_is_there(&self) {
        let _ = self.all.acquire_many(self.bounds.connections).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut by_address = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = by_address.get_mut(&self.neighbourhood) {
            *taken -= 1;
            if *taken == 0 {
                by_address.remove(&self.neighbourhood);
            }
        }
    }
}

/// Who counts as one: a single address, or the 64 bits of a network, of which whoever has IPv6 has all addresses
/// (RFC 4291 section 2.5.4).
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_takes_no_more_than_its_places_and_gives_them_back() {
        let bounds = Bounds { connections: 10, connections_per_address: Some(2), ..Bounds::default() };
        let admission = Admission::new(bounds);
        let admit =
            async |address: &str| admission.admit(admission.place().await.unwrap(), address.parse().unwrap());
        let first = admit("2001:db8::1").await;
        let second = admit("2001:db8::2").await;
        assert!(first.is_some() && second.is_some());
        assert!(admit("2001:db8::3").await.is_none(), "the same network");
        assert!(admit("2001:db8:0:1::3").await.is_some() && admit("192.0.2.1").await.is_some());
        let upgraded = first.clone();
        drop(first);
        assert!(admit("2001:db8::3").await.is_none(), "its WebSocket is still there");
        drop(upgraded);
        assert!(admit("2001:db8::3").await.is_some());
        drop(second);
        assert!(admission.by_address.lock().unwrap().is_empty());
        assert_eq!(admission.all.available_permits(), 10);
    }
}
