//! What refusing a flood of bad tokens costs in memory: nothing, up to the signature.
#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test")]

use std::fs;

use allocation_counter::measure;
use keystile_validator::{Code, Expected, KeySet, Limits, Policy, UnixTime, Validator};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

fn read(name: &str) -> Vec<u8> {
    fs::read(format!("{}/../tests/vectors/sequence/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn a_token_refused_before_its_signature_takes_nothing_from_the_heap() {
    let key_set = KeySet::from_jwks(&read("plain.json"), &Limits::default()).unwrap();
    let builder = Policy::builder().issuer(Expected::NotChecked).audience(Expected::NotChecked);
    let validator = Validator::new(key_set, builder.typ(["at+jwt"]).build().unwrap());
    let too_long = "a".repeat(Limits::default().token_bytes() + 1);
    let rubbish = "a".repeat(10_000);
    for (token, code) in [
        (too_long.as_str(), Code::TokenTooLarge),
        (rubbish.as_str(), Code::TokenMalformed),
        ("a.b.c.d", Code::TokenMalformed),
        ("*.e30.", Code::Base64urlInvalid),
        // {"alg":"RS256"
        ("eyJhbGciOiJSUzI1NiI.e30.", Code::HeaderMalformed),
        // {"alg":"RS256","alg":"none"}
        ("eyJhbGciOiJSUzI1NiIsImFsZyI6Im5vbmUifQ.e30.", Code::DuplicateMember),
        // {"alg":"none","kid":"k"}
        ("eyJhbGciOiJub25lIiwia2lkIjoiayJ9.e30.", Code::AlgNotAllowed),
        // {"alg":"RS256","typ":"JWT"}
        ("eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.", Code::TypMismatch),
        // {"alg":"RS256","typ":"at+jwt"}
        ("eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.", Code::KidMissing),
        // {"alg":"RS256","typ":"at+jwt","kid":"k"}
        ("eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImsifQ.e30.", Code::KidUnknown),
    ] {
        let mut refusal = None;
        let taken = measure(|| refusal = validator.validate(token.as_bytes(), NOW).err());
        assert_eq!(refusal.map(|error| error.code()), Some(code));
        assert_eq!(taken.count_total, 0, "{code}");
    }
}

#[test]
fn a_believed_token_is_counted_so_that_the_counting_is_seen_to_count() {
    let key_set = KeySet::from_jwks(&read("plain.json"), &Limits::default()).unwrap();
    let policy = Policy::builder().issuer(Expected::NotChecked).audience(Expected::NotChecked);
    let validator = Validator::new(key_set, policy.build().unwrap());
    let token = read("token.jws");
    let taken = measure(|| assert!(validator.validate(&token, NOW).is_ok()));
    assert!(taken.count_total > 0);
}
