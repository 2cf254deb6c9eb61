//! Not-before instants.

use keystile_admin::domain::{Scope, Timestamp};
use keystile_admin::operations::OperationError;
use keystile_admin::operations::epochs::{self, EpochView};
use keystile_admin::operations::tokens::TokenRequest;
use serde_json::json;

use crate::rehearsal::{Rehearsal, START};

/// A token of a subject, a session and a client.
fn of(subject: &str, session: &str, client: &str) -> TokenRequest {
    let claims = json!({ "sid": session, "client_id": client }).as_object().unwrap().clone();
    TokenRequest { subject: subject.to_owned(), audience: None, lifetime_secs: None, claims }
}

impl Rehearsal {
    async fn raise(&self, scope: Scope, before: Option<Timestamp>) -> Result<EpochView, OperationError> {
        epochs::raise(&self.keystile, &self.admin, &self.main, scope, before, "a test").await
    }
}

#[tokio::test]
async fn an_epoch_refuses_what_was_issued_before_it_and_nothing_else() {
    let scopes = [
        Scope::Subject("alice".to_owned()),
        Scope::Session("s1".to_owned()),
        Scope::Client("app".to_owned()),
        Scope::All,
    ];
    for scope in scopes {
        let rehearsal = Rehearsal::begin().await;
        let before = rehearsal.mint(of("alice", "s1", "app")).await.unwrap().token;
        let other = rehearsal.mint(of("bob", "s2", "web")).await.unwrap().token;
        rehearsal.raise(scope.clone(), None).await.unwrap();
        // In the very second in which it was raised, too.
        let after = rehearsal.mint(of("alice", "s1", "app")).await.unwrap().token;
        let others = if scope == Scope::All { Some("issued_before_epoch") } else { None };
        assert_eq!(rehearsal.verdict(&before).await, Some("issued_before_epoch"), "{scope}");
        assert_eq!(rehearsal.verdict(&other).await, others, "{scope}");
        assert_eq!(rehearsal.verdict(&after).await, None, "{scope}");
    }
}

#[tokio::test]
async fn an_epoch_of_a_key_is_about_that_key() {
    let rehearsal = Rehearsal::begin().await;
    let token = rehearsal.mint(of("alice", "s1", "app")).await.unwrap().token;
    let other = rehearsal.new_key().await;
    rehearsal.raise(Scope::Key(other), None).await.unwrap();
    assert_eq!(rehearsal.verdict(&token).await, None);
    rehearsal.raise(Scope::Key(rehearsal.made.kid.clone()), None).await.unwrap();
    assert_eq!(rehearsal.verdict(&token).await, Some("issued_before_epoch"));
    let unknown = rehearsal.raise(Scope::Key("unknown".to_owned()), None).await.unwrap_err();
    assert_eq!(unknown.code(), "key_not_found");
}

#[tokio::test]
async fn an_epoch_never_falls_and_is_never_in_the_future() {
    let rehearsal = Rehearsal::begin().await;
    let alice = || Scope::Subject("alice".to_owned());
    let raised = rehearsal.raise(alice(), Some(START)).await.unwrap();
    assert_eq!(raised.epoch, START.as_secs());
    let (version, entries) = (rehearsal.version().await, rehearsal.entries().await);

    let lower = rehearsal.raise(alice(), Some(Timestamp::from_secs(7))).await.unwrap();
    assert_eq!(lower.epoch, START.as_secs());
    let future = rehearsal.raise(alice(), Some(START.plus(2))).await.unwrap_err();
    assert_eq!(future.code(), "invalid_input");
    assert_eq!((rehearsal.version().await, rehearsal.entries().await), (version, entries));
}

#[tokio::test]
async fn an_epoch_leaves_the_set_when_it_can_refuse_nothing_any_more() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.raise(Scope::Subject("alice".to_owned()), None).await.unwrap();
    rehearsal.raise(Scope::All, None).await.unwrap();
    // A refresh token lives for 30 days, and verifiers allow 30 seconds.
    rehearsal.pass(2_592_000 + 30).await;
    let listed = async || epochs::list(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main).await.unwrap();
    assert_eq!(listed().await.len(), 2);
    rehearsal.pass(86_400 + 2).await;
    let kept: Vec<_> = listed().await.into_iter().map(|epoch| epoch.scope).collect();
    assert_eq!(kept, ["all"]);
}

#[tokio::test]
async fn too_many_epochs_are_refused_and_nothing_changes() {
    let rehearsal = Rehearsal::begin().await;
    let long = |number: usize| Scope::Subject(format!("{number:0>256}"));
    let mut raised = 0;
    let refused = loop {
        match rehearsal.raise(long(raised), None).await {
            Ok(_) => raised += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused.code(), "too_many_epochs");
    assert!(raised > 150, "{raised}");
    let listed = epochs::list(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main).await.unwrap();
    assert_eq!(listed.len(), raised);
}
