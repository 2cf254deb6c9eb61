//! What takes two people where the policy says so, with every parameter that makes a difference.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Permission, Role};
use crate::hand_off::{Target, hex_digest};
use crate::operations::OperationError;

/// Longer ones are refused: sixteen targets or one delegation have room in it several times over.
const LONGEST: usize = 64 * 1024;

/// A deed. Members that are found out when somebody asks for it may be left out then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Deed {
    /// The active key is replaced and revoked, and everybody signs in again.
    Emergency {
        /// Whose key.
        issuer: String,
        /// The first 8 characters of the active kid, or more; kept whole.
        confirm: String,
        /// Why.
        #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
        reason: String,
    },
    /// The key that signed before signs again.
    Rollback {
        /// Whose key.
        issuer: String,
        /// The key that is to sign again; found out.
        #[serde(default)]
        kid: Option<String>,
        /// Why.
        #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
        reason: String,
        /// Why not to wait for an edge that has not confirmed that key.
        #[serde(default)]
        override_reason: Option<String>,
    },
    /// A root that was made offline becomes known.
    AnnounceRoot {
        /// The thumbprint of its key, which stands for the key itself.
        #[schema(pattern = "^[A-Za-z0-9_-]{43}$")]
        kid: String,
        /// Why.
        #[serde(default)]
        reason: Option<String>,
    },
    /// A root vouches for nothing any more.
    WithdrawRoot {
        /// Which.
        kid: String,
        /// Why.
        #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
        reason: String,
    },
    /// Key sets are signed under another delegation.
    InstallDelegation {
        /// Whose key sets.
        issuer: String,
        /// The compact JWS that the root has signed.
        delegation: String,
        /// Why not to wait until every region has pinned the root.
        #[serde(default)]
        override_reason: Option<String>,
    },
    /// Private keys are brought to other places.
    SetHandOff {
        /// Whose keys.
        issuer: String,
        /// All places, in place of those before.
        targets: Vec<Target>,
    },
    /// The private key that signs is printed at the server's command line.
    ExportKey {
        /// Whose key.
        issuer: String,
        /// Which; found out.
        #[serde(default)]
        kid: Option<String>,
    },
    /// One person is enough from now on.
    EndApproval {
        /// Whose policy.
        issuer: String,
    },
    /// Somebody gets access who could do or approve any of this.
    GrantAccess {
        /// What it is.
        by: Credential,
        /// What it is called: the label of an API token, the name of a user.
        to: String,
        /// What it may do.
        #[schema(value_type = String, example = "operator")]
        role: Role,
    },
    /// Entries of the audit log are deleted sooner than until now.
    ShortenRetention {
        /// For how many days they are kept from then on.
        #[schema(minimum = 366, maximum = 36525)]
        days: u32,
        /// Why.
        #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
        reason: String,
    },
    /// What a legal hold has kept may be deleted.
    ReleaseHold {
        /// Which hold.
        id: String,
        /// Why.
        #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
        reason: String,
    },
}

/// What gives access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// An API token.
    ApiToken,
    /// A user, with whatever password they choose.
    User,
}

