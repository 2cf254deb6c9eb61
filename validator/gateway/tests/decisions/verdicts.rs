//! How long a verdict is repeated.

use keystile_gateway::{Distrust, Keyring, Moment, Verdicts};
use keystile_validator::{Code, KeySet, UnixTime};
use serde_json::json;

use super::{MAIN, MAIN_ISS, NOW, PARTNER, policy_with, token};

/// A policy whose main provider has plain keys that are usable for a year.
fn policy() -> keystile_gateway::GatewayPolicy {
    let keys = json!({ "jwks": { "at": "kv:main", "usable_for": 31_536_000 } });
    let routes = json!([{ "id": "r", "require": { "provider": "main" } }]);
    policy_with(json!({ "providers": { "main": { "keys": keys } } }), routes)
}

/// A keyring that has read this set.
fn keyring(key_set: &KeySet) -> Keyring {
    let mut keyring = Keyring::of(policy().providers().next().unwrap());
    keyring.accept(key_set.to_jwks(), at(NOW)).unwrap();
    keyring
}

fn at(secs: u64) -> Moment {
    Moment::from(UnixTime::from_secs(secs))
}

/// The outcome of one token.
fn judge(verdicts: &Verdicts, keyring: &Keyring, token: &str, secs: u64) -> Result<(), Distrust> {
    let policy = policy();
    let (profile, provider) = (&policy.profiles()[0], policy.providers().next().unwrap());
    verdicts.judge((profile, provider), keyring, token, at(secs)).map(drop)
}

fn empty() -> Verdicts {
    Verdicts::new(&policy())
}

#[test]
fn a_verdict_ends_with_the_token_and_with_the_key_set() {
    let (verdicts, token) = (empty(), token(json!({})));
    let mut keyring = keyring(&MAIN.key_set());
    for _ in 0..3 {
        assert_eq!(judge(&verdicts, &keyring, &token, NOW), Ok(()));
    }
    assert_eq!(verdicts.len(), 1);
    assert!(judge(&verdicts, &keyring, &token, NOW + 630).is_err(), "expired");
    keyring.accept(PARTNER.key_set().to_jwks(), at(NOW)).unwrap();
    assert!(judge(&verdicts, &keyring, &token, NOW).is_err(), "the key is gone");
    assert!(verdicts.is_empty());
}

#[test]
fn a_refused_token_is_told_with_the_key_that_it_names_and_the_set_has() {
    let (verdicts, keyring) = (empty(), keyring(&MAIN.key_set()));
    let refused = |token: &str| match judge(&verdicts, &keyring, token, NOW) {
        Err(Distrust::Token(refused)) => (refused.code(), refused.kid().map(ToString::to_string)),
        other => panic!("{other:?}"),
    };
    let (good, of_main) = (token(json!({})), Some("main-key".to_owned()));
    let unsigned = good.rsplit_once('.').unwrap().0;
    let forged = format!("{unsigned}.{}", "A".repeat(342));
    assert_eq!(refused(&token(json!({ "exp": 1 }))), (Code::TokenExpired, of_main.clone()));
    assert_eq!(refused(&forged), (Code::SignatureInvalid, of_main));
    assert_eq!(refused(&PARTNER.token(MAIN_ISS, json!({}))), (Code::KidUnknown, None));
    assert_eq!(refused(unsigned), (Code::TokenMalformed, None));
}

#[test]
fn what_is_refused_is_not_kept() {
    let (verdicts, keyring) = (empty(), keyring(&MAIN.key_set()));
    for at in 0..10 {
        let forged = format!("{}x", token(json!({ "at": at })));
        assert!(judge(&verdicts, &keyring, &forged, NOW).is_err());
    }
    assert!(verdicts.is_empty());
}

#[test]
fn memory_has_an_end() {
    let (verdicts, keyring) = (empty(), keyring(&MAIN.key_set()));
    let padding = "x".repeat(9000);
    for at in 0..500 {
        let token = token(json!({ "at": at, "padding": padding }));
        assert_eq!(judge(&verdicts, &keyring, &token, NOW), Ok(()));
    }
    assert!((100..400).contains(&verdicts.len()), "{}", verdicts.len());
}
