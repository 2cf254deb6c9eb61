//! Tokens and sessions that are refused by name, and where each of them stands: in the document, or in a filter.
//!
//! What was revoked is numbered in order, per issuer. The newest stand in the document, so that one more costs one
//! small write; when they have become too many, they go into a filter, together with the filters before them that are
//! not much larger. So each filter is several times as large as the next, there are few of them, and an entry is
//! written again only a few times in its life.

use keystile_validator::RevokedClaim;
use serde::Serialize;

use super::Timestamp;
use super::key_set::base64url;

/// How many entries stand in the document itself.
pub const LISTED_MOST: u64 = 2_000;
/// How many bytes they may take there; with 256 KiB for the whole document in base64, this leaves room for 80 KB of keys
/// and epochs.
pub const LISTED_BYTES: u64 = 96 * 1024;
/// The longest `jti` or `sid` that can be revoked by name, in bytes.
pub const LONGEST_VALUE: usize = 256;
/// A filter is taken into the next one unless it is more than so many times as large as all that is newer.
const GROWTH: u64 = 4;

/// A filter in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevocationFilter {
    /// Whose values it holds.
    pub claim: RevokedClaim,
    /// The key of its value in the store.
    pub name: String,
    /// The digest of its value.
    pub sha256: [u8; 32],
    /// How many entries it holds.
    pub count: u64,
    /// The number of its first entry; 0 if it was taken over from another history, which numbered them otherwise.
    pub first: u64,
    /// The number of its last entry; 0 if it was taken over.
    pub last: u64,
    /// When the last of its entries has no meaning any more.
    pub ends_at: Timestamp,
}

impl RevocationFilter {
    /// Whether it was taken over from another history. What is in it is known by its digest alone, so that it is merged
    /// with none of ours, and stays as it is until its end.
    pub fn is_taken_over(&self) -> bool {
        self.last == 0
    }
}

/// The entries of one claim that stand in no filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unfiltered {
    /// How many there are.
    pub count: u64,
    /// How many bytes their values have together, quotation marks and commas included.
    pub bytes: u64,
    /// The number of the last one; 0 if there is none.
    pub last: u64,
}

/// What to do about the filters of one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filtering {
    /// Make one filter of the entries with these numbers, in place of those.
    Make {
        /// The number of the first entry.
        first: u64,
        /// The number of the last one.
        last: u64,
        /// The filters that it takes in.
        replaces: Vec<String>,
    },
    /// Leave out filters of which nothing has a meaning any more.
    Drop {
        /// Their names.
        names: Vec<String>,
    },
}

/// Whether these entries, of all claims together, can stand in the document.
pub fn fits_document(unfiltered: &[Unfiltered]) -> bool {
    let count: u64 = unfiltered.iter().map(|list| list.count).sum();
    let bytes: u64 = unfiltered.iter().map(|list| list.bytes).sum();
    count <= LISTED_MOST && bytes <= LISTED_BYTES
}

/// What is to be done about the `filters` of one claim, oldest first, if anything. `is_full` says whether the document has no room for the
/// entries that stand in none.
pub fn filtering(
    filters: &[RevocationFilter],
    unfiltered: Unfiltered,
    is_full: bool,
    now: Timestamp,
) -> Option<Filtering> {
    let over: Vec<_> =
        filters.iter().filter(|filter| filter.ends_at <= now).map(|filter| filter.name.clone()).collect();
    if !over.is_empty() {
        return Some(Filtering::Drop { names: over });
    }
    if !is_full || unfiltered.count == 0 {
        return None;
    }
    // The newest filters first, as long as the next one is not so much larger that it had better be left alone.
    let mut size = unfiltered.count;
    let ours: Vec<_> = filters.iter().filter(|filter| !filter.is_taken_over()).collect();
    let taken = ours.iter().rev().take_while(|filter| {
        let fits = filter.count <= size.saturating_mul(GROWTH);
        size += filter.count;
        fits
    });
    let replaces: Vec<_> = taken.map(|filter| filter.name.clone()).collect();
    let kept = ours.len() - replaces.len();
    let first = ours.get(..kept).and_then(<[_]>::last).map_or(0, |filter| filter.last) + 1;
    Some(Filtering::Make { first, last: unfiltered.last, replaces })
}

/// What is refused by name, as the document says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishedRevocations {
    /// Values of `jti`.
    pub tokens: Vec<String>,
    /// Values of `sid`.
    pub sessions: Vec<String>,
    /// And the rest.
    pub filters: Vec<RevocationFilter>,
    /// The number up to which everything is said.
    pub last: u64,
}

