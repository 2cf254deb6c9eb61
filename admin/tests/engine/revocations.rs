//! Tokens and sessions refused by name.

use keystile_admin::domain::{Actor, Policy, Role, Timestamp};
use keystile_admin::operations::revocation_import::{Import, ImportOrder};
use keystile_admin::operations::revocations::{
    self, RevocationOrder, RevocationStatus, RevocationView, revoke,
};
use keystile_admin::operations::tokens::TokenRequest;
use keystile_admin::operations::{OperationError, key_set};
use keystile_validator::{EntryDigest, Limits, RevokedClaim, RootKeys, SignedKeySet, UnverifiedKeySet};
use serde_json::json;

use crate::fake_kv::{FakeKv, Shelf};
use crate::rehearsal::{Rehearsal, START};

pub(crate) const TOKENS: RevokedClaim = RevokedClaim::TokenId;
pub(crate) const SESSIONS: RevokedClaim = RevokedClaim::SessionId;

pub(crate) fn values(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("token-{number}")).collect()
}

pub(crate) fn order(claim: RevokedClaim, values: &[String]) -> RevocationOrder {
    RevocationOrder { claim, values: values.to_vec(), expires_at: None, reason: "a test".to_owned() }
}

impl Rehearsal {
    pub(crate) async fn take_back(
        &self,
        claim: RevokedClaim,
        values: &[String],
    ) -> Result<RevocationView, OperationError> {
        revoke(&self.keystile, &self.admin, &self.main, order(claim, values)).await
    }

    async fn revocations(&self) -> RevocationStatus {
        revocations::status(&self.keystile, &self.admin, &self.main).await.unwrap()
    }

    pub(crate) async fn session_token(&self, sid: &str) -> String {
        let claims = json!({ "sid": sid }).as_object().unwrap().clone();
        let request =
            TokenRequest { subject: "alice".to_owned(), audience: None, lifetime_secs: None, claims };
        self.mint(request).await.unwrap().token
    }

    async fn signed(&self) -> SignedKeySet {
        let current = key_set::current(&self.keystile, &self.main).await.unwrap();
        let roots = RootKeys::from_jwks(self.made.roots.to_string().as_bytes()).unwrap();
        let document = UnverifiedKeySet::parse(current.document.as_bytes(), &Limits::default());
        document.unwrap().verify(&roots).unwrap()
    }
}

#[tokio::test]
async fn a_revoked_session_is_refused_and_another_is_not() {
    let rehearsal = Rehearsal::begin().await;
    let (bad, good) = (rehearsal.session_token("bad").await, rehearsal.session_token("good").await);
    let done = rehearsal.take_back(SESSIONS, &["bad".to_owned()]).await.unwrap();
    assert_eq!((done.added, done.version), (1, Some(rehearsal.version().await)));
    assert_eq!(rehearsal.verdict(&bad).await, Some("session_revoked"));
    assert_eq!(rehearsal.verdict(&good).await, None);
}

#[tokio::test]
async fn what_is_revoked_already_is_not_published_again() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.take_back(TOKENS, &values(0..3)).await.unwrap();
    let (version, entries) = (rehearsal.version().await, rehearsal.entries().await);
    let again = rehearsal.take_back(TOKENS, &values(0..3)).await.unwrap();
    assert_eq!((again.given, again.added, again.version), (3, 0, None));
    assert_eq!((rehearsal.version().await, rehearsal.entries().await), (version, entries));
}

#[tokio::test]
async fn a_revocation_lasts_until_the_token_has_expired_anyway() {
    let rehearsal = Rehearsal::begin().await;
    let given = RevocationOrder { expires_at: Some(START.plus(100)), ..order(TOKENS, &values(0..1)) };
    let done = revoke(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, given).await.unwrap();
    assert_eq!(done.until, START.plus(130));
    rehearsal.clock.advance(129);
    assert_eq!(rehearsal.revocations().await.tokens, 1);
    rehearsal.clock.advance(1);
    assert_eq!(rehearsal.revocations().await.tokens, 0);
    // The next set does not have it any more, and for longer it is revoked as if for the first time.
    rehearsal.take_back(TOKENS, &values(1..2)).await.unwrap();
    assert_eq!(rehearsal.revocations().await.listed, 1);
    assert_eq!(rehearsal.take_back(TOKENS, &values(0..1)).await.unwrap().added, 1);
}

