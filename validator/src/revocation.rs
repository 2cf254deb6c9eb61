//! What an issuer takes back before it expires: epochs, tokens and sessions, listed or filtered.

use alloc::vec::Vec;

use crate::{
    by_name::ByName,
    claims::Claims,
    error::{Code, ValidationError},
    revocation_filter::{EntryDigest, Filter, RevokedClaim, Shard, ShardReference},
    time::NumericDate,
};

/// What a signed key set takes back.
#[derive(Debug, Default)]
pub(crate) struct Revocations {
    pub(crate) epochs: Epochs,
    pub(crate) tokens: ByName<()>,
    pub(crate) sessions: ByName<()>,
    pub(crate) filters: Vec<Filter>,
}

/// A filter has a hit for a claim of a token. One list says whether it means something.
#[derive(Clone, Debug)]
pub(crate) struct Suspicion {
    pub(crate) shard: ShardReference,
    digest: EntryDigest,
    claim: RevokedClaim,
}

/// Instants from which tokens are honoured: all of them, or those of one key, subject, session or client.
#[derive(Debug, Default)]
pub(crate) struct Epochs {
    pub(crate) all: Option<NumericDate>,
    pub(crate) kid: ByName<NumericDate>,
    pub(crate) sub: ByName<NumericDate>,
    pub(crate) sid: ByName<NumericDate>,
    pub(crate) client_id: ByName<NumericDate>,
}

impl Revocations {
    /// Returns `Ok` only if a token with `claims`, verified by the key `kid`, is not known to be taken back. What the
    /// filters have against it is left to be confirmed.
    pub(crate) fn check(&self, claims: &Claims, kid: &str) -> Result<Vec<Suspicion>, ValidationError> {
        if let Some(epoch) = self.epochs.newest_for(claims, kid) {
            let iat = claims.issued_at.ok_or_else(|| ValidationError::claim_missing("iat"))?;
            if iat < epoch {
                return Err(ValidationError::claim_mismatch(Code::IssuedBeforeEpoch, "iat"));
            }
        }
        if is_listed(&self.tokens, claims.token_id) {
            return Err(refusal(RevokedClaim::TokenId));
        }
        if is_listed(&self.sessions, claims.session_id) {
            return Err(refusal(RevokedClaim::SessionId));
        }
        Ok(self.suspicions(claims))
    }

    /// The hits of the filters. Without filters nothing is hashed, and without a hit nothing is taken from the heap.
    fn suspicions(&self, claims: &Claims) -> Vec<Suspicion> {
        let mut suspicions = Vec::new();
        for claim in RevokedClaim::ALL {
            let mut filters =
                self.filters.iter().filter(|filter| filter.reference().claim() == claim).peekable();
            let value = match claim {
                RevokedClaim::TokenId => claims.token_id,
                RevokedClaim::SessionId => claims.session_id,
            };
            let Some(digest) = value.filter(|_| filters.peek().is_some()).map(EntryDigest::of) else {
                continue;
            };
            let hits = filters.filter_map(|filter| filter.suspect(&digest));
            suspicions.extend(hits.map(|shard| Suspicion { shard, digest, claim }));
        }
        suspicions
    }
}

impl Suspicion {
    /// Returns `Ok` only if the list that it takes is among `shards` and does not have the claim.
    pub(crate) fn clear(&self, shards: &[Shard]) -> Result<(), ValidationError> {
        match shards.iter().find(|shard| *shard.reference() == self.shard) {
            Some(shard) if shard.lists(&self.digest) => Err(refusal(self.claim)),
            Some(_) => Ok(()),
            None => Err(ValidationError::claim_mismatch(Code::RevocationUnconfirmed, self.claim.as_str())),
        }
    }
}

fn refusal(claim: RevokedClaim) -> ValidationError {
    let code = match claim {
        RevokedClaim::TokenId => Code::TokenRevoked,
        RevokedClaim::SessionId => Code::SessionRevoked,
    };
    ValidationError::claim_mismatch(code, claim.as_str())
}

impl Epochs {
    /// The newest epoch that applies, never the most specific one: an emergency that raises `all` must not be undone
    /// by an older epoch of one subject.
    fn newest_for(&self, claims: &Claims, kid: &str) -> Option<NumericDate> {
        let of = |epochs: &ByName<NumericDate>, name: Option<&str>| {
            name.and_then(|name| epochs.get(name)).copied()
        };
        let applicable = [
            self.all,
            self.kid.get(kid).copied(),
            of(&self.sub, claims.subject),
            of(&self.sid, claims.session_id),
            of(&self.client_id, claims.client_id),
        ];
        applicable.into_iter().flatten().reduce(NumericDate::later)
    }
}

fn is_listed(list: &ByName<()>, claim: Option<&str>) -> bool {
    claim.is_some_and(|value| list.contains(value))
}
