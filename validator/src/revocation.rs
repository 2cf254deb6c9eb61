//! What an issuer takes back before it expires: epochs, tokens and sessions.

use std::collections::{HashMap, HashSet};

use crate::{
    claims::Claims,
    error::{Code, ValidationError},
    time::NumericDate,
};

/// What a signed key set takes back.
#[derive(Debug, Default)]
pub(crate) struct Revocations {
    pub(crate) epochs: Epochs,
    pub(crate) tokens: HashSet<String>,
    pub(crate) sessions: HashSet<String>,
}

/// Instants from which tokens are honoured: all of them, or those of one key, subject, session or client.
#[derive(Debug, Default)]
pub(crate) struct Epochs {
    pub(crate) all: Option<NumericDate>,
    pub(crate) kid: HashMap<String, NumericDate>,
    pub(crate) sub: HashMap<String, NumericDate>,
    pub(crate) sid: HashMap<String, NumericDate>,
    pub(crate) client_id: HashMap<String, NumericDate>,
}

impl Revocations {
    /// Returns `Ok` only if a token with `claims`, verified by the key `kid`, is not taken back.
    pub(crate) fn check(&self, claims: &Claims, kid: &str) -> Result<(), ValidationError> {
        if let Some(epoch) = self.epochs.newest_for(claims, kid) {
            let iat = claims.issued_at.ok_or_else(|| ValidationError::claim_missing("iat"))?;
            if iat < epoch {
                return Err(ValidationError::claim_mismatch(Code::IssuedBeforeEpoch, "iat"));
            }
        }
        if is_listed(&self.tokens, claims.token_id) {
            return Err(ValidationError::claim_mismatch(Code::TokenRevoked, "jti"));
        }
        if is_listed(&self.sessions, claims.session_id) {
            return Err(ValidationError::claim_mismatch(Code::SessionRevoked, "sid"));
        }
        Ok(())
    }
}

impl Epochs {
    /// The newest epoch that applies, never the most specific one: an emergency that raises `all` must not be undone
    /// by an older epoch of one subject.
    fn newest_for(&self, claims: &Claims, kid: &str) -> Option<NumericDate> {
        let of = |epochs: &HashMap<String, NumericDate>, name: Option<&str>| {
            name.and_then(|name| epochs.get(name)).copied()
        };
        let applicable = [
            self.all,
            self.kid.get(kid).copied(),
            of(&self.sub, claims.subject),
            of(&self.sid, claims.session_id),
            of(&self.client_id, claims.client_id),
        ];
        applicable.into_iter().flatten().reduce(|newest, epoch| if epoch > newest { epoch } else { newest })
    }
}

fn is_listed(list: &HashSet<String>, claim: Option<&str>) -> bool {
    claim.is_some_and(|value| list.contains(value))
}
