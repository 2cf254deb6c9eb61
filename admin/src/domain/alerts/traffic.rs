//! What the edges count, minute by minute, and when that is a spike.

use std::collections::BTreeMap;

use crate::domain::Timestamp;

/// What is recent.
const RECENT_SECS: u64 = 300;
/// What the recent is compared with.
const BEFORE_SECS: u64 = 3_600;
/// A new key is compared with the hour before it for so long, so that a trouble it brought does not become the habit.
const NEW_KEY_SECS: u64 = 3_600;
/// Counts older than this are of no use to anybody here.
pub const TRAFFIC_SECS: u64 = RECENT_SECS + BEFORE_SECS + NEW_KEY_SECS;

/// Fewer refusals than this are people who mistype.
const FEWEST: u64 = 20;
/// A share of refusals that is worth a word at all: one in twenty.
const SHARE: (u64, u64) = (1, 20);
/// So many times the share of before.
const TIMES: u64 = 4;
/// Where there was no traffic to compare with: half.
const SHARE_ALONE: (u64, u64) = (1, 2);

/// What was counted in one minute, in all regions together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Minute {
    /// Its first second.
    pub starts_at: Timestamp,
    /// Tokens accepted.
    pub accepted: u64,
    /// Tokens refused, by code.
    pub refused: BTreeMap<String, u64>,
}

/// The minutes of the last hours, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic(pub Vec<Minute>);

/// Far more refusals than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spike {
    /// Tokens refused within the last five minutes.
    pub refused: u64,
    /// All tokens of these minutes.
    pub judged: u64,
    /// The code of most of them.
    pub code: String,
    /// Whether the key that signs began to within the last hour.
    pub after_new_key: bool,
}

#[derive(Default)]
struct Sum {
    accepted: u64,
    refused: u64,
}

impl Sum {
    fn judged(&self) -> u64 {
        self.accepted.saturating_add(self.refused)
    }

    fn has_share(&self, (part, whole): (u64, u64)) -> bool {
        u128::from(self.refused) * u128::from(whole) >= u128::from(self.judged()) * u128::from(part)
    }

    fn has_times_the_share_of(&self, before: &Self) -> bool {
        u128::from(self.refused) * u128::from(before.judged())
            >= u128::from(TIMES) * u128::from(before.refused) * u128::from(self.judged())
    }
}

impl Traffic {
    /// Whether the last five minutes are a spike beside the hour before them, or the hour before the key that signs
    /// began to, if that was within the last hour.
    pub fn spike(&self, signs_since: Timestamp, now: Timestamp) -> Option<Spike> {
        let recent_from = now.as_secs().saturating_sub(RECENT_SECS);
        let after_new_key = now.since(signs_since) <= NEW_KEY_SECS;
        let until = if after_new_key { recent_from.min(signs_since.as_secs()) } else { recent_from };
        let recent = self.sum(recent_from, now.as_secs().saturating_add(1));
        let before = self.sum(until.saturating_sub(BEFORE_SECS), until);
        let is_more = if before.judged() < FEWEST {
            recent.has_share(SHARE_ALONE)
        } else {
            recent.has_share(SHARE) && recent.has_times_the_share_of(&before)
        };
        if recent.refused < FEWEST || !is_more {
            return None;
        }
        let code = self.most_frequent_code(recent_from);
        Some(Spike { refused: recent.refused, judged: recent.judged(), code, after_new_key })
    }

    fn sum(&self, from: u64, to: u64) -> Sum {
        let within = |minute: &&Minute| (from..to).contains(&minute.starts_at.as_secs());
        self.0.iter().filter(within).fold(Sum::default(), |sum, minute| Sum {
            accepted: sum.accepted.saturating_add(minute.accepted),
            refused: minute.refused.values().fold(sum.refused, |all, count| all.saturating_add(*count)),
        })
    }

    fn most_frequent_code(&self, from: u64) -> String {
        let mut codes = BTreeMap::<&str, u64>::new();
        let recent = self.0.iter().filter(|minute| minute.starts_at.as_secs() >= from);
        for (code, count) in recent.flat_map(|minute| &minute.refused) {
            let sum = codes.entry(code).or_default();
            *sum = sum.saturating_add(*count);
        }
        let most = codes.into_iter().max_by_key(|(_, count)| *count);
        most.map(|(code, _)| code.to_owned()).unwrap_or_default()
    }
}
