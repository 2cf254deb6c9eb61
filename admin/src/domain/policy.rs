//! How long things live and how far they travel: the numbers every window is computed from.

use serde::{Deserialize, Serialize};

use super::CalendarWindow;

const DAY_SECS: u64 = 86_400;
/// Longer than any key or token should live.
const TEN_YEARS_DAYS: u64 = 3_650;
/// For so long an edge that an attacker has cut off would go on believing what it has.
const LONGEST_SET_SECS: u64 = 366 * DAY_SECS;

/// The size of an RSA key the server makes or takes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum KeySize {
    /// 2048 bits, the least RFC 7518 (section 3.3) allows.
    Rsa2048,
    /// 3072 bits.
    Rsa3072,
    /// 4096 bits.
    Rsa4096,
}

impl KeySize {
    /// The length of the modulus, in bits.
    pub const fn bits(self) -> u32 {
        match self {
            Self::Rsa2048 => 2048,
            Self::Rsa3072 => 3072,
            Self::Rsa4096 => 4096,
        }
    }
}

impl TryFrom<u32> for KeySize {
    type Error = UnsupportedKeySize;

    fn try_from(bits: u32) -> Result<Self, UnsupportedKeySize> {
        match bits {
            2048 => Ok(Self::Rsa2048),
            3072 => Ok(Self::Rsa3072),
            4096 => Ok(Self::Rsa4096),
            _ => Err(UnsupportedKeySize(bits)),
        }
    }
}

impl From<KeySize> for u32 {
    fn from(size: KeySize) -> Self {
        size.bits()
    }
}

/// The server makes RSA keys of three sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key cannot have `{0}` bits: use 2048, 3072 or 4096")]
pub struct UnsupportedKeySize(pub u32);

/// How long a new key set may take to reach every edge, part by part, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Propagation {
    /// The store's own bound: Workers KV says changes may take 60 s or more to be seen elsewhere.
    pub kv_bound_secs: u64,
    /// How long a location may serve a cached read; 30 s is the platform's minimum. For as long, an isolate that has
    /// looked for an unknown `kid` looks for none.
    pub cache_ttl_secs: u64,
    /// After so many seconds a reader looks again; it never judges with a set older than twice that.
    pub refresh_secs: u64,
    /// A region that reported within so many seconds must confirm before a key may sign.
    pub report_window_secs: u64,
    /// For how long verifiers of other makes go on with a plain key set, where that is longer than `cache_ttl_secs`.
    pub readers_secs: u64,
}

impl Default for Propagation {
    fn default() -> Self {
        Self {
            kv_bound_secs: 60,
            cache_ttl_secs: 30,
            refresh_secs: 5,
            report_window_secs: 600,
            readers_secs: 0,
        }
    }
}

/// What an issuer promises about its tokens, keys and key sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The size of a new key, unless the request names another.
    pub key_size: KeySize,
    /// How long an access token lives.
    pub access_token_expiry_secs: u64,
    /// How long a refresh token lives.
    pub refresh_token_expiry_secs: u64,
    /// Clock skew that verifiers allow.
    pub leeway_secs: u64,
    /// How fast a key set travels.
    pub propagation: Propagation,
    /// Days after which the server rotates by itself; 0 for never.
    pub rotation_interval_days: u32,
    /// The hours of the week in which it does so.
    #[serde(default)]
    pub rotation_window: CalendarWindow,
    /// For how many days the private half of a retired key is kept sealed, so that a rollback can bring it back; 0
    /// destroys it as the key leaves.
    #[serde(default)]
    pub retired_key_sealed_days: u32,
    /// How long a signed key set may be used.
    pub key_set_lifetime_secs: u64,
    /// Whether what can do the most harm takes two people.
    #[serde(default)]
    pub approval_required: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            key_size: KeySize::Rsa2048,
            access_token_expiry_secs: 3_600,
            refresh_token_expiry_secs: 2_592_000,
            leeway_secs: 30,
            propagation: Propagation::default(),
            rotation_interval_days: 90,
            rotation_window: CalendarWindow::ALWAYS,
            retired_key_sealed_days: 0,
            key_set_lifetime_secs: 604_800,
            approval_required: false,
        }
    }
}

impl Policy {
    /// The longest life any token signed under this policy has.
    pub fn longest_token_lifetime_secs(&self) -> u64 {
        self.access_token_expiry_secs.max(self.refresh_token_expiry_secs)
    }

    /// For how long the private half of a retired key is kept.
    pub fn retired_key_sealed_secs(&self) -> u64 {
        u64::from(self.retired_key_sealed_days) * 86_400
    }

    /// For so long a published key waits before it signs: an isolate that has looked for an unknown `kid` does not look
    /// again for `cache_ttl_secs`, as it was told by its `CACHE_TTL`, and verifiers of other makes keep what they have.
    pub fn chase_pause_secs(&self) -> u64 {
        self.propagation.cache_ttl_secs.max(self.propagation.readers_secs)
    }

    /// After so many seconds every edge that can read the store judges by what was pushed: the store's part, the
    /// cache's, and the time for which a reader judges without looking. Spans, so that it does not matter what time a
    /// reader believes it is.
    pub fn arrival_bound_secs(&self) -> u64 {
        let parts = &self.propagation;
        let reader = parts.refresh_secs.saturating_mul(2);
        [parts.kv_bound_secs, parts.cache_ttl_secs, reader].into_iter().fold(0, u64::saturating_add)
    }

    /// For so long the server waits for edges that do not report: until everything has arrived, and the leeway longer,
    /// by which a clock may be set back meanwhile, theirs or ours.
    pub fn propagation_bound_secs(&self) -> u64 {
        self.arrival_bound_secs().saturating_add(self.leeway_secs)
    }

