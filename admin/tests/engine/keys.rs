//! Activating, retiring, revoking, importing: what is granted, and what is refused and leaves no trace.

use keystile_admin::domain::{SecretText, Timestamp};
use keystile_admin::operations::activate::activate;
use keystile_admin::operations::keys::{self, NewKey};
use keystile_admin::operations::retire::retire;
use keystile_admin::operations::revoke::revoke;
use keystile_admin::operations::{OperationError, audit_log, issuers};
use keystile_admin::settings::{IssuerChange, KeyPairPem};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::rehearsal::{Rehearsal, START, openssl_pair};

const WINDOW: u64 = 2_592_000 + 30 + 130;

impl Rehearsal {
    async fn activate(&self, kid: &str, override_reason: Option<&str>) -> Result<(), OperationError> {
        let reason = override_reason.map(ToOwned::to_owned);
        activate(&self.keystile, &self.admin, &self.main, kid, reason).await.map(|_| ())
    }

    async fn retire(&self, kid: &str) -> Result<(), OperationError> {
        retire(&self.keystile, &self.admin, &self.main, kid).await.map(|_| ())
    }

    async fn revoke(&self, kid: &str) -> Result<(), OperationError> {
        revoke(&self.keystile, &self.admin, &self.main, kid, "a test".to_owned()).await.map(|_| ())
    }

    async fn last_audit(&self) -> audit_log::AuditEntryView {
        audit_log::list(&self.keystile, &self.admin, 1, None).await.unwrap().remove(0)
    }

    /// Asserts that `refused` left neither a version nor an audit entry behind.
    async fn nothing_happened(&self, version: u64, audit: u64) {
        assert_eq!(self.version().await, version);
        assert_eq!(self.last_audit().await.seq, audit);
    }
}

#[tokio::test]
async fn a_new_key_is_pending_and_already_published() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.new_key().await;
    assert_eq!(rehearsal.key(&kid).await.state, "pending");
    assert_eq!(rehearsal.version().await, 2);
    assert!(rehearsal.published().await.contains(&kid));
}

#[tokio::test]
async fn a_key_signs_only_after_its_set_was_published_and_confirmed() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.new_key().await;
    let audit = rehearsal.last_audit().await.seq;
    let unpublished = rehearsal.activate(&kid, None).await.unwrap_err();
    assert_eq!(unpublished.code(), "not_yet_confirmed");
    assert_eq!(unpublished.safe_at(), None);
    rehearsal.nothing_happened(2, audit).await;

    rehearsal.settle().await;
    let early = rehearsal.activate(&kid, None).await.unwrap_err();
    let safe_at = early.safe_at().unwrap();
    assert_eq!(rehearsal.key(&kid).await.safe_to_activate_at, Some(safe_at));
    rehearsal.clock.set(safe_at);
    rehearsal.activate(&kid, None).await.unwrap();
    assert_eq!(rehearsal.key(&kid).await.state, "active");
    assert_eq!(rehearsal.key(&rehearsal.made.kid).await.state, "retiring");
    assert_eq!(rehearsal.last_audit().await.action, "key.activated");
}

#[tokio::test]
async fn a_region_that_lags_keeps_a_key_from_signing() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.new_key().await;
    rehearsal.settle().await;
    rehearsal.report("fra", 2).await;
    rehearsal.report("sin", 1).await;
    let error = rehearsal.activate(&kid, None).await.unwrap_err();
    assert!(error.to_string().starts_with("not confirmed by 1 of 2 regions: `sin`"), "{error}");
    rehearsal.report("sin", 2).await;
    // An edge that has just looked for another kid, and of which nobody hears, looks again half a minute later.
    let early = rehearsal.activate(&kid, None).await.unwrap_err();
    assert_eq!((early.code(), early.safe_at()), ("not_yet_confirmed", Some(START.plus(30))));
    rehearsal.clock.advance(30);
    rehearsal.activate(&kid, None).await.unwrap();
}

