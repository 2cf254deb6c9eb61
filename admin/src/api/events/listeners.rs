//! How many listen, and when they must stop.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Each listener costs one reading of the status a second, about a millisecond: sixty-four of them leave the server its
/// time for requests, and are more people than look after one set of keys.
const MOST: usize = 64;

/// The places for listeners. A place is free again when its stream is dropped.
pub(in crate::api) struct Listeners {
    places: Arc<Semaphore>,
    stopping: watch::Sender<bool>,
}

/// A place, and news of the end.
pub(super) struct Place {
    stopping: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

impl Listeners {
    pub(in crate::api) fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(MOST)), stopping: watch::Sender::new(false) }
    }

    /// A place, unless all are taken.
    pub(super) fn take(&self) -> Option<Place> {
        let permit = self.places.clone().try_acquire_owned().ok()?;
        Some(Place { stopping: self.stopping.subscribe(), _permit: permit })
    }

    /// Ends every stream: without this, one open page would hold up the end of the server.
    pub(in crate::api) fn stop(&self) {
        self.stopping.send_replace(true);
    }
}

impl Place {
    /// Returns when the server is asked to stop.
    pub(super) async fn stopped(&mut self) {
        // The sender lives as long as the server; if it is gone, so is the server.
        let _ = self.stopping.wait_for(|stopping| *stopping).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_once_its_stream_has_ended() {
        let listeners = Listeners::new();
        let taken: Vec<_> = (0..MOST).map(|_| listeners.take().unwrap()).collect();
        assert!(listeners.take().is_none());
        drop(taken);
        assert!(listeners.take().is_some());
    }

    #[tokio::test]
    async fn whoever_listens_hears_that_the_server_stops() {
        let listeners = Listeners::new();
        let mut place = listeners.take().unwrap();
        listeners.stop();
        place.stopped().await;
    }
}
