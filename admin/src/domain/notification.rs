//! When somebody who could not be told is told again, and when no more.

use super::Timestamp;

/// The waits between attempts: the schedule that Standard Webhooks proposes, 75 hours in all.
const WAITS: [u64; 9] =
    [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 14 * 3_600, 20 * 3_600, 24 * 3_600];
/// A receiver may ask for a longer wait, and not for more than the longest.
const LONGEST_WAIT: u64 = 24 * 3_600;
/// So much is added by chance, at most, so that what failed together does not return together: a tenth.
const JITTER_PART: u64 = 10;
/// A webhook to which nothing has arrived for so long is not tried any more.
const DEAD_SECS: u64 = 5 * 86_400;
/// So many wait for one receiver at most; the oldest go first.
pub const MOST_WAITING: u32 = 1_000;
/// What was told, or given up, is kept for so long.
pub const TOLD_KEPT_SECS: u64 = 30 * 86_400;

/// When to try again after `failed` attempts have failed, the last of them at `now`; `None` to give it up. `dice` is a
/// byte of chance, `asked` the wait that the receiver asked for.
pub fn next_attempt(failed: u32, now: Timestamp, dice: u8, asked: Option<u64>) -> Option<Timestamp> {
    let index = usize::try_from(failed.checked_sub(1)?).ok()?;
    let wait = WAITS.get(index)?.max(&asked.unwrap_or(0).min(LONGEST_WAIT)).to_owned();
    Some(now.plus(wait + wait / JITTER_PART * u64::from(dice) / 255))
}

/// Whether a webhook to which nothing has arrived since `failing_since` is to be tried no more.
pub fn is_dead(failing_since: Timestamp, now: Timestamp) -> bool {
    now.since(failing_since) >= DEAD_SECS
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    #[test]
    fn the_waits_grow_and_end_after_ten_attempts() {
        let waits: Vec<_> =
            (1..=9).map(|failed| next_attempt(failed, NOW, 0, None).unwrap().since(NOW)).collect();
        assert!(waits.windows(2).all(|two| two[0] < two[1]), "{waits:?}");
        assert_eq!((waits[0], waits.iter().sum::<u64>()), (5, 272_105));
        assert_eq!(next_attempt(10, NOW, 0, None), None);
        assert_eq!(next_attempt(u32::MAX, NOW, 0, None), None);
    }

    #[test]
    fn chance_adds_a_tenth_at_most() {
        assert_eq!(next_attempt(3, NOW, 255, None), Some(NOW.plus(1_980)));
    }

    #[test]
    fn a_receiver_may_ask_for_a_longer_wait_of_a_day_at_most() {
        assert_eq!(next_attempt(1, NOW, 0, Some(600)), Some(NOW.plus(600)));
        assert_eq!(next_attempt(2, NOW, 0, Some(1)), Some(NOW.plus(300)));
        assert_eq!(next_attempt(1, NOW, 0, Some(u64::MAX)), Some(NOW.plus(86_400)));
    }

    #[test]
    fn a_webhook_is_dead_after_five_days_of_nothing() {
        assert!(!is_dead(NOW, NOW.plus(5 * 86_400 - 1)));
        assert!(is_dead(NOW, NOW.plus(5 * 86_400)));
    }
}
