//! The policy of gateways, signed and brought to the store.

use keystile_admin::operations::gateway_policy::{publish, sign};
use keystile_admin::operations::{OperationError, key_set};
use keystile_validator::{RootKeys, SignedPolicy};

use crate::fake_kv::FakeKv;
use crate::rehearsal::{ISS, Rehearsal};

const POLICY: &str = r#"{ "format": 1, "providers": { "main": { "issuer": "https://issuer.example", "audience": "api",
    "keys": { "jwks": { "at": "https://issuer.example/jwks.json" } } } },
    "routes": [{ "id": "all", "require": { "provider": "main" } }] }"#;

#[tokio::test]
async fn a_policy_arrives_signed_and_is_written_down() {
    let kv = FakeKv::start(Default::default()).await;
    let rehearsal = Rehearsal::begin_with(Some(kv.settings()), Default::default(), None).await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let published = publish(keystile, admin, main, POLICY).await.unwrap();
    assert_eq!((published.key.as_str(), published.version), ("policy/main", keystile.now().as_secs()));
    let roots = key_set::roots(keystile).await.unwrap();
    let roots = RootKeys::from_jwks(roots.to_string().as_bytes()).unwrap();
    let stored = kv.beside();
    let (_, value) = stored.iter().find(|(key, _)| key.contains("policy")).unwrap();
    let signed = SignedPolicy::verify(value, &roots, ISS, keystile.now().into()).unwrap();
    assert_eq!((signed.text(), signed.version()), (POLICY, published.version));
}

#[tokio::test]
async fn a_policy_that_cannot_be_used_is_refused_with_its_place_and_goes_nowhere() {
    let kv = FakeKv::start(Default::default()).await;
    let rehearsal = Rehearsal::begin_with(Some(kv.settings()), Default::default(), None).await;
    let wrong = POLICY.replace("\"main\" } }]", "\"other\" } }]");
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let refused = publish(keystile, admin, main, &wrong).await.unwrap_err();
    let OperationError::InvalidInput { field: "policy", detail } = refused else { panic!("{refused}") };
    assert!(detail.contains("(line 3, column"), "{detail}");
    assert!(kv.beside().is_empty());
}

#[tokio::test]
async fn a_policy_for_gateways_without_a_store_is_signed_and_written_down_too() {
    let rehearsal = Rehearsal::begin().await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let signed = sign(keystile, admin, main, POLICY).await.unwrap();
    let roots = key_set::roots(keystile).await.unwrap();
    let roots = RootKeys::from_jwks(roots.to_string().as_bytes()).unwrap();
    let read = SignedPolicy::verify(signed.document.as_bytes(), &roots, ISS, keystile.now().into()).unwrap();
    assert_eq!((read.text(), read.version()), (POLICY, signed.version));
    let refused = publish(keystile, admin, main, POLICY).await.unwrap_err();
    assert!(matches!(refused, OperationError::KvNotConfigured), "{refused}");
}
