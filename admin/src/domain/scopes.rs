//! What a credential is narrowed to, inside its role.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{IssuerId, Permission};

/// What is left of a role: some issuers, some permissions. What is not said is not narrowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Scopes {
    /// The issuers it may see and touch. What belongs to the server itself is then out of its reach.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub issuers: Option<Vec<IssuerId>>,
    /// What it may do there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    pub permissions: Option<Vec<Permission>>,
}

impl Scopes {
    /// Whether nothing is taken away.
    pub fn is_whole(&self) -> bool {
        self.issuers.is_none() && self.permissions.is_none()
    }

    /// Whether it leaves this permission, wherever it is used.
    pub fn leave(&self, permission: Permission) -> bool {
        self.permissions.as_ref().is_none_or(|some| some.contains(&permission))
    }

    /// Whether it reaches this issuer.
    pub fn reach(&self, issuer: &IssuerId) -> bool {
        self.issuers.as_ref().is_none_or(|some| some.contains(issuer))
    }

    /// Whether it reaches what belongs to the server itself.
    pub fn reach_the_server(&self) -> bool {
        self.issuers.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Actor, Role};

    /// Every role with every scope, against what both leave.
    #[test]
    fn a_scope_takes_away_and_never_gives() {
        let [main, other]: [IssuerId; 2] = ["main", "other"].map(|id| id.parse().unwrap());
        for role in Role::ALL {
            for scoped in Permission::ALL {
                let scopes = Scopes { issuers: Some(vec![main.clone()]), permissions: Some(vec![scoped]) };
                let actor = Actor::token_holder("t", "a test", role).narrowed_to(scopes);
                for asked in Permission::ALL {
                    let granted = role.grants(asked) && asked == scoped;
                    assert_eq!(actor.may_at(asked, &main).is_ok(), granted, "{role} {scoped:?} {asked:?}");
                    assert!(actor.may_at(asked, &other).is_err());
                    assert!(actor.may(asked).is_err(), "the server itself is out of reach");
                }
            }
        }
    }

    #[test]
    fn what_is_not_narrowed_is_whole() {
        let actor = Actor::token_holder("t", "a test", Role::Operator).narrowed_to(Scopes::default());
        assert!(actor.may(Permission::Operate).is_ok() && actor.is_whole());
        let reading = Scopes { permissions: Some(vec![Permission::Read]), issuers: None };
        let actor = actor.narrowed_to(reading);
        assert!(actor.may(Permission::Read).is_ok() && actor.may(Permission::Operate).is_err());
        assert!(!actor.is_whole());
    }
}
