//! Rules about the change from one key set to the next, and about time passing over one.
#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test")]

use std::fs;

use keystile_validator::{
    Code, Expected, Floor, KeySet, KeySetCode, Limits, Policy, RootKeys, UnixTime, UnverifiedKeySet,
    Validator,
};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const ISSUER: &str = "https://issuer.example";
const WEEK: u64 = 7 * 86_400;

fn read(name: &str) -> Vec<u8> {
    fs::read(format!("{}/../tests/vectors/sequence/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn signed_by(roots: &str, name: &str, issuer: &str) -> KeySet {
    let roots = RootKeys::from_jwks(&read(roots)).unwrap();
    let signed = UnverifiedKeySet::parse(&read(name), &Limits::default()).unwrap().verify(&roots).unwrap();
    assert_eq!(signed.issuer(), issuer);
    signed.trusted(issuer, NOW, &Floor::default()).unwrap()
}

fn signed(name: &str) -> KeySet {
    signed_by("roots.json", name, ISSUER)
}

fn validator(key_set: KeySet) -> Validator {
    let policy =
        Policy::builder().issuer(Expected::one_of([ISSUER])).audience(Expected::NotChecked).leeway(WEEK);
    Validator::new(key_set, policy.build().unwrap())
}

#[test]
fn a_signed_set_tells_what_it_is() {
    let key_set = signed("version-7.jws");
    assert_eq!(key_set.version(), Some(7));
    assert_eq!(key_set.issuer(), Some(ISSUER));
    assert_eq!(key_set.expires_at(), Some(UnixTime::from_secs(NOW.as_secs() + WEEK)));
    assert_eq!(key_set.refresh(), Some(5));
    assert_eq!(key_set.len(), 2);
}

#[test]
fn a_plain_set_claims_nothing_about_itself() {
    let key_set = KeySet::from_jwks(&read("plain.json"), &Limits::default()).unwrap();
    assert_eq!(
        (key_set.version(), key_set.issuer(), key_set.expires_at(), key_set.refresh()),
        (None, None, None, None)
    );
}

#[test]
fn the_plain_form_of_a_signed_set_holds_the_same_keys() {
    let key_set = signed("version-7.jws");
    let plain = KeySet::from_jwks(key_set.to_jwks().as_bytes(), &Limits::default()).unwrap();
    assert_eq!(plain.keys(), key_set.keys());
}

#[test]
fn a_newer_version_replaces_an_older_one() {
    let mut validator = validator(signed("version-7.jws"));
    validator.replace_key_set(signed("version-8.jws")).unwrap();
    assert_eq!(validator.key_set().version(), Some(8));
}

#[test]
fn a_set_may_be_replaced_by_itself_also_when_another_root_has_signed_it() {
    let mut validator = validator(signed("version-7.jws"));
    validator.replace_key_set(signed("version-7.jws")).unwrap();
    let again = signed_by("next-roots.json", "version-7-signed-by-the-next-root.jws", ISSUER);
    validator.replace_key_set(again).unwrap();
}

/// Asserts that `newer` is refused and that nothing has changed.
fn assert_stays(newer: KeySet, code: KeySetCode) {
    let mut validator = validator(signed("version-7.jws"));
    assert_eq!(validator.replace_key_set(newer).unwrap_err().code(), code);
    assert_eq!(validator.key_set().version(), Some(7));
    assert!(validator.validate(&read("token.jws"), NOW).is_ok());
}

#[test]
fn an_older_version_replaces_nothing() {
    assert_stays(signed("version-6.jws"), KeySetCode::DocumentVersionRollback);
}

#[test]
fn one_version_has_one_content() {
    assert_stays(signed("version-7-changed.jws"), KeySetCode::DocumentVersionRollback);
}

#[test]
fn a_set_of_another_issuer_replaces_nothing() {
    let other = signed_by("roots.json", "version-8-of-another-issuer.jws", "https://other.example");
    assert_stays(other, KeySetCode::DocumentIssuerMismatch);
}

#[test]
fn a_plain_set_does_not_replace_a_signed_one() {
    let plain = KeySet::from_jwks(&read("plain.json"), &Limits::default()).unwrap();
    assert_stays(plain, KeySetCode::DocumentIssuerMismatch);
}

#[test]
fn a_plain_set_gives_way_to_any_other() {
    let plain = || KeySet::from_jwks(&read("plain.json"), &Limits::default()).unwrap();
    let mut validator = validator(plain());
    validator.replace_key_set(plain()).unwrap();
    validator.replace_key_set(signed("version-7.jws")).unwrap();
}

#[test]
fn a_signed_set_is_not_believed_from_its_end_on() {
    let validator = validator(signed("version-7.jws"));
    let code_at =
        |secs| validator.validate(&read("token.jws"), UnixTime::from_secs(secs)).err().map(|e| e.code());
    let end = NOW.as_secs() + WEEK;
    assert_eq!(code_at(end - 1), None);
    assert_eq!(code_at(end), Some(Code::KeySetExpired));
}

#[test]
fn one_validator_gives_one_answer_however_often_it_is_asked() {
    let validator = validator(signed("version-7.jws"));
    for _ in 0..3 {
        assert!(validator.validate(&read("token.jws"), NOW).is_ok());
        assert_eq!(validator.validate(b"a.b", NOW).unwrap_err().code(), Code::TokenMalformed);
    }
}