#[tokio::test]
async fn to_revoke_for_longer_is_to_revoke_again() {
    let rehearsal = Rehearsal::begin().await;
    let until = |secs| RevocationOrder { expires_at: Some(START.plus(secs)), ..order(TOKENS, &values(0..1)) };
    let revoke = async |secs| {
        revoke(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, until(secs)).await.unwrap().added
    };
    assert_eq!((revoke(100).await, revoke(200).await, revoke(150).await), (1, 1, 0));
    rehearsal.clock.advance(229);
    assert_eq!(rehearsal.revocations().await.tokens, 1);
}

#[tokio::test]
async fn a_revocation_that_makes_no_sense_is_refused_and_nothing_happens() {
    let rehearsal = Rehearsal::begin().await;
    let (version, entries) = (rehearsal.version().await, rehearsal.entries().await);
    let past = RevocationOrder { expires_at: Some(Timestamp::from_secs(1)), ..order(TOKENS, &values(0..1)) };
    let silent = RevocationOrder { reason: " ".to_owned(), ..order(TOKENS, &values(0..1)) };
    let orders = [
        past,
        silent,
        order(TOKENS, &[]),
        order(TOKENS, &[String::new()]),
        order(TOKENS, &["x".repeat(257)]),
        order(TOKENS, &values(0..10_001)),
    ];
    for order in orders {
        let refused = revoke(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, order).await;
        assert_eq!(refused.unwrap_err().code(), "invalid_input");
    }
    let viewer = Actor::token_holder("v", "viewer", Role::Viewer);
    let refused = revoke(&rehearsal.keystile, &viewer, &rehearsal.main, order(TOKENS, &values(0..1))).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    assert_eq!((rehearsal.version().await, rehearsal.entries().await), (version, entries));
    assert_eq!(rehearsal.revocations().await.tokens, 0);
}

#[tokio::test]
async fn what_has_no_room_in_the_document_goes_into_a_filter_and_is_refused_all_the_same() {
    let rehearsal = Rehearsal::begin().await;
    let (bad, good) = (rehearsal.session_token("token-7").await, rehearsal.session_token("good").await);
    rehearsal.take_back(SESSIONS, &values(0..2_000)).await.unwrap();
    assert_eq!(rehearsal.revocations().await.listed, 2_000);
    assert_eq!(rehearsal.verdict(&bad).await, Some("session_revoked"));

    let done = rehearsal.take_back(SESSIONS, &values(2_000..2_001)).await.unwrap();
    assert_eq!(done.version, Some(rehearsal.version().await));
    let status = rehearsal.revocations().await;
    assert_eq!((status.sessions, status.listed, status.filtered, status.waiting), (2_001, 0, 2_001, 0));
    assert_eq!(rehearsal.signed().await.filters().len(), 1);
    assert_eq!(rehearsal.verdict(&bad).await, Some("session_revoked"));
    assert_eq!(rehearsal.verdict(&good).await, None);

    // The next one costs one small document again.
    rehearsal.take_back(SESSIONS, &["good".to_owned()]).await.unwrap();
    let status = rehearsal.revocations().await;
    assert_eq!((status.listed, status.filtered), (1, 2_001));
    assert_eq!(rehearsal.verdict(&good).await, Some("session_revoked"));
}

#[tokio::test]
async fn values_of_any_characters_fit_the_document_or_go_into_a_filter() {
    let rehearsal = Rehearsal::begin().await;
    let odd: Vec<_> = (0..600).map(|number| format!("{number}{}", "\u{1}\"\\é".repeat(50))).collect();
    rehearsal.take_back(TOKENS, &odd).await.unwrap();
    let status = rehearsal.revocations().await;
    assert_eq!((status.tokens, status.filtered, status.waiting), (600, 600, 0));
}

#[tokio::test]
async fn filters_lie_in_the_store_before_the_set_that_names_them() {
    let kv = FakeKv::start(Shelf::default()).await;
    let rehearsal = Rehearsal::begin_with(Some(kv.settings()), Policy::default(), None).await;
    rehearsal.settle().await;
    let before = kv.value();
    kv.lose_bulk(true);
    rehearsal.take_back(TOKENS, &values(0..5_000)).await.unwrap();
    rehearsal.settle().await;
    assert_eq!(kv.value(), before, "the set was pushed without its filter");
    assert!(rehearsal.status().await.push.last_error.unwrap().contains("has not got `revoked/main/"));

    kv.lose_bulk(false);
    rehearsal.pass(2).await;
    let current = key_set::current(&rehearsal.keystile, &rehearsal.main).await.unwrap();
    assert_eq!(kv.value().unwrap(), current.document.as_bytes());
    // As a reader finds them there.
    let signed = rehearsal.signed().await;
    let named = &signed.filters()[0];
    let values = kv.beside();
    let filter = named.open(values[named.name()].clone()).unwrap();
    for number in 0..5_000 {
        let digest = EntryDigest::of(&format!("token-{number}"));
        let list = filter.suspect(&digest).unwrap();
        assert!(list.open(values[list.name()].clone()).unwrap().lists(&digest), "{number}");
    }
}

