//! Signing a token, and judging one.

use keystile_admin::domain::{Audience, Policy};
use keystile_admin::operations::tokens::{MintedToken, TokenRequest, inspect, mint};
use keystile_admin::operations::{OperationError, audit_log};
use keystile_admin::operations::{issuers, key_set};
use keystile_admin::settings::IssuerChange;
use serde_json::json;

use crate::rehearsal::{ISS, Rehearsal};

pub(crate) fn request() -> TokenRequest {
    TokenRequest {
        subject: "alice".to_owned(),
        audience: None,
        lifetime_secs: None,
        claims: Default::default(),
    }
}

impl Rehearsal {
    pub(crate) async fn mint(&self, request: TokenRequest) -> Result<MintedToken, OperationError> {
        mint(&self.keystile, &self.admin, &self.main, request).await
    }
}

#[tokio::test]
async fn a_minted_token_says_what_was_asked_and_is_believed_until_it_expires() {
    let rehearsal = Rehearsal::begin().await;
    let claims = json!({ "client_id": "app", "sid": "s1" }).as_object().unwrap().clone();
    let audience = Some(Audience::Many(vec!["a".to_owned(), "b".to_owned()]));
    let asked = TokenRequest { audience, lifetime_secs: Some(60), claims, ..request() };
    let minted = rehearsal.mint(asked).await.unwrap();
    assert_eq!(minted.kid, rehearsal.made.kid);
    let judge = async || {
        inspect(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, &minted.token).await.unwrap()
    };
    let judged = judge().await;
    let claims = judged.claims.unwrap();
    assert_eq!(claims["iss"], ISS);
    assert_eq!(claims["sub"], "alice");
    assert_eq!(claims["aud"], json!(["a", "b"]));
    assert_eq!(claims["client_id"], "app");
    assert_eq!(claims["exp"], rehearsal.keystile.now().as_secs() + 60);
    assert_eq!(judged.header.unwrap()["kid"], minted.kid);
    rehearsal.clock.advance(89);
    assert!(judge().await.ok);
    rehearsal.clock.advance(1);
    assert_eq!(judge().await.code, Some("token_expired"));
}

#[tokio::test]
async fn a_verifier_of_another_make_believes_a_minted_token_by_the_plain_key_set() {
    let rehearsal = Rehearsal::begin().await;
    let minted = rehearsal.mint(request()).await.unwrap();
    let (jwks, _) = key_set::jwks(&rehearsal.keystile, &rehearsal.main).await.unwrap();
    let jwks: jsonwebtoken::jwk::JwkSet = serde_json::from_str(&jwks).unwrap();
    let kid = jsonwebtoken::decode_header(&minted.token).unwrap().kid.unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(jwks.find(&kid).unwrap()).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    validation.set_issuer(&[ISS]);
    // This rehearsal plays in the past.
    validation.validate_exp = false;
    let believed = jsonwebtoken::decode::<serde_json::Value>(&minted.token, &key, &validation).unwrap();
    assert_eq!(believed.claims["sub"], "alice");
}

#[tokio::test]
async fn the_issuers_audience_is_the_default_and_is_checked() {
    let rehearsal = Rehearsal::begin().await;
    let audience = Some(Some(Audience::One("shop".to_owned())));
    let change = IssuerChange { audience, ..IssuerChange::default() };
    issuers::change(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, change).await.unwrap();
    let ours = rehearsal.mint(request()).await.unwrap().token;
    let other = TokenRequest { audience: Some(Audience::One("bank".to_owned())), ..request() };
    let theirs = rehearsal.mint(other).await.unwrap().token;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    assert!(inspect(keystile, admin, main, &ours).await.unwrap().ok);
    assert_eq!(inspect(keystile, admin, main, &theirs).await.unwrap().code, Some("audience_mismatch"));
}

