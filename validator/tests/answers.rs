//! What has been read is told as it was, and two things are equal only if they are the same.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what goes wrong here fails the test")]

#[allow(dead_code, reason = "others ask more of it")]
mod private_keys;

use std::fs;

use keystile_validator::{
    Expected, Floor, KeyId, KeySet, Limits, Policy, PublicKey, Reason, RootKeys, SignedKeySet, UnixTime,
    UnverifiedKeySet, Validator, engine,
};
use serde_json::Value;

use private_keys::{jwk, kid, private_key, sign};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors");
const NOW: u64 = 1_800_000_000;

fn roots(vector: &Value) -> RootKeys {
    RootKeys::from_jwks(vector["key_set"]["roots"].to_string().as_bytes()).unwrap()
}

fn under_a_delegation() -> (RootKeys, SignedKeySet) {
    let path = format!("{VECTORS}/870-a-set-under-a-delegation-is-believed.json");
    let vector: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let document = vector["key_set"]["signed"].as_str().unwrap();
    let roots = roots(&vector);
    let signed =
        UnverifiedKeySet::parse(document.as_bytes(), &Limits::default()).unwrap().verify(&roots).unwrap();
    (roots, signed)
}

#[test]
fn a_copy_is_kept_until_the_next_change_but_never_longer_than_an_edge_may_take() {
    let now = UnixTime::from_secs(NOW);
    let kept = |change: Option<u64>, refresh| {
        keystile_validator::copy_secs(change.map(|secs| UnixTime::from_secs(NOW + secs)), refresh, now)
    };
    assert_eq!(kept(None, 5), 30);
    assert_eq!(kept(Some(3600), 5), 30);
    assert_eq!(kept(Some(20), 5), 20);
    assert_eq!(kept(Some(0), 5), 5);
    assert_eq!(kept(Some(2), 300), 30);

    let (_, signed) = under_a_delegation();
    let key_set = signed.trusted("https://issuer.example", now, &Floor::default()).unwrap();
    assert_eq!(key_set.copy_secs(now), Some(30));
    let plain = KeySet::from_jwks(key_set.to_jwks().as_bytes(), &Limits::default()).unwrap();
    assert_eq!(plain.copy_secs(now), None);
}

#[test]
fn a_set_under_a_delegation_tells_whose_and_which_it_is() {
    let (roots, signed) = under_a_delegation();
    assert_eq!(roots.keys().len(), 1);
    assert_eq!((signed.issuer(), signed.version()), ("https://issuer.example", 7));
    let delegation = signed.delegation().unwrap();
    assert_eq!((delegation.issuer(), delegation.generation()), ("https://issuer.example", 3));
    assert!(
        delegation.not_before() < UnixTime::from_secs(NOW)
            && delegation.expires_at() > UnixTime::from_secs(NOW)
    );
    assert!(!roots.keys().contains(delegation.key()));
}

#[test]
fn a_floor_rises_to_what_was_seen_and_stays_there() {
    let (_, signed) = under_a_delegation();
    let key_set =
        signed.trusted("https://issuer.example", UnixTime::from_secs(NOW), &Floor::default()).unwrap();
    let mut floor = Floor::default();
    assert_eq!((floor.version(), floor.generation()), (0, 0));
    floor.raise(&key_set);
    assert_eq!((floor.version(), floor.generation()), (7, 3));
    let mut higher = Floor::at_version(8).with_generation(4);
    higher.raise(&key_set);
    assert_eq!((higher.version(), higher.generation()), (8, 4));
    assert_eq!(key_set.generation(), Some(3));
}

#[test]
fn keys_are_equal_only_with_the_same_name_and_the_same_numbers() {
    let path = format!("{VECTORS}/001-a-valid-token-is-accepted.json");
    let vector: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let named = |at: usize, kid: &str| {
        let mut jwk = vector["key_set"]["jwks"]["keys"][at].clone();
        jwk["kid"] = kid.into();
        PublicKey::from_jwk(jwk.to_string().as_bytes(), &Limits::default()).unwrap()
    };
    assert_eq!(named(0, "a"), named(0, "a"));
    assert_ne!(named(0, "a"), named(0, "b"));
    assert_ne!(named(0, "a"), named(1, "a"));
    assert_eq!(named(0, "a").thumbprint(), named(0, "b").thumbprint());
}

#[test]
fn a_believed_token_tells_whether_it_names_its_key_and_whom_it_is_for() {
    let root = private_key("root-a");
    let jwks = serde_json::json!({ "keys": [jwk(&root)] }).to_string();
    let policy = Policy::builder().issuer(Expected::NotChecked).audience(Expected::NotChecked);
    let key_set = KeySet::from_jwks(jwks.as_bytes(), &Limits::default()).unwrap();
    let validator = Validator::new(key_set, policy.allow_missing_kid(true).build().unwrap());
    let validated = |header: Value, audience: Value| {
        let token =
            sign(&root, &header, &serde_json::json!({ "exp": NOW + 60, "aud": audience }).to_string());
        validator.validate(token.as_bytes(), UnixTime::from_secs(NOW)).unwrap()
    };
    let named = serde_json::json!({ "alg": "RS256", "kid": kid(&root) });
    let token = validated(named.clone(), serde_json::json!(["api", "b\u{e9}"]));
    assert!(token.names_key());
    assert_eq!(token.audiences().collect::<Vec<_>>(), ["api", "b\u{e9}"]);
    assert_eq!(validated(named, "api".into()).audiences().collect::<Vec<_>>(), ["api"]);
    let token = validated(serde_json::json!({ "alg": "RS256" }), serde_json::json!([]));
    assert!(!token.names_key());
    assert_eq!((token.audiences().count(), token.kid().to_string()), (0, kid(&root)));
}

#[test]
fn names_and_reasons_are_shown_as_they_are() {
    assert_eq!(KeyId::from("a\"b").to_string(), "a\"b");
    assert_eq!(format!("{:?}", KeyId::from("a\"b")), r#""a\"b""#);
    assert_eq!(Reason::Mismatch.to_string(), "mismatch");
}

#[test]
fn the_place_of_a_bad_key_is_its_own_also_behind_others() {
    let refusal =
        |jwks: &str| KeySet::from_jwks(jwks.as_bytes(), &Limits::default()).unwrap_err().key_index();
    assert_eq!(refusal(r#"{"keys":[{"kty":"RSA"}]}"#), Some(0));
    assert_eq!(refusal(r#"{"keys":[{"kty":"EC"},{"kty":"EC"},{"kty":"RSA"}]}"#), Some(2));
    assert_eq!(refusal(r#"{"keys":[]}"#), None);
}

#[test]
fn the_hard_limits_are_what_the_documentation_says() {
    assert_eq!(Limits::MAX_TOKEN_BYTES, 65_536);
    assert_eq!(Limits::MAX_KEY_SET_BYTES, 4_194_304);
    assert_eq!(Limits::MAX_DELEGATION_BYTES, 8192);
    let limits = Limits::default();
    assert_eq!((limits.token_bytes(), limits.header_bytes(), limits.json_depth()), (16_384, 4096, 128));
    assert_eq!((limits.key_set_bytes(), limits.keys()), (262_144, 1000));
}

#[test]
fn the_arithmetic_that_runs_natively_is_named() {
    assert_eq!(engine(), if cfg!(feature = "aws-lc") { "aws-lc" } else { "scalar" });
}
