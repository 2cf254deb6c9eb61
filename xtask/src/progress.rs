//! What the commands say while they work. Everything goes to standard error: standard output belongs to the result.

use std::io::{self, Write};
use std::time::{Duration, Instant};

/// Prints a line.
pub fn say(line: &str) {
    // A closed standard error is no reason to stop what was asked for.
    let _ = writeln!(io::stderr(), "{line}");
}

/// Announces what happens next.
pub fn step(what: &str) {
    say(&format!("==> {what}"));
}

/// Measures what a developer waits for; nothing decides by it except how long to wait.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts at nought.
    #[expect(
        clippy::disallowed_methods,
        reason = "a developer's wait is measured, and no rule of the product depends on it"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
