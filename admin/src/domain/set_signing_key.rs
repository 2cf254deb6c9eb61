//! A key that signs key sets in place of a root that is offline, and the delegation that lets it.

use keystile_validator::PublicKey;

use super::Timestamp;

/// The last third of a delegation, but no more than this, is the time to renew it.
const RENEWAL_SECS: u64 = 30 * 86_400;

/// A set-signing key of one issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSigningKey {
    /// The public half; its thumbprint is the kid.
    pub public: PublicKey,
    /// When the server made it.
    pub created_at: Timestamp,
    /// The generation that was asked for. A higher one shuts out all that are lower.
    pub generation: u64,
    /// What lets it sign, once a root has signed that.
    pub delegation: Option<Delegated>,
}

/// A delegation that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delegated {
    /// The compact JWS, as every key set carries it.
    pub document: String,
    /// The kid of the root that signed it.
    pub root: String,
    /// From when the key may sign.
    pub not_before: Timestamp,
    /// From when it may not any more.
    pub expires_at: Timestamp,
}

impl SetSigningKey {
    /// The RFC 7638 thumbprint.
    pub fn kid(&self) -> &str {
        self.public.thumbprint().as_str()
    }

    /// The delegation under which it may sign now, if there is one.
    pub fn delegated(&self, now: Timestamp) -> Option<&Delegated> {
        self.delegation.as_ref().filter(|it| it.not_before <= now && now < it.expires_at)
    }
}

impl Delegated {
    /// From when on it is time to have it renewed.
    pub fn renew_from(&self) -> Timestamp {
        let third = self.expires_at.since(self.not_before) / 3;
        let before = third.min(RENEWAL_SECS);
        Timestamp::from_secs(self.expires_at.as_secs().saturating_sub(before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delegated(secs: u64) -> Delegated {
        let from = Timestamp::from_secs(1_000_000);
        Delegated {
            document: String::new(),
            root: String::new(),
            not_before: from,
            expires_at: from.plus(secs),
        }
    }

    #[test]
    fn a_delegation_is_due_for_renewal_in_its_last_third_or_its_last_month() {
        let short = delegated(9 * 86_400);
        assert_eq!(short.expires_at.since(short.renew_from()), 3 * 86_400);
        let long = delegated(365 * 86_400);
        assert_eq!(long.expires_at.since(long.renew_from()), RENEWAL_SECS);
    }
}