impl Deed {
    /// What it is called.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Emergency { .. } => "emergency",
            Self::Rollback { .. } => "rollback",
            Self::AnnounceRoot { .. } => "announce_root",
            Self::WithdrawRoot { .. } => "withdraw_root",
            Self::InstallDelegation { .. } => "install_delegation",
            Self::SetHandOff { .. } => "set_hand_off",
            Self::ExportKey { .. } => "export_key",
            Self::EndApproval { .. } => "end_approval",
            Self::GrantAccess { .. } => "grant_access",
            Self::ShortenRetention { .. } => "shorten_retention",
            Self::ReleaseHold { .. } => "release_hold",
        }
    }

    /// What it asks of whoever does it, and of whoever approves it.
    pub const fn permission(&self) -> Permission {
        match self {
            Self::Emergency { .. } | Self::Rollback { .. } => Permission::Operate,
            Self::AnnounceRoot { .. }
            | Self::WithdrawRoot { .. }
            | Self::InstallDelegation { .. }
            | Self::SetHandOff { .. }
            | Self::ExportKey { .. }
            | Self::EndApproval { .. }
            | Self::GrantAccess { .. }
            | Self::ShortenRetention { .. }
            | Self::ReleaseHold { .. } => Permission::Administer,
        }
    }

    /// The issuer concerned; none where it is the server itself.
    pub fn issuer(&self) -> Option<&str> {
        match self {
            Self::Emergency { issuer, .. }
            | Self::Rollback { issuer, .. }
            | Self::InstallDelegation { issuer, .. }
            | Self::SetHandOff { issuer, .. }
            | Self::ExportKey { issuer, .. }
            | Self::EndApproval { issuer } => Some(issuer),
            Self::AnnounceRoot { .. }
            | Self::WithdrawRoot { .. }
            | Self::GrantAccess { .. }
            | Self::ShortenRetention { .. }
            | Self::ReleaseHold { .. } => None,
        }
    }

    /// Whether a role could do or approve what takes two.
    pub(in crate::operations) const fn is_grant(role: Role) -> bool {
        role.grants(Permission::Operate)
    }

    /// The one text of this deed: its members in the order above, as they were settled.
    pub(super) fn to_text(&self) -> Result<String, OperationError> {
        let unwritable = |error: serde_json::Error| OperationError::Internal { detail: error.to_string() };
        let text = serde_json::to_string(self).map_err(unwritable)?;
        if text.len() > LONGEST {
            let detail = format!("it has {} bytes, and at most {LONGEST} can be approved", text.len());
            return Err(OperationError::InvalidInput { field: "deed", detail });
        }
        Ok(text)
    }
}

/// What stands for a deed: SHA-256 of its text, in hex.
pub(super) fn digest(text: &str) -> String {
    hex_digest(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        serde_json::from_str::<Deed>(json).unwrap().to_text().unwrap()
    }

    #[test]
    fn one_deed_has_one_text_however_it_was_written() {
        let one = text(r#"{"kind":"emergency","issuer":"main","confirm":"k","reason":"r"}"#);
        let same = text(r#"{ "reason": "r", "confirm": "\u006b", "kind": "emergency", "issuer": "main" }"#);
        assert_eq!(one, same);
        assert_eq!(one, r#"{"kind":"emergency","issuer":"main","confirm":"k","reason":"r"}"#);
    }

    #[test]
    fn every_parameter_changes_the_digest() {
        let deeds = [
            r#"{"kind":"emergency","issuer":"main","confirm":"k","reason":"r"}"#,
            r#"{"kind":"emergency","issuer":"other","confirm":"k","reason":"r"}"#,
            r#"{"kind":"emergency","issuer":"main","confirm":"l","reason":"r"}"#,
            r#"{"kind":"emergency","issuer":"main","confirm":"k","reason":"s"}"#,
            r#"{"kind":"withdraw_root","kid":"k","reason":"r"}"#,
            r#"{"kind":"announce_root","kid":"k","reason":"r"}"#,
            r#"{"kind":"announce_root","kid":"k"}"#,
            r#"{"kind":"grant_access","by":"api_token","to":"k","role":"operator"}"#,
            r#"{"kind":"grant_access","by":"api_token","to":"k","role":"admin"}"#,
            r#"{"kind":"shorten_retention","days":366,"reason":"r"}"#,
            r#"{"kind":"shorten_retention","days":367,"reason":"r"}"#,
            r#"{"kind":"release_hold","id":"k","reason":"r"}"#,
        ];
        let digests: std::collections::BTreeSet<_> = deeds.map(|json| digest(&text(json))).into();
        assert_eq!(digests.len(), deeds.len());
    }

    #[test]
    fn what_nobody_knows_is_no_deed() {
        for json in [
            r#"{"kind":"emergency","issuer":"main","confirm":"k","reason":"r","more":1}"#,
            r#"{"kind":"anything","issuer":"main"}"#,
            r#"{"issuer":"main"}"#,
        ] {
            assert!(serde_json::from_str::<Deed>(json).is_err(), "{json}");
        }
    }
}
