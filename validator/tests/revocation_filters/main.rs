//! Filters of revoked tokens: none that is revoked is believed, none that is good is refused, and nothing is taken that
//! the key set does not vouch for.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what goes wrong here fails the test"
)]

#[allow(dead_code, reason = "the tests of the worker have the same issuer, and ask more of it")]
mod issuer;

use std::collections::HashMap;

use issuer::{ISSUER, Issuer, NOW, Published};
use keystile_validator::{
    Code, EntryDigest, Expected, Filter, Floor, KeySet, KeySetCode, KeySetError, Limits, Policy,
    RevokedClaim, Shard, SuspectedToken, UnixTime, Validator, Verdict, WrittenFilter,
};
use rsa::sha2::{Digest, Sha256};

fn policy() -> Policy {
    let policy = Policy::builder().issuer(Expected::one_of([ISSUER])).audience(Expected::NotChecked);
    policy.build().unwrap()
}

fn validator(published: &Published) -> Validator {
    Validator::new(published.key_set().unwrap(), policy())
}

fn suspected(validator: &Validator, token: &str) -> SuspectedToken {
    match validator.judge(token.as_bytes(), NOW).unwrap() {
        Verdict::Suspected(token) => token,
        Verdict::Believed(_) => panic!("no filter has a hit"),
    }
}

/// A value that a filter takes for one of its own, though it is none.
fn false_positive(filter: &Filter) -> String {
    let mut strangers = (0..).map(|number| format!("stranger-{number}"));
    strangers.find(|value| filter.suspect(&EntryDigest::of(value)).is_some()).unwrap()
}

fn names(prefix: &str, count: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |number| format!("{prefix}-{number}"))
}

#[test]
fn of_a_million_revoked_tokens_none_is_believed_and_of_a_million_good_ones_none_is_refused() {
    const MILLION: usize = 1_000_000;
    let digests = |prefix| -> Vec<_> { names(prefix, MILLION).map(|name| EntryDigest::of(&name)).collect() };
    let revoked = digests("revoked");
    let published = Published::of(&[(RevokedClaim::TokenId, revoked.clone())]);
    let filter = published.filters()[0].clone();
    let shards: HashMap<_, _> =
        published.shards().into_iter().map(|shard| (shard.reference().clone(), shard)).collect();
    let is_revoked = |digest| filter.suspect(digest).map(|named| shards[&named].lists(digest));

    assert!(revoked.iter().all(|digest| is_revoked(digest) == Some(true)));
    let hits: Vec<bool> = digests("good").iter().filter_map(is_revoked).collect();
    assert!(!hits.contains(&true), "a good token would be refused");
    // One in 65,536 is expected, so that far more would mean that the filter does not filter.
    assert!((1..100).contains(&hits.len()), "{} of a million good tokens had to be confirmed", hits.len());
}

