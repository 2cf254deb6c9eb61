//! What an operation asks of its actor.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an operation asks of its actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// See issuers, keys, status, edge.
    Read,
    /// Change keys.
    Operate,
    /// Obtain a signed token.
    MintTokens,
    /// Report from the edge.
    Report,
    /// Read and verify the audit log.
    ReadAudit,
    /// Manage API tokens and settings, and take a private key out.
    Administer,
}

impl Permission {
    /// Every permission, in the order shown to people.
    pub const ALL: [Self; 6] =
        [Self::Read, Self::Operate, Self::MintTokens, Self::Report, Self::ReadAudit, Self::Administer];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "operate",
            Self::MintTokens => "mint-tokens",
            Self::Report => "report",
            Self::ReadAudit => "read-audit",
            Self::Administer => "administer",
        }
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(name: &str) -> Result<Self, UnknownPermission> {
        let found = Self::ALL.into_iter().find(|permission| permission.as_str() == name);
        found.ok_or_else(|| UnknownPermission(name.to_owned()))
    }
}

/// The permission's name is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown permission `{0}`: use read, operate, mint-tokens, report, read-audit or administer")]
pub struct UnknownPermission(String);