#[tokio::test]
async fn a_filter_that_was_replaced_lies_there_until_no_set_names_it_that_anybody_believes() {
    let kv = FakeKv::start(Shelf::default()).await;
    let rehearsal = Rehearsal::begin_with(Some(kv.settings()), Policy::default(), None).await;
    rehearsal.take_back(TOKENS, &values(0..2_500)).await.unwrap();
    rehearsal.settle().await;
    let first = rehearsal.signed().await.filters()[0].name().to_owned();
    rehearsal.take_back(TOKENS, &values(2_500..5_000)).await.unwrap();
    rehearsal.settle().await;
    let filters: Vec<_> = rehearsal
        .signed()
        .await
        .filters()
        .iter()
        .map(|filter| (filter.name().to_owned(), filter.count()))
        .collect();
    assert_eq!((filters.len(), filters[0].1), (1, 5_000), "both are in one");
    assert!(kv.beside().contains_key(&first));

    let week = Policy::default().key_set_lifetime_secs;
    rehearsal.pass(week).await;
    assert!(kv.beside().contains_key(&first));
    rehearsal.pass(3_600).await;
    assert!(!kv.beside().keys().any(|key| key.starts_with(&first)));
    assert!(kv.beside().contains_key(&filters[0].0));
}

#[tokio::test]
async fn a_filter_goes_when_the_last_of_its_tokens_has_expired() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.take_back(TOKENS, &values(0..2_500)).await.unwrap();
    assert_eq!(rehearsal.signed().await.filters().len(), 1);
    rehearsal.pass(2_592_000 + 31).await;
    assert_eq!(rehearsal.signed().await.filters().len(), 0);
    assert_eq!(rehearsal.revocations().await.tokens, 0);
}

#[tokio::test]
async fn a_long_list_is_taken_in_once_and_again_without_harm() {
    let rehearsal = Rehearsal::begin().await;
    let import = async || {
        let order = ImportOrder { claim: TOKENS, expires_at: None, reason: "a test".to_owned() };
        let begun = Import::begin(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, order);
        let mut import = begun.await.unwrap();
        for value in values(0..25_000) {
            import.take(&value).await.unwrap();
        }
        import.finish().await.unwrap()
    };
    let done = import().await;
    assert_eq!((done.given, done.added, done.version), (25_000, 25_000, Some(rehearsal.version().await)));
    let status = rehearsal.revocations().await;
    assert_eq!((status.tokens, status.filters.len(), status.waiting), (25_000, 1, 0));
    let version = rehearsal.version().await;
    let again = import().await;
    assert_eq!((again.given, again.added), (25_000, 0));
    assert_eq!(rehearsal.version().await, version);
}

#[tokio::test]
async fn what_an_import_left_behind_when_it_died_is_published_by_the_server() {
    let rehearsal = Rehearsal::begin().await;
    let other = rehearsal.second_process().await;
    let order = ImportOrder { claim: TOKENS, expires_at: None, reason: "a test".to_owned() };
    let mut import = Import::begin(&other, &rehearsal.admin, &rehearsal.main, order.clone()).await.unwrap();
    for value in values(0..10_000) {
        import.take(&value).await.unwrap();
    }
    let version = rehearsal.version().await;
    rehearsal.settle().await;
    assert_eq!(rehearsal.version().await, version, "the import is not disturbed");
    let second = Import::begin(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, order).await;
    assert_eq!(second.err().unwrap().code(), "import_in_progress");

    // It ends here, as if it had been killed.
    drop(import);
    rehearsal.pass(60).await;
    let status = rehearsal.revocations().await;
    assert_eq!((status.tokens, status.filtered, status.waiting), (10_000, 10_000, 0));
    assert_eq!(rehearsal.signed().await.filters()[0].count(), 10_000);
}
