//! Who acts, and what they may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{IssuerId, MintingRules, Permission, Principal, Scopes, UserName};

/// What an API token may do. `viewer < operator < admin`; the others stand apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Sees keys, status and edge.
    Viewer,
    /// Rotates, activates, retires and revokes.
    Operator,
    /// Everything, API tokens and settings included.
    Admin,
    /// Obtains tokens, and nothing else.
    Signer,
    /// Reports from the edge, and nothing else.
    Edge,
    /// Reads everything, the audit log included, and changes nothing.
    Auditor,
}

impl Role {
    /// Every role, in the order shown to people.
    pub const ALL: [Self; 6] =
        [Self::Viewer, Self::Operator, Self::Admin, Self::Signer, Self::Edge, Self::Auditor];

    /// The role's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Signer => "signer",
            Self::Edge => "edge",
            Self::Auditor => "auditor",
        }
    }

    /// Whether this role grants `permission`. What is not listed is denied.
    pub const fn grants(self, permission: Permission) -> bool {
        match permission {
            Permission::Read => {
                matches!(self, Self::Viewer | Self::Operator | Self::Admin | Self::Auditor)
            }
            Permission::Operate => matches!(self, Self::Operator | Self::Admin),
            Permission::MintTokens => matches!(self, Self::Signer | Self::Operator | Self::Admin),
            Permission::Report => matches!(self, Self::Edge),
            Permission::ReadAudit => matches!(self, Self::Auditor | Self::Admin),
            Permission::Administer => matches!(self, Self::Admin),
        }
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(name: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == name).ok_or_else(|| UnknownRole(name.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The role's name is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role `{0}`: use viewer, operator, admin, signer, edge or auditor")]
pub struct UnknownRole(String);

/// Who acts: the name goes into the audit log, the role decides what is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    principal: Principal,
    name: String,
    role: Role,
    approval: Option<String>,
    request_id: Option<String>,
    from: Option<String>,
    minting: MintingRules,
    scopes: Scopes,
}

impl Actor {
    /// The holder of an API token.
    pub fn token_holder(id: &str, label: &str, role: Role) -> Self {
        Self {
            principal: Principal::Token(id.to_owned()),
            name: format!("token:{id} ({label})"),
            role,
            approval: None,
            request_id: None,
            from: None,
            minting: MintingRules::default(),
            scopes: Scopes::default(),
        }
    }

    /// A user who has signed in.
    pub fn user(name: &UserName, role: Role) -> Self {
        Self {
            principal: Principal::User(name.to_string()),
            name: format!("user:{name}"),
            role,
            approval: None,
            request_id: None,
            from: None,
            minting: MintingRules::default(),
            scopes: Scopes::default(),
        }
    }

    /// A person at the server's own command line. The data folder's permissions have already let them in.
    pub fn local(user: &str) -> Self {
        Self {
            principal: Principal::Local(user.to_owned()),
            name: format!("local:{user}"),
            role: Role::Admin,
            approval: None,
            request_id: None,
            from: Some("command line".to_owned()),
            minting: MintingRules::default(),
            scopes: Scopes::default(),
        }
    }

    /// The server itself, when it goes on with what was asked before.
    pub fn steward() -> Self {
        Self {
            principal: Principal::Server,
            name: "steward".to_owned(),
            role: Role::Operator,
            approval: None,
            request_id: None,
            from: None,
            minting: MintingRules::default(),
            scopes: Scopes::default(),
        }
    }

    /// The same actor, acting within this request.
    #[must_use]
    pub fn within_request(mut self, request_id: String) -> Self {
        self.request_id = Some(request_id);
        self
    }

    /// The same actor, whose orders come from here.
    #[must_use]
    pub fn from_address(mut self, address: Option<String>) -> Self {
        self.from = address;
        self
    }

    /// The same actor, to whom this request was approved.
    #[must_use]
    pub fn with_approval(mut self, id: Option<String>) -> Self {
        self.approval = id;
        self
    }

    /// The same actor, who has tokens signed within these rules.
    #[must_use]
    pub fn minting_within(mut self, rules: MintingRules) -> Self {
        self.minting = rules;
        self
    }

    /// Who it is.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The approved request with which it comes, if it comes with one.
    pub fn approval(&self) -> Option<&str> {
        self.approval.as_deref()
    }

    /// What it may have signed.
    pub fn minting(&self) -> &MintingRules {
        &self.minting
    }

    /// The name for the audit log.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The role held.
    pub fn role(&self) -> Role {
        self.role
    }

    /// The request within which this happens, if there is one.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Where the order comes from, if it comes from anywhere.
    pub fn from(&self) -> Option<&str> {
        self.from.as_deref()
    }

    /// The same actor, whose credential is narrowed.
    #[must_use]
    pub fn narrowed_to(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Whether nothing of the role is taken away.
    pub fn is_whole(&self) -> bool {
        self.scopes.is_whole()
    }

    /// Returns `Ok` only if the actor may do what belongs to the server itself.
    pub fn may(&self, permission: Permission) -> Result<(), Forbidden> {
        self.judge(permission, self.scopes.reach_the_server())
    }

    /// Returns `Ok` only if the actor may do it to this issuer.
    pub fn may_at(&self, permission: Permission, issuer: &IssuerId) -> Result<(), Forbidden> {
        self.judge(permission, self.scopes.reach(issuer))
    }

    /// Returns `Ok` only if the role grants it somewhere: before it is known what is asked for.
    pub fn role_grants(&self, permission: Permission) -> Result<(), Forbidden> {
        self.judge(permission, true)
    }

    /// Returns `Ok` only if the actor has its whole role: what is narrowed gives access to nobody else.
    pub fn may_grant(&self) -> Result<(), Forbidden> {
        self.judge(Permission::Administer, self.is_whole())
    }

    fn judge(&self, permission: Permission, reaches: bool) -> Result<(), Forbidden> {
        let role = self.role;
        match role.grants(permission) {
            false => Err(Forbidden::Role { role }),
            true if reaches && self.scopes.leave(permission) => Ok(()),
            true => Err(Forbidden::Scope),
        }
    }
}

/// The actor's credential does not grant what the operation asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// Its role does not.
    #[error("the role `{role}` may not do this: use an API token with another role")]
    Role {
        /// The role that was not enough.
        role: Role,
    },
    /// Its role does, and its scopes have taken that away.
    #[error("this API token is narrowed to other things: use one that is not")]
    Scope,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole matrix, written out, so that a change of one cell is a change of one line here.
    #[test]
    fn each_role_grants_what_the_matrix_says_and_nothing_else() {
        let columns = [
            Permission::Read,
            Permission::Operate,
            Permission::MintTokens,
            Permission::Report,
            Permission::ReadAudit,
            Permission::Administer,
        ];
        let matrix = [
            (Role::Viewer, "r-----"),
            (Role::Operator, "rom---"),
            (Role::Admin, "rom-ai"),
            (Role::Signer, "--m---"),
            (Role::Edge, "---e--"),
            (Role::Auditor, "r---a-"),
        ];
        for (role, row) in matrix {
            for (permission, cell) in columns.into_iter().zip(row.chars()) {
                assert_eq!(role.grants(permission), cell != '-', "{role} {permission:?}");
            }
        }
    }

    #[test]
    fn an_unknown_role_is_refused() {
        assert!("root".parse::<Role>().is_err());
        assert_eq!("edge".parse::<Role>(), Ok(Role::Edge));
    }
}
