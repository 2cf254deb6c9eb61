//! Tokens that somebody else composes, and rules for those that are signed for one API token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keystile_admin::domain::{Actor, MintingRules, Role};
use keystile_admin::operations::api_tokens::Bounds;
use keystile_admin::operations::tokens::{TokenRequest, inspect, mint};
use keystile_admin::operations::{api_tokens, external_signer};
use serde_json::{Value, json};

use crate::rehearsal::{ISS, Rehearsal};
use crate::tokens::request;

impl Rehearsal {
    /// A backend with an API token of these rules.
    async fn backend(&self, rules: Value) -> Actor {
        let rules: MintingRules = serde_json::from_value(rules).unwrap();
        let made = api_tokens::create_bounded(
            &self.keystile,
            &self.admin,
            "backend",
            Role::Signer,
            None,
            Bounds { minting: Some(rules), ..Bounds::default() },
        );
        let secret = made.await.unwrap().secret;
        api_tokens::authenticate(&self.keystile, secret.reveal()).await.unwrap()
    }

    /// A payload as a kube-apiserver would compose it, with some claims changed.
    fn payload(&self, changes: &Value) -> String {
        let now = self.keystile.now().as_secs();
        let mut claims = json!({ "iss": ISS, "sub": "system:serviceaccount:a:b", "aud": ["api"], "iat": now, "nbf": now, "exp": now + 600 });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        URL_SAFE_NO_PAD.encode(claims.to_string())
    }
}

#[tokio::test]
async fn a_payload_that_others_composed_is_signed_if_every_edge_would_believe_it() {
    let rehearsal = Rehearsal::begin().await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let payload = rehearsal.payload(&json!({}));
    let signed = external_signer::sign(keystile, admin, main, &payload).await.unwrap();
    let token = format!("{}.{payload}.{}", signed.header, signed.signature);
    let judged = inspect(keystile, admin, main, &token).await.unwrap();
    assert!(judged.ok, "{judged:?}");
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&signed.header).unwrap()).unwrap();
    assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT", "kid": rehearsal.made.kid }));
    let keys = external_signer::keys(keystile, admin, main).await.unwrap();
    assert_eq!(
        keys.keys.iter().map(|key| key.key_id.as_str()).collect::<Vec<_>>(),
        [rehearsal.made.kid.as_str()]
    );
    assert!(keys.refresh_hint_seconds > 0);
    let metadata = external_signer::metadata(keystile, admin, main).await.unwrap();
    assert!(metadata.max_token_expiration_seconds >= 600);

    let entries = rehearsal.entries().await;
    let now = keystile.now().as_secs();
    let twice = URL_SAFE_NO_PAD.encode(format!(r#"{{"iss":"{ISS}","iss":"{ISS}","exp":{}}}"#, now + 60));
    for refused in [
        rehearsal.payload(&json!({ "iss": "https://other.example" })),
        rehearsal.payload(&json!({ "exp": now })),
        rehearsal.payload(&json!({ "exp": now + 2_592_001 })),
        rehearsal.payload(&json!({ "exp": "soon" })),
        rehearsal.payload(&json!({ "nbf": now + 60 })),
        twice,
        "e30".to_owned(),
        "W10".to_owned(),
        "not base64!".to_owned(),
        format!("{payload}="),
        "A".repeat(20_000),
    ] {
        let error = external_signer::sign(keystile, admin, main, &refused).await.err().expect(&refused);
        assert_eq!(error.code(), "invalid_input");
    }
    assert_eq!(rehearsal.entries().await, entries, "a refusal signs nothing and notes nothing");
}

#[tokio::test]
async fn a_backend_has_signed_what_the_rules_of_its_api_token_say_and_nothing_else() {
    let rehearsal = Rehearsal::begin().await;
    let (keystile, main) = (&rehearsal.keystile, &rehearsal.main);
    let backend = rehearsal.backend(json!({
        "max_lifetime_secs": 600,
        "allowed_audiences": ["api"],
        "allowed_claims": ["roles"],
        "forced_claims": { "tenant": "acme" },
    }));
    let backend = backend.await;
    let audience = Some(keystile_admin::domain::Audience::One("api".to_owned()));
    let claims = json!({ "roles": ["reader"] }).as_object().unwrap().clone();
    let asked = || TokenRequest { audience: audience.clone(), claims: claims.clone(), ..request() };
    let minted = mint(keystile, &backend, main, asked()).await.unwrap();
    assert_eq!(minted.expires_at.as_secs(), keystile.now().as_secs() + 600);
    let judged = inspect(keystile, &rehearsal.admin, main, &minted.token).await.unwrap().claims.unwrap();
    assert_eq!((&judged["tenant"], &judged["roles"]), (&json!("acme"), &json!(["reader"])));

    let entries = rehearsal.entries().await;
    let with = |name: &str, value: Value| {
        let mut asked = asked();
        asked.claims.insert(name.to_owned(), value);
        asked
    };
    for refused in [
        TokenRequest { lifetime_secs: Some(601), ..asked() },
        TokenRequest { audience: Some(keystile_admin::domain::Audience::One("other".to_owned())), ..asked() },
        with("admin", json!(true)),
        with("tenant", json!("other")),
    ] {
        assert_eq!(mint(keystile, &backend, main, refused).await.err().unwrap().code(), "invalid_input");
    }
    for refused in [
        json!({ "exp": keystile.now().as_secs() + 601, "tenant": "acme" }),
        json!({ "aud": "other", "tenant": "acme" }),
        json!({ "tenant": "other" }),
        json!({}),
    ] {
        let payload = rehearsal.payload(&refused);
        assert!(external_signer::sign(keystile, &backend, main, &payload).await.is_err());
    }
    assert_eq!(rehearsal.entries().await, entries);
    let fitting = rehearsal.payload(&json!({ "tenant": "acme" }));
    assert!(external_signer::sign(keystile, &backend, main, &fitting).await.is_ok());
    let metadata = external_signer::metadata(keystile, &backend, main).await.unwrap();
    assert_eq!(metadata.max_token_expiration_seconds, 600);
}