#[test]
fn a_token_and_a_session_in_a_filter_are_refused_by_its_list() {
    let published = Published::revoking(RevokedClaim::TokenId, ["t-1", "t-2"]);
    let token = published.issuer.token(r#""jti":"t-1""#);
    let refused = suspected(&validator(&published), &token).confirm(&published.shards()).unwrap_err();
    assert_eq!((refused.code(), refused.claim()), (Code::TokenRevoked, Some("jti")));

    let published = Published::revoking(RevokedClaim::SessionId, ["s-1"]);
    let token = published.issuer.token(r#""jti":"s-1","sid":"s-1""#);
    let suspected = suspected(&validator(&published), &token);
    assert_eq!(suspected.shards().count(), 1, "`jti` is not what this filter is about");
    let refused = suspected.confirm(&published.shards()).unwrap_err();
    assert_eq!((refused.code(), refused.claim()), (Code::SessionRevoked, Some("sid")));
}

#[test]
fn a_token_that_only_looks_revoked_is_believed_once_the_list_was_asked() {
    let published = Published::revoking(RevokedClaim::TokenId, names("revoked", 50_000));
    let jti = false_positive(&published.filters()[0]);
    let token = published.issuer.token(&format!(r#""jti":"{jti}""#));
    let validator = validator(&published);

    let suspected = suspected(&validator, &token);
    let asked = suspected.shards().next().unwrap().clone();
    let (list, others): (Vec<Shard>, Vec<Shard>) =
        published.shards().into_iter().partition(|shard| *shard.reference() == asked);
    assert_eq!(list.len(), 1);
    // Without its list it is not known to be good, and other lists say nothing about it.
    for unasked in [Vec::new(), others] {
        let refused = suspected.clone().confirm(&unasked).unwrap_err();
        assert_eq!((refused.code(), refused.claim()), (Code::RevocationUnconfirmed, Some("jti")));
    }
    assert_eq!(suspected.confirm(&list).unwrap().token_id(), Some(&*jti));
    let refused = validator.validate(token.as_bytes(), NOW).unwrap_err();
    assert_eq!(refused.code(), Code::RevocationUnconfirmed);
}

#[test]
fn a_token_that_no_filter_has_is_believed_at_once() {
    let published = Published::revoking(RevokedClaim::TokenId, names("revoked", 100));
    let validator = validator(&published);
    for claims in [r#""jti":"good""#, r#""sub":"no-jti""#] {
        let token = published.issuer.token(claims);
        assert!(validator.validate(token.as_bytes(), NOW).is_ok(), "{claims}");
    }
}

#[test]
fn several_filters_are_asked_each() {
    let digests = |name: &str| vec![EntryDigest::of(name)];
    let published = Published::of(&[
        (RevokedClaim::TokenId, digests("t-1")),
        (RevokedClaim::TokenId, digests("t-2")),
        (RevokedClaim::SessionId, digests("s-1")),
    ]);
    let validator = validator(&published);
    for (claims, code) in [
        (r#""jti":"t-1""#, Code::TokenRevoked),
        (r#""jti":"t-2""#, Code::TokenRevoked),
        (r#""jti":"t-3","sid":"s-1""#, Code::SessionRevoked),
    ] {
        let suspected = suspected(&validator, &published.issuer.token(claims));
        assert_eq!(suspected.confirm(&published.shards()).unwrap_err().code(), code, "{claims}");
    }
}

#[test]
fn a_set_is_not_trusted_before_each_of_its_filters_is_there() {
    let digests = |name: &str| vec![EntryDigest::of(name)];
    let published =
        Published::of(&[(RevokedClaim::TokenId, digests("a")), (RevokedClaim::SessionId, digests("b"))]);
    let filters = published.filters();
    let foreign = Published::revoking(RevokedClaim::TokenId, ["c"]).filters();
    let trusted =
        |filters: &[Filter]| published.signed().with_filters(filters).trusted(ISSUER, NOW, &Floor::default());

    for missing in [&filters[..0], &filters[..1], &filters[1..], &foreign[..]] {
        assert_eq!(code(trusted(missing)), Some(KeySetCode::FilterMissing));
    }
    let twice = [&filters[..], &filters[..], &foreign[..]].concat();
    assert_eq!(trusted(&twice).unwrap().filters().len(), 2);
}

#[test]
fn what_is_wrong_with_a_document_is_said_before_its_filters_are_asked_for() {
    let published = Published::revoking(RevokedClaim::TokenId, ["t-1"]);
    let signed = published.signed();
    let check = |issuer, now, floor: &Floor| code(signed.check(issuer, now, floor));
    assert_eq!(check(ISSUER, NOW, &Floor::default()), None);
    assert_eq!(
        check("https://other.example", NOW, &Floor::default()),
        Some(KeySetCode::DocumentIssuerMismatch)
    );
    let late = UnixTime::from_secs(NOW.as_secs() * 2);
    assert_eq!(check(ISSUER, late, &Floor::default()), Some(KeySetCode::DocumentExpired));
    assert_eq!(check(ISSUER, NOW, &Floor::at_version(1000)), Some(KeySetCode::DocumentVersionRollback));
}

#[test]
fn a_filter_is_refused_whichever_bit_is_changed_and_wherever_it_ends() {
    let published = Published::revoking(RevokedClaim::TokenId, names("revoked", 40));
    let reference = published.signed().filters()[0].clone();
    let value = published.written[0].value.clone();
    for (at, bit) in (0..value.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = value.clone();
        changed[at] ^= 1 << bit;
        assert_eq!(code(reference.open(changed)), Some(KeySetCode::FilterDigestMismatch), "{at}");
    }
    for end in 0..value.len() {
        assert_eq!(code(reference.open(value[..end].to_vec())), Some(KeySetCode::FilterDigestMismatch));
    }
    assert_eq!((reference.count(), reference.max_bytes()), (40, 256 * 1024 + 4 * 40));
    let longest = vec![0; reference.max_bytes()];
    assert_eq!(code(reference.open(longest)), Some(KeySetCode::FilterDigestMismatch));
    let endless = vec![0; reference.max_bytes() + 1];
    assert_eq!(code(reference.open(endless)), Some(KeySetCode::FilterTooLarge));
    assert!(reference.open(value).is_ok());
}

#[test]
fn a_list_is_refused_whichever_bit_is_changed_and_wherever_it_ends() {
    let published = Published::revoking(RevokedClaim::TokenId, names("revoked", 10));
    let named = published.filters()[0].suspect(&EntryDigest::of("revoked-1")).unwrap();
    let value = published.written[0].shards[0].clone();
    for (at, bit) in (0..value.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = value.clone();
        changed[at] ^= 1 << bit;
        assert_eq!(code(named.open(changed)), Some(KeySetCode::FilterDigestMismatch), "{at}");
    }
    let shorter = value[..value.len() - EntryDigest::BYTES].to_vec();
    assert_eq!(code(named.open(shorter)), Some(KeySetCode::FilterDigestMismatch));
    let filter = published.filters()[0].reference().clone();
    assert!(!filter.name().is_empty() && named.name().starts_with(&format!("{}/", filter.name())));
    // As docs/format.md has it.
    assert_eq!(Limits::MAX_SHARD_BYTES, 1_048_576);
    let longest = vec![0; Limits::MAX_SHARD_BYTES];
    assert_eq!(code(named.open(longest)), Some(KeySetCode::FilterDigestMismatch));
    let endless = vec![0; Limits::MAX_SHARD_BYTES + 1];
    assert_eq!(code(named.open(endless)), Some(KeySetCode::FilterTooLarge));
    assert!(named.open(value).is_ok());
}

/// The issuer signs whatever it is given, so that a writer's mistake is found by its shape.
#[test]
fn a_filter_that_is_vouched_for_and_still_wrong_is_refused() {
    let digests = names("revoked", 5000).map(|name| EntryDigest::of(&name)).collect();
    let written = WrittenFilter::new(digests).unwrap();
    let count = written.count;
    let with = |at: usize, bytes: &[u8]| {
        let mut value = written.value.clone();
        value[at..at + bytes.len()].copy_from_slice(bytes);
        value
    };
    let longer = [&written.value[..], &[0]].concat();
    for (name, value, count) in [
        ("another count", written.value.clone(), count + 1),
        ("another magic", with(0, b"ksfuse08"), count),
        ("no entry", with(8, &[0; 4]), count),
        ("three lists", with(12, &3_u32.to_le_bytes()), count),
        ("no list", with(12, &0_u32.to_le_bytes()), count),
        ("more lists than bytes", with(12, &4096_u32.to_le_bytes()), count),
        ("more lists than allowed", with(12, &(1_u32 << 31).to_le_bytes()), count),
        ("segments of nothing", with(24, &[0; 4]), count),
        ("segments of three", with(24, &3_u32.to_le_bytes()), count),
        ("endless segments", with(24, &(1_u32 << 31).to_le_bytes()), count),
        ("no span", with(28, &[0; 4]), count),
        ("an endless span", with(28, &[0xff; 4]), count),
        ("a byte too many", longer, count),
        ("a byte too few", written.value[..written.value.len() - 1].to_vec(), count),
        ("nothing but a header", written.value[..32].to_vec(), count),
        ("nothing", Vec::new(), count),
    ] {
        let reference = Issuer::vouches_for(&value, count);
        assert_eq!(code(reference.open(value)), Some(KeySetCode::FilterMalformed), "{name}");
    }
}

#[test]
fn a_filter_has_as_many_lists_as_allowed() {
    // As docs/format.md has it.
    const MOST: u32 = 4096;
    // So many entries that twice as many lists are not too long for them.
    let digests = names("revoked", 5000).map(|name| EntryDigest::of(&name)).collect();
    let written = WrittenFilter::new(digests).unwrap();
    let with_lists = |number: u32| {
        let mut value = written.value[..32].to_vec();
        value[12..16].copy_from_slice(&number.to_le_bytes());
        value.resize(32 + 32 * number as usize, 0);
        value.extend_from_slice(&written.value[32 + 32 * written.shards.len()..]);
        Issuer::vouches_for(&value, written.count).open(value)
    };
    for number in [1, 2, MOST / 2, MOST] {
        assert_eq!(with_lists(number).unwrap().lists().count(), number as usize);
    }
    for number in [0, 3, MOST - 1, MOST * 2] {
        assert_eq!(code(with_lists(number)), Some(KeySetCode::FilterMalformed), "{number}");
    }
}

/// The same for a list: the filter names whatever a mistaken writer made.
#[test]
fn a_list_that_is_vouched_for_and_still_wrong_is_refused() {
    let written =
        WrittenFilter::new(names("revoked", 3).map(|name| EntryDigest::of(&name)).collect()).unwrap();
    let list = written.shards[0].clone();
    let opened = |list: Vec<u8>| {
        let mut value = written.value.clone();
        value[32..64].copy_from_slice(&Sha256::digest(&list));
        let filter = Issuer::vouches_for(&value, written.count).open(value).unwrap();
        filter.lists().next().unwrap().open(list)
    };
    let last = list.len() - EntryDigest::BYTES;
    let unsorted = [&list[last..], &list[..last]].concat();
    for (name, list) in [("unsorted", unsorted), ("a byte too many", [&list[..], &[0xff]].concat())] {
        assert_eq!(code(opened(list)), Some(KeySetCode::FilterMalformed), "{name}");
    }
    assert!(opened(list).is_ok());
}

#[test]
fn a_filter_tells_its_size_and_all_that_its_lists_hold() {
    let mut digests: Vec<_> = names("revoked", 10_000).map(|name| EntryDigest::of(&name)).collect();
    let published = Published::of(&[(RevokedClaim::TokenId, digests.clone())]);
    let (filter, written) = (&published.filters()[0], &published.written[0]);
    assert_eq!(filter.bytes(), written.value.len());
    // Some 4,096 to a list, and a power of two of them.
    assert_eq!(written.shards.len(), 4);
    let lists = filter.lists().zip(written.shards.clone());
    let opened: Vec<Shard> = lists.map(|(named, list)| named.open(list).unwrap()).collect();
    assert!(opened.iter().all(|list| list.digests().count() > 2000), "the lists are about as long");
    for digest in &digests {
        let asked = filter.suspect(digest).unwrap();
        let list = opened.iter().find(|list| *list.reference() == asked).unwrap();
        assert!(list.lists(digest));
    }
    digests.sort_unstable();
    let held: Vec<EntryDigest> = opened.iter().flat_map(Shard::digests).collect();
    assert!(held == digests);
}

#[test]
fn a_filter_of_nothing_is_not_written() {
    assert!(WrittenFilter::new(Vec::new()).is_err());
}

#[test]
fn a_filter_of_few_has_them_all_and_counts_each_once() {
    for count in 1..200 {
        let digests: Vec<_> = names("few", count).map(|name| EntryDigest::of(&name)).collect();
        let published = Published::of(&[(RevokedClaim::TokenId, [&digests[..], &digests[..]].concat())]);
        let filter = &published.filters()[0];
        assert_eq!(filter.reference().count() as usize, count);
        assert!(digests.iter().all(|digest| filter.suspect(digest).is_some()), "{count}");
    }
}

fn code<T>(outcome: Result<T, KeySetError>) -> Option<KeySetCode> {
    outcome.err().map(|error| error.code())
}

/// A key set is only had with its filters.
#[test]
fn a_newer_set_takes_the_place_of_one_with_other_filters() {
    let (older, newer) = (
        Published::revoking(RevokedClaim::TokenId, ["t-1"]),
        Published::revoking(RevokedClaim::TokenId, ["t-1", "t-2"]).at_version(8),
    );
    let mut validator = validator(&older);
    validator.replace_key_set(newer.key_set().unwrap()).unwrap();
    let held: &KeySet = validator.key_set();
    assert_eq!((held.version(), held.filters()[0].reference().count()), (Some(8), 2));
}