#[tokio::test]
async fn no_token_outlives_what_the_retire_window_counts_on() {
    let rehearsal = Rehearsal::begin().await;
    let longest = Policy::default().longest_token_lifetime_secs();
    let lived = async |secs| rehearsal.mint(TokenRequest { lifetime_secs: Some(secs), ..request() }).await;
    assert!(lived(longest).await.is_ok());
    for secs in [0, longest + 1, u64::MAX] {
        assert_eq!(lived(secs).await.err().unwrap().code(), "invalid_input");
    }
}

#[tokio::test]
async fn claims_that_the_server_sets_cannot_be_set_by_the_caller() {
    let rehearsal = Rehearsal::begin().await;
    for name in ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"] {
        let claims = [(name.to_owned(), json!("x"))].into_iter().collect();
        let refused = rehearsal.mint(TokenRequest { claims, ..request() }).await.err().unwrap();
        assert_eq!(refused.code(), "invalid_input");
    }
}

#[tokio::test]
async fn minting_is_audited_without_the_token() {
    let rehearsal = Rehearsal::begin().await;
    let minted = rehearsal.mint(request()).await.unwrap();
    let entry = audit_log::list(&rehearsal.keystile, &rehearsal.admin, 1, None).await.unwrap().remove(0);
    assert_eq!((entry.action.as_str(), &entry.subject), ("token.minted", &minted.kid));
    assert_eq!(entry.after.as_ref().unwrap()["sub"], "alice");
    let signature = minted.token.rsplit('.').next().unwrap();
    assert!(!serde_json::to_string(&entry).unwrap().contains(signature));
}

/// How many tokens the audit log knows of.
async fn minted_entries(rehearsal: &Rehearsal) -> usize {
    let entries = audit_log::list(&rehearsal.keystile, &rehearsal.admin, 500, None).await.unwrap();
    entries.iter().filter(|entry| entry.action == "token.minted").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_asked_for_at_once_are_each_signed_and_noted_and_a_wrong_one_harms_no_other() {
    let rehearsal = Rehearsal::begin().await;
    let asked = (0..150).map(|number| {
        let lifetime_secs = (number % 10 == 3).then_some(u64::MAX);
        rehearsal.mint(TokenRequest { subject: format!("user-{number}"), lifetime_secs, ..request() })
    });
    let answers = futures_util::future::join_all(asked).await;
    let mut names = std::collections::HashSet::new();
    for (number, answer) in answers.into_iter().enumerate() {
        match answer {
            Ok(minted) => {
                let judged = inspect(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, &minted.token);
                let claims = judged.await.unwrap().claims.unwrap();
                assert_eq!(claims["sub"], format!("user-{number}"));
                assert!(names.insert(claims["jti"].as_str().unwrap().to_owned()));
            }
            Err(error) => assert_eq!((error.code(), number % 10), ("invalid_input", 3)),
        }
    }
    assert_eq!(names.len(), 135);
    assert_eq!(minted_entries(&rehearsal).await, 135);
}

#[tokio::test]
async fn whoever_goes_away_while_signing_for_others_leaves_none_of_them_without_an_answer() {
    let rehearsal = Rehearsal::begin().await;
    for steps in 1..20 {
        let before = minted_entries(&rehearsal).await;
        // The first to be polled signs for all, and is dropped after so many steps.
        let mut gone = Box::pin(rehearsal.mint(request()));
        let mut others: Vec<_> = (0..5).map(|_| Box::pin(rehearsal.mint(request()))).collect();
        for _ in 0..steps {
            let is_done = futures_util::poll!(gone.as_mut()).is_ready();
            for other in &mut others {
                assert!(is_done || futures_util::poll!(other.as_mut()).is_pending());
            }
            if is_done {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        drop(gone);
        for answer in futures_util::future::join_all(others).await {
            answer.unwrap();
        }
        let noted = minted_entries(&rehearsal).await - before;
        // A change whose commit was under way may be there; its five are signed again all the same.
        assert!((5..=11).contains(&noted), "{noted} after {steps} steps");
    }
}
