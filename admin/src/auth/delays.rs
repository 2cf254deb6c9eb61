//! The brake on guessing one user's password.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::throttle::Client;
use crate::domain::Timestamp;

/// The wait after wrong passwords, for each user and network apart. It doubles, and is over by itself.
///
/// Apart, because a wait for everybody who gives a name would let anybody lock its owner out. A network that guesses the
/// passwords of many names is slowed by the [`Throttle`](super::Throttle) besides.
#[derive(Debug, Default)]
pub struct Delays(Mutex<HashMap<(String, Client), Delay>>);

#[derive(Debug, Clone, Copy)]
struct Delay {
    failed: u32,
    until: Timestamp,
}

/// So many wrong ones are free: fingers slip.
const FREE: u32 = 3;
/// Somebody who has forgotten it comes back after a coffee.
const LONGEST_SECS: u64 = 900;
/// After so long without a wrong one it is forgotten.
const KEPT_SECS: u64 = 3_600;
/// So many pairs are told apart, in about a megabyte; when there are more, the waits of all are forgotten that are over.
const PAIRS: usize = 10_000;
/// A name that is longer is no user's, and takes no more room.
const LONGEST_NAME: usize = 32;

impl Delays {
    /// `Err` carries the seconds after which a password is looked at again. A try that comes too early is not counted, so
    /// that it costs its owner nothing.
    pub fn may_try(&self, user: &str, client: Option<IpAddr>, now: Timestamp) -> Result<(), u64> {
        let delays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match delays.get(&pair(user, client)) {
            Some(delay) if now < delay.until => Err(delay.until.since(now).min(LONGEST_SECS)),
            _ => Ok(()),
        }
    }

    /// Counts a wrong password.
    pub fn failed(&self, user: &str, client: Option<IpAddr>, now: Timestamp) {
        let mut delays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = pair(user, client);
        if delays.len() >= PAIRS && !delays.contains_key(&pair) {
            delays.retain(|_, delay| now < delay.until.plus(KEPT_SECS));
            if delays.len() >= PAIRS {
                // Whoever brings so many networks is slowed by the hashing itself, two at a time.
                delays.retain(|_, delay| now < delay.until);
            }
            if delays.len() >= PAIRS {
                return;
            }
        }
        let before = delays.get(&pair).filter(|delay| now < delay.until.plus(KEPT_SECS));
        let failed = before.map_or(0, |delay| delay.failed).saturating_add(1);
        let wait = match failed.checked_sub(FREE) {
            None => 0,
            Some(over) => 1_u64.checked_shl(over).unwrap_or(LONGEST_SECS).min(LONGEST_SECS),
        };
        delays.insert(pair, Delay { failed, until: now.plus(wait) });
    }

    /// The password was right: whoever is there knows it.
    pub fn succeeded(&self, user: &str, client: Option<IpAddr>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&pair(user, client));
    }
}

fn pair(user: &str, client: Option<IpAddr>) -> (String, Client) {
    (user.chars().take(LONGEST_NAME).collect(), Client::at(client))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000_000);

    fn address(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn the_wait_doubles_up_to_a_quarter_of_an_hour() {
        let (delays, here, mut now) = (Delays::default(), address("192.0.2.1"), NOW);
        let mut waits = Vec::new();
        for _ in 0..15 {
            delays.failed("ada", here, now);
            let wait = delays.may_try("ada", here, now).err().unwrap_or(0);
            now = now.plus(wait);
            waits.push(wait);
        }
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
        assert_eq!(delays.may_try("ada", here, now), Ok(()));
    }

    #[test]
    fn guesses_from_a_hundred_networks_do_not_keep_the_owner_out() {
        let delays = Delays::default();
        let mut answered = 0;
        for round in 0..10 {
            for host in 0..100 {
                let from = address(&format!("198.51.100.{host}"));
                if delays.may_try("ada", from, NOW.plus(round)).is_ok() {
                    delays.failed("ada", from, NOW.plus(round));
                    answered += 1;
                }
            }
        }
        assert!(answered <= 700, "{answered} of 1,000");
        assert_eq!(delays.may_try("ada", address("192.0.2.1"), NOW.plus(10)), Ok(()));
    }

    #[test]
    fn the_right_password_ends_the_wait_and_time_does_too() {
        let (delays, here) = (Delays::default(), address("192.0.2.1"));
        (0..5).for_each(|_| delays.failed("ada", here, NOW));
        assert!(delays.may_try("ada", here, NOW).is_err());
        delays.succeeded("ada", here);
        assert_eq!(delays.may_try("ada", here, NOW), Ok(()));
        (0..5).for_each(|_| delays.failed("ada", here, NOW));
        let later = NOW.plus(KEPT_SECS + 100);
        delays.failed("ada", here, later);
        assert_eq!(delays.may_try("ada", here, later), Ok(()));
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_for_longer() {
        let (delays, here) = (Delays::default(), address("192.0.2.1"));
        (0..30).for_each(|_| delays.failed("ada", here, NOW));
        let wait = delays.may_try("ada", here, Timestamp::from_secs(1)).unwrap_err();
        assert!(wait <= LONGEST_SECS);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let delays = Delays::default();
        for client in 0..20_000_u32 {
            delays.failed("ada", Some(IpAddr::from(client.to_be_bytes())), NOW);
        }
        assert!(delays.0.lock().unwrap().len() <= PAIRS);
    }
}
