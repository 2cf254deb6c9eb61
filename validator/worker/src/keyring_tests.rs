//! The rules of the keyring, over documents that `test/make-fixtures.mjs` signed.

use keystile_validator::{Expected, KeySetCode, UnixTime};
use serde_json::Value;

use super::*;
use crate::{
    gate::{self, Passport},
    refusal::Refusal,
    token_source::Presented,
};

struct Fixtures(Value);

impl Fixtures {
    fn read() -> Self {
        Self(serde_json::from_str(include_str!("keyring_fixtures.json")).unwrap())
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    /// The instant `secs` seconds after the one that the documents were made for.
    fn after(&self, secs: u64) -> Moment {
        Moment::from(UnixTime::from_secs(self.0["now"].as_u64().unwrap() + secs))
    }

    fn keyring(&self) -> Keyring {
        let issuer = self.text("issuer");
        let policy = Policy::builder()
            .issuer(Expected::one_of([issuer]))
            .audience(Expected::one_of(["api"]))
            .build()
            .unwrap();
        Keyring::new(
            issuer.to_owned(),
            policy,
            RootKeys::from_jwks(self.0["roots"].to_string().as_bytes()).unwrap(),
            Floor::default(),
        )
    }

    /// Reads a document as a request does: it begins, the store answers, it ends.
    fn read_into(&self, keyring: &mut Keyring, name: &str, now: Moment) {
        let outcome = keyring.accept(self.text(name).to_owned(), now).map(drop).map_err(ReadError::from);
        keyring.end_read(outcome, now);
    }

    /// A keyring that has read version 7 at the instant 0.
    fn holding_version_7(&self) -> Keyring {
        let mut keyring = self.keyring();
        assert_eq!(keyring.plan(self.after(0)), Plan::ReadFirst);
        self.read_into(&mut keyring, "version_7", self.after(0));
        assert_eq!(keyring.version(), Some(7));
        keyring
    }
}

fn decide(keyring: &Keyring, token: &str, now: Moment) -> Result<Passport, Refusal> {
    gate::decide(&Presented::Token(token), keyring, now)
}

fn refused_with(keyring: &Keyring) -> Option<KeySetCode> {
    match keyring.last_error() {
        Some(ReadError::Refused(error)) => Some(error.code()),
        _ => None,
    }
}

#[test]
fn without_a_key_set_every_request_is_refused() {
    let fixtures = Fixtures::read();
    let keyring = fixtures.keyring();
    for (presented, refusal) in [
        (Presented::Token(fixtures.text("token")), Refusal::KeySetUnavailable),
        (Presented::Nothing, Refusal::TokenAbsent),
        (Presented::Several, Refusal::TokenAmbiguous),
    ] {
        assert_eq!(gate::decide(&presented, &keyring, fixtures.after(0)), Err(refusal));
    }
}

#[test]
fn a_good_token_passes_with_its_subject_and_its_key() {
    let fixtures = Fixtures::read();
    let keyring = fixtures.holding_version_7();
    let passport = decide(&keyring, fixtures.text("token"), fixtures.after(0)).unwrap();
    assert_eq!(passport.subject.as_deref(), Some("ada"));
    assert_eq!(
        Some(passport.kid),
        keyring.key_set().and_then(|set| set.kids().next()).map(ToString::to_string)
    );
}

#[test]
fn a_set_is_read_in_the_background_after_refresh_and_before_judging_after_twice_that() {
    let fixtures = Fixtures::read();
    let plan = |secs| fixtures.holding_version_7().plan(fixtures.after(secs));
    assert_eq!(plan(4), Plan::Judge);
    assert_eq!(plan(5), Plan::JudgeAndRead);
    assert_eq!(plan(9), Plan::JudgeAndRead);
    assert_eq!(plan(10), Plan::ReadFirst);
    assert_eq!(plan(3600), Plan::ReadFirst);
}

#[test]
fn the_document_sets_the_rhythm() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.holding_version_7();
    fixtures.read_into(&mut keyring, "version_9_refreshed_every_30_s", fixtures.after(10));
    assert_eq!(keyring.plan(fixtures.after(39)), Plan::Judge);
    assert_eq!(keyring.plan(fixtures.after(40)), Plan::JudgeAndRead);
}

#[test]
fn one_request_reads_and_the_others_wait_or_go_on() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.holding_version_7();
    assert_eq!(keyring.plan(fixtures.after(5)), Plan::JudgeAndRead);
    assert_eq!(keyring.plan(fixtures.after(6)), Plan::Judge);
    let mut keyring = fixtures.holding_version_7();
    assert_eq!(keyring.plan(fixtures.after(20)), Plan::ReadFirst);
    assert_eq!(keyring.plan(fixtures.after(21)), Plan::WaitFirst);
}

#[test]
fn a_read_whose_request_was_cancelled_is_taken_over() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.holding_version_7();
    assert_eq!(keyring.plan(fixtures.after(20)), Plan::ReadFirst);
    assert!(!keyring.is_being_read(fixtures.after(22)));
    assert_eq!(keyring.plan(fixtures.after(22)), Plan::ReadFirst);
}

#[test]
fn a_clock_that_was_set_back_makes_the_set_old() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.keyring();
    fixtures.read_into(&mut keyring, "version_7", fixtures.after(100));
    assert_eq!(keyring.plan(fixtures.after(0)), Plan::ReadFirst);
}

