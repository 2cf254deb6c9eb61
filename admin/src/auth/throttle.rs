//! The brake on guessing at the sign-in.

use std::sync::{Mutex, PoisonError};

use crate::domain::Timestamp;

/// A bucket of wrong guesses: it empties with each one and refills with time.
///
/// Only wrong guesses are counted and only they are slowed, so that nobody can lock out the holder of a right
/// token by guessing. Tokens have 256 random bits: the brake bounds noise in the log, not the odds.
#[derive(Debug)]
pub struct Throttle(Mutex<Bucket>);

#[derive(Debug)]
struct Bucket {
    left: u64,
    filled_at: Timestamp,
}

/// Guesses in a row before the brake takes hold: a person who pastes the wrong thing never meets it.
const GUESSES: u64 = 10;
/// Seconds after which one more guess is answered.
const REFILL_SECS: u64 = 3;

impl Throttle {
    /// A full bucket.
    pub fn new(now: Timestamp) -> Self {
        Self(Mutex::new(Bucket { left: GUESSES, filled_at: now }))
    }

    /// Counts a wrong guess. `Err` carries the seconds after which another will be answered.
    pub fn wrong_guess(&self, now: Timestamp) -> Result<(), u64> {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let refills = now.since(bucket.filled_at) / REFILL_SECS;
        if refills > 0 {
            bucket.left = bucket.left.saturating_add(refills).min(GUESSES);
            bucket.filled_at = now;
        }
        match bucket.left.checked_sub(1) {
            Some(left) => {
                bucket.left = left;
                Ok(())
            }
            None => Err(REFILL_SECS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_run_out_and_come_back_with_time() {
        let start = Timestamp::from_secs(1_000);
        let throttle = Throttle::new(start);
        for _ in 0..GUESSES {
            assert_eq!(throttle.wrong_guess(start), Ok(()));
        }
        assert_eq!(throttle.wrong_guess(start), Err(REFILL_SECS));
        let later = start.plus(REFILL_SECS);
        assert_eq!(throttle.wrong_guess(later), Ok(()));
        assert_eq!(throttle.wrong_guess(later), Err(REFILL_SECS));
    }

    #[test]
    fn a_long_pause_fills_the_bucket_and_no_more() {
        let throttle = Throttle::new(Timestamp::from_secs(0));
        let much_later = Timestamp::from_secs(1_000_000);
        let answered = (0..100).filter(|_| throttle.wrong_guess(much_later).is_ok()).count();
        assert_eq!(answered as u64, GUESSES);
    }
}