#[tokio::test]
async fn an_override_needs_a_reason_and_is_audited() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.new_key().await;
    let blank = rehearsal.activate(&kid, Some("  ")).await.unwrap_err();
    assert_eq!(blank.code(), "invalid_input");
    rehearsal.activate(&kid, Some("the edge is not in use yet")).await.unwrap();
    let entry = rehearsal.last_audit().await;
    assert_eq!(entry.action, "key.activated_unconfirmed");
    assert_eq!(entry.reason.as_deref(), Some("the edge is not in use yet"));
}

#[tokio::test]
async fn asking_again_for_what_is_already_so_changes_nothing() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.new_key().await;
    rehearsal.revoke(&kid).await.unwrap();
    let (version, audit) = (rehearsal.version().await, rehearsal.last_audit().await.seq);
    rehearsal.revoke(&kid).await.unwrap();
    rehearsal.activate(&rehearsal.made.kid, None).await.unwrap();
    rehearsal.nothing_happened(version, audit).await;
}

#[tokio::test]
async fn a_key_stays_until_its_last_token_has_expired_everywhere_and_then_its_private_half_is_gone() {
    let rehearsal = Rehearsal::begin().await;
    let (old, new) = (rehearsal.made.kid.clone(), rehearsal.new_key().await);
    rehearsal.activate(&new, Some("a test")).await.unwrap();
    rehearsal.clock.advance(WINDOW - 1);
    let audit = rehearsal.last_audit().await.seq;
    let error = rehearsal.retire(&old).await.unwrap_err();
    assert_eq!(error.code(), "retire_window_open");
    assert_eq!(error.safe_at(), rehearsal.key(&old).await.safe_to_remove_at);
    rehearsal.nothing_happened(3, audit).await;

    rehearsal.clock.advance(1);
    rehearsal.retire(&old).await.unwrap();
    let key = rehearsal.key(&old).await;
    assert_eq!((key.state, key.has_private_key), ("retired", false));
    assert_eq!(rehearsal.published().await, [new]);
}

#[tokio::test]
async fn a_rollback_is_a_new_and_higher_version() {
    let rehearsal = Rehearsal::begin().await;
    let (old, new) = (rehearsal.made.kid.clone(), rehearsal.new_key().await);
    rehearsal.activate(&new, Some("a test")).await.unwrap();
    rehearsal.settle().await;
    rehearsal.clock.advance(130);
    rehearsal.activate(&old, None).await.unwrap();
    assert_eq!(rehearsal.version().await, 4);
    assert_eq!(rehearsal.key(&old).await.state, "active");
    assert_eq!(rehearsal.key(&new).await.state, "retiring");
}

#[tokio::test]
async fn a_revoked_key_leaves_at_once_and_never_comes_back() {
    let rehearsal = Rehearsal::begin().await;
    let (private_key, public) = openssl_pair(2048);
    let pem = private_key.reveal().to_owned();
    let import = |pem: String| {
        NewKey::Import(KeyPairPem { private_key: SecretText::new(pem), public_key: Some(public.clone()) })
    };
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let kid = keys::create(keystile, admin, main, import(pem.clone()), None).await.unwrap().kid;
    rehearsal.revoke(&kid).await.unwrap();
    assert_eq!(rehearsal.published().await, [rehearsal.made.kid.as_str()]);
    assert!(!rehearsal.key(&kid).await.has_private_key);
    let again = keys::create(keystile, admin, main, import(pem), None).await.unwrap_err();
    assert_eq!(again.code(), "key_exists");
    assert_eq!(rehearsal.activate(&kid, Some("a test")).await.unwrap_err().code(), "wrong_key_state");
}

#[tokio::test]
async fn the_active_key_cannot_be_revoked_alone() {
    let rehearsal = Rehearsal::begin().await;
    let audit = rehearsal.last_audit().await.seq;
    let error = rehearsal.revoke(&rehearsal.made.kid).await.unwrap_err();
    assert_eq!(error.code(), "active_key_needs_emergency");
    rehearsal.nothing_happened(1, audit).await;
}

