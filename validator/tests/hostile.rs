//! What an attacker can do to text: change it, cut it, and make it long. Nothing panics, and nothing is believed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what goes wrong here fails the test")]

use std::fs;

use keystile_validator::{
    Code, Expected, KeySet, KeySetCode, Limits, Policy, PublicKey, RootKeys, UnixTime, UnverifiedKeySet,
    Validator,
};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

fn read(name: &str) -> Vec<u8> {
    fs::read(format!("{}/../tests/vectors/sequence/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn validator() -> Validator {
    let key_set = KeySet::from_jwks(&read("plain.json"), &Limits::default()).unwrap();
    let policy =
        Policy::builder().issuer(Expected::NotChecked).audience(Expected::NotChecked).build().unwrap();
    Validator::new(key_set, policy)
}

/// `text` with one byte changed, for each byte and in several ways.
fn one_byte_changed(text: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..text.len()).flat_map(move |at| {
        [0x01, 0x20, 0x80].into_iter().map(move |flip| {
            let mut changed = text.to_vec();
            changed[at] ^= flip;
            changed
        })
    })
}

#[test]
fn a_token_is_refused_whichever_byte_is_changed() {
    let (validator, token) = (validator(), read("token.jws"));
    assert!(validator.validate(&token, NOW).is_ok());
    for changed in one_byte_changed(&token) {
        assert!(validator.validate(&changed, NOW).is_err(), "{}", String::from_utf8_lossy(&changed));
    }
}

#[test]
fn a_token_is_refused_wherever_it_is_cut_off_or_continued() {
    let (validator, token) = (validator(), read("token.jws"));
    for end in 0..token.len() {
        assert!(validator.validate(&token[..end], NOW).is_err(), "{end}");
    }
    for more in 0..=u8::MAX {
        assert!(validator.validate(&[&token[..], &[more]].concat(), NOW).is_err(), "{more}");
    }
}

#[test]
fn a_signed_key_set_is_refused_whichever_byte_is_changed() {
    let roots = RootKeys::from_jwks(&read("roots.json")).unwrap();
    let is_believed = |jws: &[u8]| {
        UnverifiedKeySet::parse(jws, &Limits::default()).and_then(|document| document.verify(&roots)).is_ok()
    };
    let document = read("version-7.jws");
    assert!(is_believed(&document));
    for changed in one_byte_changed(&document) {
        assert!(!is_believed(&changed), "{}", String::from_utf8_lossy(&changed));
    }
}

#[test]
fn a_key_set_that_is_cut_off_is_refused() {
    let jwks = read("plain.json");
    let end = jwks.trim_ascii_end().len();
    for end in 0..end {
        assert!(KeySet::from_jwks(&jwks[..end], &Limits::default()).is_err(), "{end}");
    }
}

#[test]
fn a_member_named_twice_refuses_a_plain_key_set() {
    let limits = Limits::default();
    let refusal = |jwks: &str| KeySet::from_jwks(jwks.as_bytes(), &limits).unwrap_err().code();
    assert_eq!(refusal(r#"{"keys":[],"keys":[]}"#), KeySetCode::DuplicateMember);
    assert_eq!(refusal(r#"{"keys":[{"kty":"RSA","\u006bty":"oct"}]}"#), KeySetCode::DuplicateMember);
}

#[test]
fn a_key_set_is_utf_8_without_a_mark() {
    for start in [&b"\xef\xbb\xbf"[..], b"\xff\xfe", b"\0"] {
        let jwks = [start, &read("plain.json")].concat();
        let refusal = KeySet::from_jwks(&jwks, &Limits::default()).unwrap_err();
        assert_eq!(refusal.code(), KeySetCode::KeySetMalformed);
    }
}

#[test]
fn a_token_of_16_kib_is_read_and_a_longer_one_is_not() {
    let refusal = |length| validator().validate(&vec![b'a'; length], NOW).unwrap_err().code();
    assert_eq!(refusal(16 * 1024), Code::TokenMalformed);
    assert_eq!(refusal(16 * 1024 + 1), Code::TokenTooLarge);
    assert_eq!(refusal(100 << 20), Code::TokenTooLarge);
}

#[test]
fn a_header_of_4_kib_is_read_and_a_longer_one_is_not() {
    // Four characters encode three bytes.
    let refusal = |characters: usize| {
        let token = format!("{}..", "e30g".repeat(characters / 4));
        validator().validate(token.as_bytes(), NOW).unwrap_err().code()
    };
    assert_eq!(refusal(4096 / 3 * 4), Code::HeaderMalformed);
    assert_eq!(refusal(4096 / 3 * 4 + 4), Code::HeaderTooLarge);
}

#[test]
fn a_key_set_of_256_kib_is_read_and_a_longer_one_is_not() {
    let refusal = |length| KeySet::from_jwks(&vec![b' '; length], &Limits::default()).unwrap_err().code();
    assert_eq!(refusal(256 * 1024), KeySetCode::KeySetMalformed);
    assert_eq!(refusal(256 * 1024 + 1), KeySetCode::KeySetTooLarge);
    let document = [b'.'; 256 * 1024 + 1];
    let refusal = UnverifiedKeySet::parse(&document, &Limits::default()).unwrap_err();
    assert_eq!(refusal.code(), KeySetCode::KeySetTooLarge);
}

#[test]
fn pem_at_the_limits_is_read_and_above_them_is_not() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/600-a-key-in-spki-pem-verifies.json");
    let vector: serde_json::Value = serde_json::from_slice(&fs::read(folder).unwrap()).unwrap();
    let pem = vector["key_set"]["pem"][0].as_str().unwrap();
    let of_bytes = |bytes| {
        let limits = Limits::default().with_key_set_bytes(bytes).unwrap();
        KeySet::from_pem(&[pem], &limits).err().map(|error| error.code())
    };
    assert_eq!(of_bytes(pem.len()), None);
    assert_eq!(of_bytes(pem.len() - 1), Some(KeySetCode::KeySetTooLarge));
    let of_keys = |texts: &[&str]| {
        let limits = Limits::default().with_keys(1).unwrap();
        KeySet::from_pem(texts, &limits).err().map(|error| error.code())
    };
    assert_eq!(of_keys(&[pem]), None);
    assert_eq!(of_keys(&[pem, pem]), Some(KeySetCode::TooManyKeys));
}

#[test]
fn a_signed_key_set_at_the_limit_is_read_and_a_longer_one_is_not() {
    let document = read("version-7.jws");
    let of_bytes = |bytes| {
        let limits = Limits::default().with_key_set_bytes(bytes).unwrap();
        UnverifiedKeySet::parse(&document, &limits).err().map(|error| error.code())
    };
    assert_eq!(of_bytes(document.len()), None);
    assert_eq!(of_bytes(document.len() - 1), Some(KeySetCode::KeySetTooLarge));
}

#[test]
fn a_thousand_keys_are_read_and_one_more_is_not() {
    let refusal = |count| {
        let jwks = format!(r#"{{"keys":[{}]}}"#, vec![r#"{"kty":"EC"}"#; count].join(","));
        KeySet::from_jwks(jwks.as_bytes(), &Limits::default()).unwrap_err().code()
    };
    assert_eq!(refusal(1000), KeySetCode::NoUsableKey);
    assert_eq!(refusal(1001), KeySetCode::TooManyKeys);
}

#[test]
fn a_modulus_of_a_mebibyte_is_refused_by_its_length() {
    let jwks = format!(r#"{{"keys":[{{"kty":"RSA","e":"AQAB","n":"{}"}}]}}"#, "_".repeat(4 << 18));
    let refusal = |limits| KeySet::from_jwks(jwks.as_bytes(), &limits).unwrap_err().code();
    assert_eq!(refusal(Limits::default()), KeySetCode::KeySetTooLarge);
    let wide = Limits::default().with_key_set_bytes(Limits::MAX_KEY_SET_BYTES).unwrap();
    assert_eq!(refusal(wide), KeySetCode::KeyTooLarge);
}

#[test]
fn the_position_of_a_refused_key_is_told() {
    let jwks = r#"{"keys":[{"kty":"EC"},{"kty":"RSA","n":"AQ","e":"AQAB"}]}"#;
    let refusal = KeySet::from_jwks(jwks.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!((refusal.code(), refusal.key_index()), (KeySetCode::KeyTooSmall, Some(1)));
    assert_eq!(
        refusal.to_string(),
        "a key has fewer than 2048 bits (key 1, counted from 0); replace it by a key of 2048 bits or more"
    );
}

#[test]
fn a_single_key_is_one_for_signatures() {
    let refusal = |jwk: &str| PublicKey::from_jwk(jwk.as_bytes(), &Limits::default()).unwrap_err().code();
    assert_eq!(refusal(r#"{"kty":"EC"}"#), KeySetCode::NoUsableKey);
    assert_eq!(refusal("[]"), KeySetCode::KeySetMalformed);
    assert_eq!(PublicKey::from_pem("", &Limits::default()).unwrap_err().code(), KeySetCode::PemMalformed);
}

#[test]
fn nothing_of_a_token_is_in_its_refusal() {
    let token = read("token.jws");
    let refusal = validator().validate(&[&token[..], b"AA"].concat(), NOW).unwrap_err();
    let shown = format!("{refusal} {refusal:?}");
    for segment in String::from_utf8(token).unwrap().split('.') {
        assert!(!shown.contains(&segment[..20]));
    }
}
