//! How many credentials were refused, for whoever watches.

use std::sync::atomic::{AtomicU64, Ordering};

/// Where a credential is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// The sign-in of the console.
    Console,
    /// A request with a bearer token.
    Api,
}

impl Door {
    /// Every door.
    pub const ALL: [Self; 2] = [Self::Console, Self::Api];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Console => "console",
            Self::Api => "api",
        }
    }
}

/// Counts since the process started.
#[derive(Debug, Default)]
pub struct Failures {
    console: AtomicU64,
    api: AtomicU64,
}

impl Failures {
    /// One more.
    pub fn note(&self, door: Door) {
        self.of(door).fetch_add(1, Ordering::Relaxed);
    }

    /// How many there were.
    pub fn count_of(&self, door: Door) -> u64 {
        self.of(door).load(Ordering::Relaxed)
    }

    fn of(&self, door: Door) -> &AtomicU64 {
        match door {
            Door::Console => &self.console,
            Door::Api => &self.api,
        }
    }
}
