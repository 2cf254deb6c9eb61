//! Time in words.

use crate::domain::Timestamp;

const UNITS: [(&str, &str, u64); 4] =
    [("day", "days", 86_400), ("h", "h", 3_600), ("min", "min", 60), ("s", "s", 1)];

/// The two largest units: `2 min 10 s`.
pub(super) fn duration(secs: u64) -> String {
    let mut rest = secs;
    let mut words = Vec::new();
    let first = UNITS.iter().position(|(_, _, size)| secs >= *size).unwrap_or(UNITS.len() - 1);
    for (one, many, size) in UNITS.iter().skip(first).take(2) {
        let count = rest / size;
        rest %= size;
        if count > 0 {
            words.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    }
    if words.is_empty() { "0 s".to_owned() } else { words.join(" ") }
}

/// `2026-11-22T14:32:00Z (in 2 min 10 s)`
pub(super) fn moment(at: Timestamp, now: Timestamp) -> String {
    if at > now {
        format!("{at} (in {})", duration(at.since(now)))
    } else {
        format!("{at} ({} ago)", duration(now.since(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_two_units_at_most() {
        let examples = [(0, "0 s"), (59, "59 s"), (130, "2 min 10 s"), (3_600, "1 h"), (90_061, "1 day 1 h")];
        for (secs, words) in examples {
            assert_eq!(duration(secs), words);
        }
    }

    #[test]
    fn a_moment_says_which_way_it_lies() {
        let now = Timestamp::from_secs(1_700_000_000);
        assert_eq!(moment(now.plus(60), now), "2023-11-14T22:14:20Z (in 1 min)");
        assert_eq!(moment(now, now.plus(60)), "2023-11-14T22:13:20Z (1 min ago)");
    }
}