#[test]
fn a_failed_read_keeps_the_last_good_set_and_is_not_repeated_at_once() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.holding_version_7();
    keyring.plan(fixtures.after(20));
    keyring.end_read(Err(ReadError::TimedOut), fixtures.after(22));
    assert_eq!(keyring.last_error(), Some(&ReadError::TimedOut));
    assert_eq!(keyring.confirmed(), Some(fixtures.after(0)));
    assert_eq!(keyring.plan(fixtures.after(23)), Plan::Judge);
    assert!(decide(&keyring, fixtures.text("token"), fixtures.after(23)).is_ok());
}

#[test]
fn the_last_good_set_is_used_until_it_expires_and_no_longer() {
    let fixtures = Fixtures::read();
    let keyring = fixtures.holding_version_7();
    let week = 7 * 24 * 3600;
    assert!(decide(&keyring, fixtures.text("token"), fixtures.after(week - 1)).is_ok());
    let refusal = decide(&keyring, fixtures.text("token"), fixtures.after(week)).unwrap_err();
    assert_eq!(refusal.code(), "key_set_expired");
}

#[test]
fn an_expired_document_is_not_confirmed_by_being_read_again() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.holding_version_7();
    fixtures.read_into(&mut keyring, "version_7", fixtures.after(7 * 24 * 3600));
    assert_eq!(refused_with(&keyring), Some(KeySetCode::DocumentExpired));
    assert_eq!(keyring.confirmed(), Some(fixtures.after(0)));
}

#[test]
fn a_set_that_is_not_to_be_believed_changes_nothing() {
    let fixtures = Fixtures::read();
    for (document, code) in [
        ("version_9_of_a_stranger", KeySetCode::DocumentRootUnknown),
        ("version_9_expired", KeySetCode::DocumentExpired),
        ("token", KeySetCode::DocumentTypMismatch),
    ] {
        let mut keyring = fixtures.holding_version_7();
        fixtures.read_into(&mut keyring, document, fixtures.after(20));
        assert_eq!(refused_with(&keyring), Some(code), "{document}");
        assert_eq!(
            (keyring.version(), keyring.confirmed()),
            (Some(7), Some(fixtures.after(0))),
            "{document}"
        );
        assert!(decide(&keyring, fixtures.text("token"), fixtures.after(20)).is_ok(), "{document}");
    }
}

#[test]
fn an_older_version_is_refused() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.holding_version_7();
    fixtures.read_into(&mut keyring, "version_8_with_another_key", fixtures.after(5));
    fixtures.read_into(&mut keyring, "version_7", fixtures.after(10));
    assert_eq!(refused_with(&keyring), Some(KeySetCode::DocumentVersionRollback));
    assert_eq!(keyring.version(), Some(8));
}

#[test]
fn the_same_document_confirms_the_set() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.holding_version_7();
    fixtures.read_into(&mut keyring, "version_9_expired", fixtures.after(5));
    assert_eq!(keyring.accept(fixtures.text("version_7").to_owned(), fixtures.after(10)), Ok(false));
    keyring.end_read(Ok(()), fixtures.after(10));
    assert_eq!((keyring.confirmed(), keyring.last_error()), (Some(fixtures.after(10)), None));
}

#[test]
fn an_unknown_kid_makes_us_look_once_per_pause_even_if_nothing_comes_of_it() {
    let fixtures = Fixtures::read();
    let pause = Duration::from_secs(30);
    let mut keyring = fixtures.holding_version_7();
    let decision = decide(&keyring, fixtures.text("token_of_another_key"), fixtures.after(1));
    assert!(gate::names_an_unknown_key(&decision));
    assert_eq!(keyring.chase(fixtures.after(1), pause), Chase::Look);
    assert_eq!(keyring.chase(fixtures.after(2), pause), Chase::Wait);
    keyring.end_chase(Err(ReadError::TimedOut), fixtures.after(3));
    assert_eq!(keyring.chase(fixtures.after(30), pause), Chase::Enough);
    assert_eq!(keyring.chase(fixtures.after(31), pause), Chase::Look);
}

#[test]
fn a_background_read_does_not_stand_for_a_chase() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.holding_version_7();
    assert_eq!(keyring.plan(fixtures.after(5)), Plan::JudgeAndRead);
    assert_eq!(keyring.chase(fixtures.after(5), Duration::from_secs(30)), Chase::Look);
    keyring.end_read(Ok(()), fixtures.after(6));
    assert!(keyring.is_being_chased(fixtures.after(6)));
}

#[test]
fn a_key_that_was_unknown_is_believed_once_its_set_has_come() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.holding_version_7();
    fixtures.read_into(&mut keyring, "version_8_with_another_key", fixtures.after(1));
    assert!(decide(&keyring, fixtures.text("token_of_another_key"), fixtures.after(1)).is_ok());
    assert!(decide(&keyring, fixtures.text("token"), fixtures.after(1)).is_ok());
}

#[test]
fn the_bundled_set_is_a_beginning_and_never_replaces_one_that_was_read() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.keyring();
    keyring.fall_back(fixtures.text("version_7"), fixtures.after(0)).unwrap();
    assert_eq!((keyring.version(), keyring.confirmed()), (Some(7), None));
    keyring.accept(fixtures.text("version_8_with_another_key").to_owned(), fixtures.after(1)).unwrap();
    keyring.fall_back(fixtures.text("version_7"), fixtures.after(2)).unwrap();
    assert_eq!(keyring.version(), Some(8));
}

#[test]
fn the_bundled_set_is_verified_like_any_other() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.keyring();
    assert!(keyring.fall_back(fixtures.text("version_9_of_a_stranger"), fixtures.after(0)).is_err());
    assert_eq!(keyring.version(), None);
}