#[tokio::test]
async fn a_public_key_alone_verifies_and_never_signs() {
    let rehearsal = Rehearsal::begin().await;
    let import = NewKey::ImportPublic { public_key_pem: openssl_pair(2048).1 };
    let key =
        keys::create(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, import, None).await.unwrap();
    assert!(rehearsal.published().await.contains(&key.kid));
    assert!(!key.safe_to_activate.unwrap().ok);
    let error = rehearsal.activate(&key.kid, Some("a test")).await.unwrap_err();
    assert_eq!(error.code(), "private_key_missing");
}

#[tokio::test]
async fn what_is_unknown_is_named() {
    let rehearsal = Rehearsal::begin().await;
    let error = rehearsal.activate("nobody", None).await.unwrap_err();
    assert_eq!(error.code(), "key_not_found");
    let other = "other".parse().unwrap();
    let error = keys::list(&rehearsal.keystile, &rehearsal.admin, &other).await.unwrap_err();
    assert_eq!(error, OperationError::IssuerNotFound { issuer: "other".to_owned() });
}

#[tokio::test]
async fn nothing_is_signed_while_the_clock_is_before_the_last_signature() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.new_key().await;
    let audit = rehearsal.last_audit().await.seq;
    rehearsal.clock.set(Timestamp::from_secs(START.as_secs() - 1));
    let generate = NewKey::Generate { size: None };
    let refused = keys::create(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, generate, None).await;
    assert_eq!(refused.unwrap_err().code(), "clock_went_back");
    rehearsal.nothing_happened(2, audit).await;
}

#[tokio::test]
async fn a_longer_token_life_reaches_the_key_that_signs_and_a_shorter_one_does_not() {
    let rehearsal = Rehearsal::begin().await;
    let life = |secs| IssuerChange { refresh_token_expiry_secs: Some(secs), ..IssuerChange::default() };
    for secs in [5_000_000, 60] {
        issuers::change(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, life(secs)).await.unwrap();
        assert_eq!(rehearsal.key(&rehearsal.made.kid).await.longest_token_lifetime_secs, 5_000_000);
    }
}

#[tokio::test]
async fn settings_that_change_nothing_leave_no_trace_and_impossible_ones_are_refused() {
    let rehearsal = Rehearsal::begin().await;
    let audit = rehearsal.last_audit().await.seq;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let same = IssuerChange { leeway_secs: Some(30), ..IssuerChange::default() };
    issuers::change(keystile, admin, main, same).await.unwrap();
    let short = IssuerChange { key_set_lifetime_secs: Some(10), ..IssuerChange::default() };
    assert_eq!(issuers::change(keystile, admin, main, short).await.unwrap_err().code(), "invalid_input");
    rehearsal.nothing_happened(1, audit).await;
}

/// Neither in the table, nor in a free page, nor in the write-ahead log.
#[tokio::test]
async fn not_even_the_sealed_private_half_of_a_revoked_key_stays_on_the_disk() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.new_key().await;
    let sealed = sealed_half(&rehearsal, &kid).await;
    assert!(on_disk(&rehearsal, &sealed));
    rehearsal.revoke(&kid).await.unwrap();
    assert!(!on_disk(&rehearsal, &sealed));
}

async fn sealed_half(rehearsal: &Rehearsal, kid: &str) -> Vec<u8> {
    let database = SqliteConnectOptions::new().filename(rehearsal.folder.path().join("keystile.db"));
    let mut connection = database.connect().await.unwrap();
    let select = sqlx::query_scalar("SELECT ciphertext FROM sealed_secrets WHERE name = ?").bind(kid);
    let sealed = select.fetch_one(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    sealed
}

fn on_disk(rehearsal: &Rehearsal, bytes: &[u8]) -> bool {
    // A page holds the beginning of a value in one piece.
    let beginning = &bytes[..64];
    std::fs::read_dir(rehearsal.folder.path()).unwrap().any(|entry| {
        let file = std::fs::read(entry.unwrap().path()).unwrap();
        file.windows(beginning.len()).any(|window| window == beginning)
    })
}
