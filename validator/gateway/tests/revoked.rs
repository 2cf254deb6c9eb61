//! Key sets with filters, and tokens that a filter has a hit for, at the gateway's keyring.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what goes wrong here fails the test"
)]
#![allow(dead_code, reason = "the issuer is shared with the validator's tests, which ask more of it")]

#[path = "../../tests/revocation_filters/issuer.rs"]
mod issuer;

use std::time::Duration;

use issuer::{ISSUER, NOW, Published};
use keystile_gateway::{Distrust, Keyring, Moment};
use keystile_validator::{
    Code, EntryDigest, Expected, Floor, KeySetCode, Policy, RevokedClaim, Shard, UnixTime,
};

const TOKENS: RevokedClaim = RevokedClaim::TokenId;

fn after(secs: u64) -> Moment {
    Moment::from(UnixTime::from_secs(NOW.as_secs() + secs))
}

fn keyring(published: &Published) -> Keyring {
    Keyring::new(ISSUER.to_owned(), published.roots(), Floor::default())
}

/// Reads the set and its filters, as the gateway does.
fn read(keyring: &mut Keyring, published: &Published, now: Moment) {
    for missing in keyring.missing_filters(&published.document(), now).unwrap() {
        let at = published.filters().iter().position(|filter| *filter.reference() == missing).unwrap();
        keyring.keep_filter(missing.open(published.written[at].value.clone()).unwrap(), now);
    }
    keyring.accept(published.document(), now).unwrap();
}

fn code(keyring: &Keyring, token: &str, now: Moment) -> Option<Code> {
    let policy = Policy::builder().issuer(Expected::one_of([ISSUER])).audience(Expected::NotChecked);
    match keyring.judge(&policy.build().unwrap(), token.as_bytes(), now) {
        Ok(_) => None,
        Err(Distrust::Token(error)) => Some(error.code()),
        Err(Distrust::NoKeySet) => panic!("there is no key set"),
    }
}

#[test]
fn a_set_whose_filters_are_not_there_yet_leaves_the_present_one_in_its_place() {
    let older = Published::revoking(TOKENS, ["t-1"]);
    let newer = Published::revoking(TOKENS, ["t-1", "t-2"]).at_version(8);
    let mut keyring = keyring(&older);
    read(&mut keyring, &older, after(0));
    let refused = keyring.accept(newer.document(), after(5)).unwrap_err();
    assert_eq!((refused.code(), keyring.version()), (KeySetCode::FilterMissing, Some(7)));
    let good = older.issuer.token(r#""jti":"good""#);
    assert_eq!(code(&keyring, &good, after(5)), None);

    read(&mut keyring, &newer, after(10));
    assert_eq!(keyring.version(), Some(8));
    // What the next set names as well is not fetched again.
    assert_eq!(keyring.missing_filters(&newer.document(), after(15)).unwrap(), []);
}

#[test]
fn filters_that_do_not_come_are_waited_for_no_longer_than_the_grace() {
    let older = Published::revoking(TOKENS, ["t-1"]);
    let newer = Published::revoking(TOKENS, ["t-1", "t-2"]).at_version(8);
    let mut keyring = keyring(&older).with_filter_grace(Duration::from_secs(60));
    read(&mut keyring, &older, after(0));
    let good = older.issuer.token(r#""jti":"good""#);
    for now in [10, 40, 69] {
        assert!(keyring.accept(newer.document(), after(now)).is_err());
        assert_eq!(code(&keyring, &good, after(now)), None);
    }
    assert!(keyring.usable(after(70)).is_none(), "it goes on for ever");
    read(&mut keyring, &newer, after(71));
    assert_eq!(code(&keyring, &good, after(71)), None);
}

#[test]
fn nothing_is_fetched_for_a_set_that_may_not_follow() {
    let (older, newer) = (Published::revoking(TOKENS, ["t-1"]), Published::revoking(TOKENS, ["t-2"]));
    let mut keyring = keyring(&older);
    read(&mut keyring, &newer.at_version(8), after(0));
    let refused = keyring.missing_filters(&older.document(), after(1)).unwrap_err();
    assert_eq!(refused.code(), KeySetCode::DocumentVersionRollback);
}

#[test]
fn a_suspected_token_waits_for_its_list_and_is_judged_by_it() {
    let published = Published::revoking(TOKENS, (0..50_000).map(|number| format!("revoked-{number}")));
    let mut keyring = keyring(&published);
    read(&mut keyring, &published, after(0));
    let filter = &published.filters()[0];
    let good = (0..)
        .map(|number| format!("good-{number}"))
        .find(|jti| filter.suspect(&EntryDigest::of(jti)).is_some())
        .unwrap();
    let token = |jti: &str| published.issuer.token(&format!(r#""jti":"{jti}""#));
    let lists = published.shards();
    for (jti, verdict) in [("revoked-7", Some(Code::TokenRevoked)), (&good, None)] {
        assert_eq!(code(&keyring, &token(jti), after(1)), Some(Code::RevocationUnconfirmed));
        let wanted = keyring.lists().take_wanted(after(1));
        let list = lists.iter().find(|list| [list.reference().clone()] == *wanted).unwrap();
        keyring.lists_mut().keep(list.clone());
        assert_eq!(code(&keyring, &token(jti), after(1)), verdict);
        assert_eq!(keyring.lists().take_wanted(after(1)), []);
    }
}

#[test]
fn a_store_that_fails_is_left_alone_for_a_second() {
    let published = Published::revoking(TOKENS, ["t-1"]);
    let mut keyring = keyring(&published);
    read(&mut keyring, &published, after(0));
    let token = published.issuer.token(r#""jti":"t-1""#);
    keyring.lists_mut().note_failure(after(10));
    for (now, asked) in [(10, 0), (11, 1)] {
        assert_eq!(code(&keyring, &token, after(now)), Some(Code::RevocationUnconfirmed));
        assert_eq!(keyring.lists().take_wanted(after(now)).len(), asked);
    }
}

#[test]
fn no_more_lists_are_kept_than_an_isolate_has_room_for() {
    let published = Published::revoking(TOKENS, (0..270_000).map(|number| format!("revoked-{number}")));
    let mut keyring = keyring(&published);
    read(&mut keyring, &published, after(0));
    let lists: Vec<Shard> = published.shards();
    assert_eq!(lists.len(), 128);
    lists.iter().for_each(|list| keyring.lists_mut().keep(list.clone()));
    let kept = (0..1_000).filter(|number| {
        let token = format!("revoked-{number}");
        let named = published.filters()[0].suspect(&EntryDigest::of(&token)).unwrap();
        let at = lists.iter().position(|list| *list.reference() == named).unwrap();
        at >= 64
    });
    let token = |number: usize| published.issuer.token(&format!(r#""jti":"revoked-{number}""#));
    let kept = kept.take(3).collect::<Vec<_>>();
    for number in kept {
        assert_eq!(code(&keyring, &token(number), after(1)), Some(Code::TokenRevoked));
    }
    let first = (0..1_000).find(|number| {
        let named = published.filters()[0].suspect(&EntryDigest::of(&format!("revoked-{number}"))).unwrap();
        named == *lists[0].reference()
    });
    let code = code(&keyring, &token(first.unwrap()), after(1));
    assert_eq!(code, Some(Code::RevocationUnconfirmed), "the oldest list is still kept");
}
