//! The brake on guessing at the sign-in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use crate::domain::Timestamp;

/// A bucket of wrong guesses for each client: it empties with each one and refills with time.
///
/// Only wrong guesses are counted and only they are slowed, so that nobody can lock out the holder of a right
/// token by guessing. Tokens have 256 random bits: the brake bounds noise in the log, not the odds.
#[derive(Debug)]
pub struct Throttle(Mutex<HashMap<Client, Bucket>>);

/// Who guesses: an address, or the network of one that has a network to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Client {
    V4([u8; 4]),
    V6Network([u8; 8]),
    /// Who comes when too many others guess.
    OneOfMany,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u64,
    filled_at: Timestamp,
}

/// What a client has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Guesses that are answered yet.
    pub left: u64,
    /// Seconds after which there is one more; 0 where there are all.
    pub refills_in: u64,
}

/// Guesses in a row before the brake takes hold: a person who pastes the wrong thing never meets it.
pub const GUESSES: u64 = 10;
/// Seconds after which one more guess is answered.
pub const REFILL_SECS: u64 = 3;
/// So many clients are told apart, in less than a megabyte. A bucket is forgotten once it is full again.
const CLIENTS: usize = 10_000;

impl Throttle {
    /// Full buckets for everybody.
    pub fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    /// What a client may guess yet.
    pub fn allowance(&self, client: Option<IpAddr>, now: Timestamp) -> Allowance {
        let buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.get(&Client::at(client)).map_or(Bucket::full(now), |bucket| bucket.at(now));
        bucket.allowance(now)
    }

    /// Counts a wrong guess. `Err` carries the seconds after which another will be answered.
    pub fn wrong_guess(&self, client: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut client = Client::at(client);
        if buckets.len() >= CLIENTS && !buckets.contains_key(&client) {
            buckets.retain(|_, bucket| bucket.at(now).left < GUESSES);
            if buckets.len() >= CLIENTS {
                client = Client::OneOfMany;
            }
        }
        let bucket = buckets.entry(client).or_insert(Bucket::full(now));
        *bucket = bucket.at(now);
        match bucket.left.checked_sub(1) {
            Some(left) => {
                bucket.left = left;
                Ok(())
            }
            None => Err(bucket.allowance(now).refills_in),
        }
    }
}

impl Default for Throttle {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    pub(super) fn at(address: Option<IpAddr>) -> Self {
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => Self::V4(address.octets()),
            // Providers give a customer 2^64 addresses at least.
            Some(IpAddr::V6(address)) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Self::V6Network([a, b, c, d, e, f, g, h])
            }
            None => Self::OneOfMany,
        }
    }
}

impl Bucket {
    const fn full(now: Timestamp) -> Self {
        Self { left: GUESSES, filled_at: now }
    }

    /// The bucket after what has run into it since.
    fn at(self, now: Timestamp) -> Self {
        let refills = now.since(self.filled_at) / REFILL_SECS;
        let left = self.left.saturating_add(refills).min(GUESSES);
        match left {
            GUESSES => Self::full(now),
            left => Self { left, filled_at: self.filled_at.plus(refills.saturating_mul(REFILL_SECS)) },
        }
    }

    fn allowance(self, now: Timestamp) -> Allowance {
        let refills_in = match self.left {
            GUESSES => 0,
            _ => REFILL_SECS.saturating_sub(now.since(self.filled_at)),
        };
        Allowance { left: self.left, refills_in }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn guesses_run_out_and_come_back_with_time() {
        let start = Timestamp::from_secs(1_000);
        let (throttle, client) = (Throttle::new(), address("192.0.2.1"));
        for left in (0..GUESSES).rev() {
            assert_eq!(throttle.wrong_guess(client, start), Ok(()));
            assert_eq!(throttle.allowance(client, start), Allowance { left, refills_in: REFILL_SECS });
        }
        assert_eq!(throttle.wrong_guess(client, start), Err(REFILL_SECS));
        assert_eq!(throttle.wrong_guess(client, start.plus(2)), Err(1));
        let later = start.plus(REFILL_SECS);
        assert_eq!(throttle.wrong_guess(client, later), Ok(()));
        assert_eq!(throttle.wrong_guess(client, later), Err(REFILL_SECS));
    }

    #[test]
    fn a_long_pause_fills_the_bucket_and_no_more() {
        let throttle = Throttle::new();
        let much_later = Timestamp::from_secs(1_000_000);
        let answered = (0..100).filter(|_| throttle.wrong_guess(None, much_later).is_ok()).count();
        assert_eq!(answered as u64, GUESSES);
    }

    #[test]
    fn a_client_that_guesses_slows_nobody_but_its_own_network() {
        let (throttle, now) = (Throttle::new(), Timestamp::from_secs(1_000));
        while throttle.wrong_guess(address("2001:db8::1"), now).is_ok() {}
        assert!(throttle.wrong_guess(address("2001:db8::2"), now).is_err());
        assert!(throttle.wrong_guess(address("2001:db8:0:1::1"), now).is_ok());
        while throttle.wrong_guess(address("192.0.2.1"), now).is_ok() {}
        assert!(throttle.wrong_guess(address("::ffff:192.0.2.1"), now).is_err());
        assert!(throttle.wrong_guess(address("192.0.2.2"), now).is_ok());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (throttle, now) = (Throttle::new(), Timestamp::from_secs(1_000));
        for client in 0..20_000_u32 {
            let _ = throttle.wrong_guess(Some(IpAddr::from(client.to_be_bytes())), now);
        }
        assert_eq!(throttle.0.lock().unwrap().len(), CLIENTS + 1);
        let later = now.plus(REFILL_SECS * GUESSES);
        let _ = throttle.wrong_guess(address("192.0.2.1"), later);
        assert_eq!(throttle.0.lock().unwrap().len(), 1);
    }
}
