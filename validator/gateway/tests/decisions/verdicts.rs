//! How long a verdict is repeated.

use keystile_gateway::{Distrust, Verdicts};
use keystile_validator::{KeySet, UnixTime};
use serde_json::json;

use super::{MAIN, NOW, PARTNER, policy, token};

/// The outcome of one token by a key set of this revision.
fn judge(
    verdicts: &mut Verdicts,
    key_set: &KeySet,
    revision: u64,
    token: &str,
    at: u64,
) -> Result<(), Distrust> {
    let policy = policy(json!([{ "id": "r", "require": { "provider": "main" } }]));
    let (profile, provider) = (&policy.profiles()[0], policy.providers().next().unwrap());
    verdicts.judge((profile, provider), (key_set, revision), token, UnixTime::from_secs(at)).map(drop)
}

fn empty() -> Verdicts {
    Verdicts::new(&policy(json!([{ "id": "r", "require": { "provider": "main" } }])))
}

#[test]
fn a_verdict_ends_with_the_token_and_with_the_key_set() {
    let (mut verdicts, token) = (empty(), token(json!({})));
    for _ in 0..3 {
        assert_eq!(judge(&mut verdicts, &MAIN.key_set(), 1, &token, NOW), Ok(()));
    }
    assert_eq!(verdicts.len(), 1);
    assert!(judge(&mut verdicts, &MAIN.key_set(), 1, &token, NOW + 630).is_err(), "expired");
    assert!(judge(&mut verdicts, &PARTNER.key_set(), 2, &token, NOW).is_err(), "the key is gone");
    assert!(verdicts.is_empty());
}

#[test]
fn what_is_refused_is_not_kept() {
    let mut verdicts = empty();
    for at in 0..10 {
        let forged = format!("{}x", token(json!({ "at": at })));
        assert!(judge(&mut verdicts, &MAIN.key_set(), 1, &forged, NOW).is_err());
    }
    assert!(verdicts.is_empty());
}

#[test]
fn memory_has_an_end() {
    let mut verdicts = empty();
    let padding = "x".repeat(9000);
    for at in 0..500 {
        let token = token(json!({ "at": at, "padding": padding }));
        assert_eq!(judge(&mut verdicts, &MAIN.key_set(), 1, &token, NOW), Ok(()));
    }
    assert!((100..400).contains(&verdicts.len()), "{}", verdicts.len());
}
