//! The filters of another history: read from the edge's store, each with its lists, and made one filter for each claim.
//!
//! What they revoke is known by its digest alone, so that it has no number here, and is merged with nothing: such a
//! filter stays as it is until everything in it would have expired anyway. There are at most two of them.

use keystile_validator::{EntryDigest, FilterReference, RevokedClaim, WrittenFilter};

use super::amendment::Amendment;
use super::{Keystile, OperationError, filters, overtake};
use crate::domain::{IssuerId, RevocationFilter, Timestamp};
use crate::publish::CloudflareKv;

/// Everything of one claim that another history has put into filters.
pub(super) struct ForeignFilter {
    claim: RevokedClaim,
    pub(super) written: WrittenFilter,
    /// What was taken over before, and is in it too.
    replaces: Vec<String>,
}

/// The filters among `named` that this database does not know, together with those that were taken over before. The
/// inner error says which value is lost.
pub(super) async fn read(
    keystile: &Keystile,
    kv: &CloudflareKv,
    issuer: &IssuerId,
    named: &[FilterReference],
) -> Result<Result<Vec<ForeignFilter>, OperationError>, OperationError> {
    let known = keystile.store.read().await?.filters(issuer).await?;
    let is_new = |reference: &&FilterReference| known.iter().all(|filter| filter.name != reference.name());
    let mut foreign = Vec::new();
    for claim in RevokedClaim::ALL {
        let mut digests = Vec::new();
        for reference in named.iter().filter(is_new).filter(|reference| reference.claim() == claim) {
            match read_digests(kv, reference, &mut digests).await {
                Err(lost @ OperationError::FilterLost { .. }) => return Ok(Err(lost)),
                read => read?,
            }
        }
        if digests.is_empty() {
            continue;
        }
        let before = known.iter().filter(|filter| filter.claim == claim && filter.is_taken_over());
        let replaces: Vec<_> = before.map(|filter| filter.name.clone()).collect();
        for name in &replaces {
            let values = keystile.store.read().await?.filter_values(issuer, name).await?;
            // The first value is the filter itself.
            digests.extend(values.iter().skip(1).flat_map(|(_, list)| list_digests(list)));
        }
        foreign.push(ForeignFilter { claim, written: filters::write(digests).await?, replaces });
    }
    Ok(Ok(foreign))
}

impl ForeignFilter {
    /// Makes it a filter of ours, until `ends_at`.
    pub(super) async fn adopt(
        self,
        amendment: &mut Amendment<'_>,
        ends_at: Timestamp,
    ) -> Result<(), OperationError> {
        let issuer = amendment.state.issuer.id.clone();
        for name in &self.replaces {
            amendment.change.drop_filter(&issuer, name).await?;
        }
        let filter = RevocationFilter {
            claim: self.claim,
            name: filters::name(&issuer, &self.written.sha256),
            sha256: self.written.sha256,
            count: u64::from(self.written.count),
            first: 0,
            last: 0,
            ends_at,
        };
        Ok(amendment.change.add_filter(&issuer, &filter, &self.written).await?)
    }
}

/// Adds everything that a filter holds to `digests`.
async fn read_digests(
    kv: &CloudflareKv,
    reference: &FilterReference,
    digests: &mut Vec<EntryDigest>,
) -> Result<(), OperationError> {
    let lost = |name: &str| OperationError::FilterLost { name: name.to_owned() };
    let value = read_value(kv, reference.name()).await?;
    let filter = reference.open(value).map_err(|_| lost(reference.name()))?;
    for list in filter.lists() {
        let value = read_value(kv, list.name()).await?;
        digests.extend(list.open(value).map_err(|_| lost(list.name()))?.digests());
    }
    Ok(())
}

async fn read_value(kv: &CloudflareKv, name: &str) -> Result<Vec<u8>, OperationError> {
    let value = kv.read(name).await.map_err(|error| overtake::unreadable(&error))?;
    value.ok_or_else(|| OperationError::FilterLost { name: name.to_owned() })
}

fn list_digests(list: &[u8]) -> impl Iterator<Item = EntryDigest> {
    let (entries, _) = list.as_chunks::<{ EntryDigest::BYTES }>();
    entries.iter().copied().map(EntryDigest::from_bytes)
}
