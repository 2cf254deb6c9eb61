//! The rules of the keyring, over documents that `../worker/test/make-fixtures.mjs` signed.

use keystile_validator::{Code, Expected, UnixTime};
use serde_json::Value;

use super::*;

struct Fixtures(Value);

impl Fixtures {
    fn read() -> Self {
        Self(serde_json::from_str(include_str!("fixtures.json")).unwrap())
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    /// The instant `secs` seconds after the one that the documents were made for.
    fn after(&self, secs: u64) -> Moment {
        Moment::from(UnixTime::from_secs(self.0["now"].as_u64().unwrap() + secs))
    }

    fn keyring(&self) -> Keyring {
        Keyring::new(
            self.text("issuer").to_owned(),
            RootKeys::from_jwks(self.0["roots"].to_string().as_bytes()).unwrap(),
            Floor::default(),
        )
    }

    /// A keyring with a document to begin with.
    fn bundled(&self, name: &str) -> Keyring {
        Keyring { bundled: Some(self.text(name).to_owned()), ..self.keyring() }
    }

    fn judge(&self, keyring: &Keyring, token: &str, secs: u64) -> Result<ValidatedToken, Distrust> {
        let policy = Policy::builder()
            .issuer(Expected::one_of([self.text("issuer")]))
            .audience(Expected::one_of(["api"]))
            .build()
            .unwrap();
        keyring.judge(&policy, self.text(token).as_bytes(), self.after(secs))
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

fn refused_with(keyring: &Keyring) -> Option<KeySetCode> {
    match keyring.last_error() {
        Some(ReadError::Refused(error)) => Some(error.code()),
        _ => None,
    }
}

#[test]
fn without_a_key_set_there_is_nothing_to_judge_by() {
    let fixtures = Fixtures::read();
    let keyring = fixtures.keyring();
    assert_eq!(fixtures.judge(&keyring, "token", 0).unwrap_err(), Distrust::NoKeySet);
    assert_eq!(keyring.standing(fixtures.after(0)), Standing::Nothing);
}

#[test]
fn a_good_token_is_believed_for_its_subject_and_its_key() {
    let fixtures = Fixtures::read();
    let keyring = fixtures.holding_version_7();
    let token = fixtures.judge(&keyring, "token", 0).unwrap();
    assert_eq!(token.subject(), Some("ada"));
    assert_eq!(Some(token.kid()), keyring.key_set().and_then(|set| set.kids().next()));
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
    assert!(fixtures.judge(&keyring, "token", 23).is_ok());
}

#[test]
fn the_last_good_set_is_used_until_it_expires_and_no_longer() {
    let fixtures = Fixtures::read();
    let keyring = fixtures.holding_version_7();
    let week = 7 * 24 * 3600;
    assert!(fixtures.judge(&keyring, "token", week - 1).is_ok());
    assert_eq!(keyring.standing(fixtures.after(week - 1)), Standing::Confirmed);
    let refusal = fixtures.judge(&keyring, "token", week).unwrap_err();
    assert_eq!(refusal, Distrust::Token(Code::KeySetExpired.into()));
    assert_eq!(keyring.standing(fixtures.after(week)), Standing::Ended);
}

#[test]
fn who_holds_an_expired_set_reads_again_as_if_there_were_none() {
    let fixtures = Fixtures::read();
    let week = 7 * 24 * 3600;
    let after_a_failure = |failure: u64| {
        let mut keyring = fixtures.holding_version_7();
        assert_eq!(keyring.plan(fixtures.after(failure)), Plan::ReadFirst);
        keyring.end_read(Err(ReadError::TimedOut), fixtures.after(failure));
        keyring.plan(fixtures.after(failure + 1))
    };
    assert_eq!(after_a_failure(week - 2), Plan::Judge);
    assert_eq!(after_a_failure(week), Plan::ReadFirst);
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
        assert!(fixtures.judge(&keyring, "token", 20).is_ok(), "{document}");
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
    let refusal = fixtures.judge(&keyring, "token_of_another_key", 1).unwrap_err();
    assert_eq!(refusal, Distrust::Token(Code::KidUnknown.into()));
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
    assert!(fixtures.judge(&keyring, "token_of_another_key", 1).is_ok());
    assert!(fixtures.judge(&keyring, "token", 1).is_ok());
}

#[test]
fn the_bundled_set_is_a_beginning_and_never_replaces_one_that_was_read() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.bundled("version_7");
    keyring.end_read(Err(ReadError::TimedOut), fixtures.after(0));
    assert_eq!((keyring.version(), keyring.confirmed()), (Some(7), None));
    assert_eq!(keyring.standing(fixtures.after(0)), Standing::Bundled);
    fixtures.read_into(&mut keyring, "version_8_with_another_key", fixtures.after(1));
    assert_eq!(keyring.standing(fixtures.after(1)), Standing::Confirmed);
    keyring.end_read(Err(ReadError::TimedOut), fixtures.after(2));
    assert_eq!((keyring.version(), keyring.standing(fixtures.after(2))), (Some(8), Standing::LastGood));
}

#[test]
fn the_bundled_set_is_verified_like_any_other() {
    let fixtures = Fixtures::read();
    let mut keyring = fixtures.bundled("version_9_of_a_stranger");
    keyring.end_read(Err(ReadError::TimedOut), fixtures.after(0));
    assert_eq!(keyring.version(), None);
    let error = keyring.last_error().map(ToString::to_string).unwrap_or_default();
    assert!(error.contains("the bundled key set cannot be used: document_root_unknown"), "{error}");
}