/// How many bytes a value takes in the document, with the comma after it.
pub fn listed_bytes(value: &str) -> u64 {
    serde_json::to_string(value).map_or(u64::MAX, |json| json.len() as u64 + 1)
}

/// The lists in the document.
#[derive(Debug, Serialize)]
pub(super) struct Lists<'a> {
    jti: &'a [String],
    sid: &'a [String],
}

/// A filter as the document names it.
#[derive(Debug, Serialize)]
pub(super) struct NamedFilter<'a> {
    claim: &'static str,
    r#ref: &'a str,
    sha256: String,
    count: u64,
}

impl PublishedRevocations {
    pub(super) fn lists(&self) -> Lists<'_> {
        Lists { jti: &self.tokens, sid: &self.sessions }
    }

    pub(super) fn named_filters(&self) -> Vec<NamedFilter<'_>> {
        let named = |filter: &'_ RevocationFilter| (filter.claim.as_str(), filter.count);
        self.filters
            .iter()
            .map(|filter| {
                let (claim, count) = named(filter);
                NamedFilter { claim, r#ref: &filter.name, sha256: base64url(&filter.sha256), count }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rehearsal::START;

    /// Filters that stand for these counts, oldest first.
    fn filters(counts: &[u64]) -> Vec<RevocationFilter> {
        let mut last = 0;
        let filter = |count: &u64| {
            let first = last + 1;
            last += count;
            let (claim, name) = (RevokedClaim::TokenId, format!("{first}-{last}"));
            RevocationFilter {
                claim,
                name,
                sha256: [0; 32],
                count: *count,
                first,
                last,
                ends_at: START.plus(9),
            }
        };
        counts.iter().map(filter).collect()
    }

    fn more(filters: &[RevocationFilter], count: u64) -> Unfiltered {
        Unfiltered { count, bytes: 0, last: filters.last().map_or(0, |filter| filter.last) + count }
    }

    #[test]
    fn two_thousand_entries_stand_in_the_document_and_one_more_does_not() {
        let list = |count, bytes| Unfiltered { count, bytes, last: 0 };
        assert!(fits_document(&[list(1_500, 0), list(500, 0)]));
        assert!(!fits_document(&[list(1_500, 0), list(501, 0)]));
        assert!(!fits_document(&[list(1, LISTED_BYTES), list(1, 1)]));
    }

    #[test]
    fn nothing_is_done_while_there_is_room() {
        let filters = filters(&[5_000]);
        assert_eq!(filtering(&filters, more(&filters, 2_000), false, START), None);
    }

    #[test]
    fn what_is_full_goes_into_a_filter_with_those_that_are_not_much_larger() {
        let filters = filters(&[1_000_000, 9_000, 5_000]);
        let Some(Filtering::Make { first, last, replaces }) =
            filtering(&filters, more(&filters, 2_001), true, START)
        else {
            panic!("nothing is done")
        };
        assert_eq!((first, last), (1_000_001, 1_016_001));
        assert_eq!(replaces, ["1009001-1014000", "1000001-1009000"]);
    }

    #[test]
    fn filters_of_which_nothing_is_left_are_dropped_first() {
        let mut filters = filters(&[5_000, 5_000]);
        filters[0].ends_at = START;
        let dropped = Filtering::Drop { names: vec!["1-5000".to_owned()] };
        assert_eq!(filtering(&filters, more(&filters, 3_000), true, START), Some(dropped));
    }

    /// However many are revoked, one document's worth at a time: there are few filters, and nobody is rewritten often.
    #[test]
    fn a_million_revoked_one_by_one_make_few_filters_and_few_rewrites() {
        let mut filters: Vec<RevocationFilter> = Vec::new();
        let (mut written, mut most) = (0, 0);
        for _ in 0..500 {
            let list = more(&filters, 2_001);
            let Some(Filtering::Make { first, last, replaces }) = filtering(&filters, list, true, START)
            else {
                panic!("nothing is done")
            };
            filters.retain(|filter| !replaces.contains(&filter.name));
            let made = RevocationFilter {
                name: format!("{first}-{last}"),
                first,
                last,
                count: last + 1 - first,
                ..self::filters(&[1])[0].clone()
            };
            written += made.count;
            filters.push(made);
            most = most.max(filters.len());
            assert!(filters.windows(2).all(|pair| pair[0].last + 1 == pair[1].first));
        }
        assert_eq!(filters.iter().map(|filter| filter.count).sum::<u64>(), 500 * 2_001);
        assert!(most <= 6, "{most} filters");
        assert!(written <= 500 * 2_001 * 16, "each entry was written {} times", written / (500 * 2_001));
    }
}