    /// Each span with the most that it may be. Nobody wants more: whoever asks for it has written milliseconds, or a digit too
    /// many. A key stays in the set for as long as it was ever allowed to sign for, so that such a mistake could not be taken
    /// back.
    fn spans(&self) -> [(&'static str, u64, u64); 11] {
        let parts = &self.propagation;
        [
            ("access_token_expiry_secs", self.access_token_expiry_secs, TEN_YEARS_DAYS * DAY_SECS),
            ("refresh_token_expiry_secs", self.refresh_token_expiry_secs, TEN_YEARS_DAYS * DAY_SECS),
            ("leeway_secs", self.leeway_secs, DAY_SECS),
            ("kv_bound_secs", parts.kv_bound_secs, DAY_SECS),
            ("cache_ttl_secs", parts.cache_ttl_secs, DAY_SECS),
            ("refresh_secs", parts.refresh_secs, DAY_SECS),
            ("report_window_secs", parts.report_window_secs, DAY_SECS),
            ("readers_secs", parts.readers_secs, 30 * DAY_SECS),
            ("rotation_interval_days", self.rotation_interval_days.into(), TEN_YEARS_DAYS),
            ("retired_key_sealed_days", self.retired_key_sealed_days.into(), TEN_YEARS_DAYS),
            ("key_set_lifetime_secs", self.key_set_lifetime_secs, LONGEST_SET_SECS),
        ]
    }

    /// Returns `Ok` only if the windows computed from this policy protect somebody.
    pub fn check(&self) -> Result<(), InvalidPolicy> {
        let too_long = self.spans().into_iter().find(|(_, value, most)| value > most);
        if let Some((setting, value, most)) = too_long {
            return Err(InvalidPolicy::TooLong { setting, value, most });
        }
        if self.access_token_expiry_secs == 0 || self.refresh_token_expiry_secs == 0 {
            return Err(InvalidPolicy::NoTokenLifetime);
        }
        if self.propagation.refresh_secs == 0 {
            return Err(InvalidPolicy::NoRefresh);
        }
        if self.key_set_lifetime_secs <= self.propagation_bound_secs() {
            return Err(InvalidPolicy::KeySetTooShort { bound: self.propagation_bound_secs() });
        }
        Ok(())
    }
}

/// A policy that cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    /// A token must live for some time.
    #[error("a token lifetime of 0 seconds is not possible: set it to at least 1")]
    NoTokenLifetime,
    /// A reader must look again some time.
    #[error("a refresh of 0 seconds is not possible: set it to at least 1")]
    NoRefresh,
    /// A span that nobody can mean.
    #[error("`{setting}` can be {most} at most, and not {value}: is it in the unit that its name says?")]
    TooLong {
        /// Which.
        setting: &'static str,
        /// What was asked for.
        value: u64,
        /// The most that it may be.
        most: u64,
    },
    /// A set that expires before its successor has arrived would close the edge.
    #[error("a key set must outlive its propagation: set its lifetime to more than {bound} seconds")]
    KeySetTooShort {
        /// The propagation bound that it must exceed, in seconds.
        bound: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_default_a_change_arrives_within_100_seconds_and_the_server_waits_130() {
        let policy = Policy::default();
        assert_eq!((policy.arrival_bound_secs(), policy.propagation_bound_secs()), (100, 130));
        assert_eq!(Policy::default().check(), Ok(()));
    }

    #[test]
    fn a_key_signs_no_sooner_than_copies_of_the_plain_set_have_run_out() {
        let pause = |readers_secs| {
            let propagation = Propagation { readers_secs, ..Propagation::default() };
            Policy { propagation, ..Policy::default() }.chase_pause_secs()
        };
        assert_eq!([pause(0), pause(30), pause(600)], [30, 30, 600]);
    }

    #[test]
    fn the_longest_token_lifetime_is_the_longer_of_the_two() {
        let policy =
            Policy { access_token_expiry_secs: 9, refresh_token_expiry_secs: 3, ..Policy::default() };
        assert_eq!(policy.longest_token_lifetime_secs(), 9);
    }

    #[test]
    fn a_key_set_that_expires_before_it_arrives_is_refused() {
        let policy = Policy { key_set_lifetime_secs: 130, ..Policy::default() };
        assert_eq!(policy.check(), Err(InvalidPolicy::KeySetTooShort { bound: 130 }));
    }

    #[test]
    fn a_span_in_another_unit_is_refused_before_a_key_must_stay_for_it() {
        let refused = |policy: Policy| match policy.check() {
            Err(InvalidPolicy::TooLong { setting, .. }) => setting,
            other => panic!("{other:?}"),
        };
        let usual = Policy::default();
        let milliseconds = 1_000 * usual.refresh_token_expiry_secs;
        assert_eq!(
            refused(Policy { refresh_token_expiry_secs: milliseconds, ..usual }),
            "refresh_token_expiry_secs"
        );
        let usual = Policy::default();
        assert_eq!(refused(Policy { key_set_lifetime_secs: u64::MAX, ..usual }), "key_set_lifetime_secs");
        let longest = Policy {
            access_token_expiry_secs: TEN_YEARS_DAYS * DAY_SECS,
            rotation_interval_days: 3_650,
            key_set_lifetime_secs: LONGEST_SET_SECS,
            ..Policy::default()
        };
        assert_eq!(longest.check(), Ok(()));
    }

    #[test]
    fn other_key_sizes_are_refused() {
        assert_eq!(KeySize::try_from(1024), Err(UnsupportedKeySize(1024)));
        assert_eq!(KeySize::try_from(3072), Ok(KeySize::Rsa3072));
    }
}
