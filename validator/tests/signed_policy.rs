//! A policy that a root vouches for: believed when all is right, and refused for every reason that there is.
#![expect(clippy::unwrap_used, reason = "what goes wrong here fails the test")]

mod private_keys;

use keystile_validator::{KeySetCode, SignedPolicy, UnixTime};
use rsa::RsaPrivateKey;
use serde_json::{Map, Value, json};

use private_keys::{jwk, kid, private_key, roots, sign};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://issuer.example";
const POLICY: &str = r#"{"format":1,"note":"ein Gruß"}"#;

/// The same document with some members changed; null takes one away.
fn with(mut document: Value, changes: Value) -> Value {
    let members = document.as_object_mut().unwrap();
    members.extend(serde_json::from_value::<Map<_, _>>(changes).unwrap());
    members.retain(|_, member| !member.is_null());
    document
}

fn payload(changes: Value) -> String {
    let usual = json!({ "format": 1, "iss": ISSUER, "iat": NOW, "version": 7, "policy": POLICY });
    with(usual, changes).to_string()
}

fn header(key: &RsaPrivateKey, changes: Value) -> Value {
    with(json!({ "alg": "RS256", "typ": "keystile-policy+jwt", "kid": kid(key) }), changes)
}

fn read(jws: &str) -> Result<SignedPolicy, KeySetCode> {
    let roots = roots(&private_key("root-a"));
    let now = UnixTime::from_secs(NOW);
    SignedPolicy::verify(jws.as_bytes(), &roots, ISSUER, now).map_err(|error| error.code())
}

/// What becomes of a policy that a root has signed with these changes in its payload.
fn signed_by_the_root(changes: Value) -> Result<SignedPolicy, KeySetCode> {
    let root = private_key("root-a");
    read(&sign(&root, &header(&root, json!({})), &payload(changes)))
}

/// The same by a key that the root delegates it to, with changes in the delegation.
fn signed_under_a_delegation(delegation: Value, changes: Value) -> Result<SignedPolicy, KeySetCode> {
    let (root, signer) = (private_key("root-a"), private_key("set-signer-a"));
    let usual = json!({
        "iss": ISSUER, "nbf": NOW, "exp": NOW + 1, "generation": 1, "key": jwk(&signer),
    });
    let typ = json!({ "typ": "keystile-delegation+jwt" });
    let delegation = sign(&root, &header(&root, typ), &with(usual, delegation).to_string());
    read(&sign(&signer, &header(&signer, json!({ "delegation": delegation })), &payload(changes)))
}

#[test]
fn what_a_root_has_signed_is_told_as_it_was() {
    let policy = signed_by_the_root(json!({})).unwrap();
    assert_eq!((policy.version(), policy.text()), (7, POLICY));
    let policy = signed_under_a_delegation(json!({}), json!({ "version": NOW })).unwrap();
    assert_eq!((policy.version(), policy.text()), (NOW, POLICY));
}

