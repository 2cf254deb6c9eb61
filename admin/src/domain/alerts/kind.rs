use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Look at it today.
    Warning,
    /// Get up.
    Critical,
}

impl Severity {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl FromStr for Severity {
    type Err = UnknownAlert;

    fn from_str(name: &str) -> Result<Self, UnknownAlert> {
        let found = [Self::Warning, Self::Critical].into_iter().find(|it| it.as_str() == name);
        found.ok_or_else(|| UnknownAlert(name.to_owned()))
    }
}

/// Spells each kind once: its variant, its name, and what to do about it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal: $help:literal,)*) => {
        /// What can be the matter. The names are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum AlertKind {
            $($(#[$doc])* $variant,)*
        }

        impl AlertKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// What to do about it.
            pub const fn help(self) -> &'static str {
                match self {
                    $(Self::$variant => $help,)*
                }
            }
        }
    };
}

kinds! {
    /// The edge refuses far more tokens than before.
    RefusalsSpike = "refusals_spike":
        "`keystile status`, and the code in docs/errors.md; if the new key is the cause, `keystile rollback`",
    /// A region does not come to have the current key set.
    RegionLags = "region_lags":
        "look whether the region reads the store: `keystile status`, and the log of the worker there",
    /// A region does not have the key that signs.
    OverlapBreach = "overlap_breach":
        "tokens of the key that signs are refused there: `keystile rollback`, or get the set to that region",
    /// The current key set does not reach the store of the edge.
    PublishFailing = "publish_failing":
        "`keystile status` has the store's error and its remedy; what is committed is pushed as soon as that works",
    /// Somebody else wrote to the store of the edge.
    StoreDisturbed = "store_disturbed":
        "find out who holds a token of the store, and take it away; the server has put its own set back",
    /// The key is older than the schedule wants.
    RotationOverdue = "rotation_overdue":
        "`keystile status` says what the rotation waits for; `keystile rotate` starts one by hand",
    /// A rotation goes on no further.
    RotationStalled = "rotation_stalled":
        "`keystile status` names who is missing; `keystile rotation resume`, or `keystile rotation cancel`",
    /// The key set of the edge ends soon, and then the edge refuses everything.
    KeySetExpiring = "key_set_expiring":
        "start the server, or let it reach the store: it signs and pushes a new set by itself",
    /// What lets this server sign key sets ends soon.
    DelegationEnding = "delegation_ending":
        "have the offline root sign what `keystile root request` prints, and `keystile root install` it",
    /// One person has done alone what takes two.
    GlassBroken = "glass_broken":
        "somebody else looks at what was done, and notes it: `keystile approvals review`",
    /// Without its master key the server signs nothing.
    ReadOnly = "read_only":
        "put the master key back: KEYSTILE__MASTER_KEY, or master.key in the data folder",
    /// A server that runs has its master key; one that is started would not get it.
    MasterKeyOutOfReach = "master_key_out_of_reach":
        "before any server is started anew, give back access to what KEYSTILE__MASTER_KEY_FROM names, or master.key; `keystile doctor` asks again",
    /// This machine's clock and the store's are too far apart for any window to be relied on.
    ClockDisagrees = "clock_disagrees":
        "set this machine's clock by NTP; where the store's is the wrong one, KEYSTILE__CLOCK_CHECK=false",
    /// The backups that are scheduled are not made.
    BackupOverdue = "backup_overdue":
        "look at the folder that KEYSTILE__BACKUP__FOLDER names: is it there, with room, and may the server write to it?",
}

impl AlertKind {
    /// Whether going back to the key before can be the remedy.
    pub const fn may_end_with_rollback(self) -> bool {
        matches!(self, Self::RefusalsSpike | Self::OverlapBreach)
    }
}

impl FromStr for AlertKind {
    type Err = UnknownAlert;

    fn from_str(name: &str) -> Result<Self, UnknownAlert> {
        let found = Self::ALL.iter().copied().find(|kind| kind.as_str() == name);
        found.ok_or_else(|| UnknownAlert(name.to_owned()))
    }
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that no kind and no severity has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no alert is called `{0}`")]
pub struct UnknownAlert(String);
