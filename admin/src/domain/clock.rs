//! Where the present comes from.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Timestamp;

/// Tells the present. Passed in, so that a test decides what time it is.
pub trait Clock: Send + Sync {
    /// The present, by this clock.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where the server asks what time it is"
    )]
    fn now(&self) -> Timestamp {
        let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        // A clock before 1970 reads as 0; signing refuses it, since it lies before every earlier signature.
        Timestamp::from_secs(since_epoch.map_or(0, |elapsed| elapsed.as_secs()))
    }
}

/// A clock that stands still until it is moved: for tests and rehearsals.
#[derive(Debug)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// A clock that stands at `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(AtomicU64::new(at.as_secs()))
    }

    /// Moves the clock to `at`, forwards or backwards.
    pub fn set(&self, at: Timestamp) {
        self.0.store(at.as_secs(), Ordering::SeqCst);
    }

    /// Moves the clock `secs` seconds forwards.
    pub fn advance(&self, secs: u64) {
        self.set(self.now().plus(secs));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.load(Ordering::SeqCst))
    }
}