#[test]
fn a_payload_that_is_not_a_policy_is_malformed() {
    for changes in [
        json!({ "format": 2 }),
        json!({ "format": null }),
        json!({ "iss": null }),
        json!({ "iss": 1 }),
        json!({ "iat": null }),
        json!({ "iat": "now" }),
        json!({ "version": null }),
        json!({ "version": 0 }),
        json!({ "version": -1 }),
        json!({ "version": NOW + 1 }),
        json!({ "policy": null }),
        json!({ "policy": {} }),
    ] {
        assert_eq!(signed_by_the_root(changes.clone()), Err(KeySetCode::DocumentMalformed), "{changes}");
    }
    let root = private_key("root-a");
    let twice = payload(json!({})).replacen('{', r#"{"version":8,"#, 1);
    for payload in ["", "null", "[]", "{}", r#"{"format":1"#, &twice] {
        let read = read(&sign(&root, &header(&root, json!({})), payload));
        assert_eq!(read, Err(KeySetCode::DocumentMalformed), "{payload}");
    }
}

#[test]
fn a_policy_is_for_one_issuer_and_from_no_later_than_the_clocks_may_differ() {
    let other = json!({ "iss": "https://other.example" });
    assert_eq!(signed_by_the_root(other), Err(KeySetCode::DocumentIssuerMismatch));
    assert!(signed_by_the_root(json!({ "iat": NOW + 30 })).is_ok());
    let early = signed_by_the_root(json!({ "iat": NOW + 31 }));
    assert_eq!(early, Err(KeySetCode::DocumentNotYetValid));
    assert!(signed_by_the_root(json!({ "iat": NOW - 100_000_000 })).is_ok(), "it has no end");
}

#[test]
fn nobody_but_a_root_signs_a_policy_and_as_nothing_else() {
    let (root, stranger) = (private_key("root-a"), private_key("stranger"));
    let by = |key, header: &Value| read(&sign(key, header, &payload(json!({}))));
    let unknown = by(&stranger, &header(&stranger, json!({})));
    assert_eq!(unknown, Err(KeySetCode::DocumentRootUnknown));
    let nameless = by(&root, &header(&root, json!({ "kid": null })));
    assert_eq!(nameless, Err(KeySetCode::DocumentRootUnknown));
    let forged = by(&stranger, &header(&root, json!({})));
    assert_eq!(forged, Err(KeySetCode::DocumentSignatureInvalid));
    for typ in [json!("jwk-set+jwt"), json!("JWT"), Value::Null] {
        let other = by(&root, &header(&root, json!({ "typ": typ })));
        assert_eq!(other, Err(KeySetCode::DocumentTypMismatch), "{typ}");
    }
    let unsigned = by(&root, &header(&root, json!({ "alg": "none" })));
    assert_eq!(unsigned, Err(KeySetCode::DocumentAlgNotAllowed));
}

#[test]
fn a_delegation_reaches_no_further_than_it_says() {
    let other = json!({ "iss": "https://other.example" });
    for (delegation, changes, code) in [
        (other.clone(), json!({}), KeySetCode::DelegationIssuerMismatch),
        (json!({}), other.clone(), KeySetCode::DelegationIssuerMismatch),
        (other.clone(), other, KeySetCode::DocumentIssuerMismatch),
        (json!({ "exp": NOW }), json!({}), KeySetCode::DelegationExpired),
        (json!({ "nbf": NOW + 31 }), json!({}), KeySetCode::DelegationNotYetValid),
        (json!({ "key": jwk(&private_key("token-a")) }), json!({}), KeySetCode::DelegationKeyMismatch),
    ] {
        assert_eq!(signed_under_a_delegation(delegation.clone(), changes), Err(code), "{delegation}");
    }
}

#[test]
fn a_delegation_that_no_root_signed_is_none() {
    let (root, stranger) = (private_key("root-a"), private_key("stranger"));
    let under = |delegation: Value| {
        read(&sign(&stranger, &header(&stranger, json!({ "delegation": delegation })), &payload(json!({}))))
    };
    let typ = json!({ "typ": "keystile-delegation+jwt" });
    let said = json!({ "iss": ISSUER, "nbf": NOW, "exp": NOW + 1, "generation": 1, "key": jwk(&stranger) });
    let own = sign(&stranger, &header(&stranger, typ.clone()), &said.to_string());
    assert_eq!(under(own.into()), Err(KeySetCode::DocumentRootUnknown));
    let forged = sign(&stranger, &header(&root, typ), &said.to_string());
    assert_eq!(under(forged.into()), Err(KeySetCode::DelegationSignatureInvalid));
    assert_eq!(under("".into()), Err(KeySetCode::DelegationMalformed));
    assert_eq!(under(json!(1)), Err(KeySetCode::DocumentMalformed));
}

#[test]
fn what_is_too_long_is_not_read() {
    assert_eq!(SignedPolicy::MAX_BYTES, 786_432);
    assert_eq!(read(&"a".repeat(SignedPolicy::MAX_BYTES)), Err(KeySetCode::DocumentMalformed));
    assert_eq!(read(&"a".repeat(SignedPolicy::MAX_BYTES + 1)), Err(KeySetCode::KeySetTooLarge));
}
