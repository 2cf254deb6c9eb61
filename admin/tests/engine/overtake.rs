//! After the restore of an old backup the server goes on above what the store of the edge holds, and forgets nothing.

use std::sync::Arc;

use axum::http::StatusCode;
use keystile_admin::domain::{KeySize, Policy, PublicJwk};
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};
use keystile_admin::operations::overtake::{OvertakeOrder, OvertakeView, overtake};
use keystile_admin::operations::publication::drain;
use keystile_admin::operations::revocations::{self, RevocationStatus};
use keystile_admin::operations::revoke::revoke;
use keystile_admin::operations::set_signer::{self, DelegationOrder, RequestOrder};
use keystile_admin::operations::{
    Keystile, OperationError, activate, epochs, key_set, keys, roots, steward, tokens,
};
use keystile_admin::settings::Settings;
use keystile_admin::signing::{PrivateKey, sign_delegation};
use serde_json::json;
use tempfile::TempDir;

use crate::fake_kv::{FakeKv, Shelf};
use crate::publication::copy;
use crate::rehearsal::{Rehearsal, settings};
use crate::revocations::{SESSIONS, TOKENS, order, values};

/// A server, and what was restored of its data from before `later` happened.
struct Restored {
    rehearsal: Rehearsal,
    keystile: Keystile,
    fake: FakeKv,
    _folder: TempDir,
}

impl Restored {
    async fn after(before: impl AsyncFnOnce(&Rehearsal), later: impl AsyncFnOnce(&Rehearsal)) -> Self {
        let fake = FakeKv::start(Shelf::default()).await;
        let rehearsal = Rehearsal::begin_with(Some(fake.settings()), Policy::default(), None).await;
        before(&rehearsal).await;
        rehearsal.settle().await;
        let folder = TempDir::new().unwrap();
        copy(rehearsal.folder.path(), folder.path());
        rehearsal.clock.advance(60);
        later(&rehearsal).await;
        rehearsal.settle().await;
        rehearsal.clock.advance(60);
        let data = Settings { kv: Some(fake.settings()), ..settings(folder.path()) };
        let keystile = Keystile::open(data, Arc::clone(&rehearsal.clock) as _).await.unwrap();
        Self { rehearsal, keystile, fake, _folder: folder }
    }

    async fn overtake(&self, dry_run: bool) -> Result<OvertakeView, OperationError> {
        let order = OvertakeOrder { reason: "the backup of Monday".to_owned(), dry_run };
        overtake(&self.keystile, &self.rehearsal.admin, &self.rehearsal.main, order).await
    }

    async fn state_of(&self, kid: &str) -> &'static str {
        keys::get(&self.keystile, &self.rehearsal.admin, &self.rehearsal.main, kid).await.unwrap().state
    }
}

async fn emergency_at(keystile: &Keystile, rehearsal: &Rehearsal, kid: &str) {
    let order = EmergencyOrder { reason: "laptop stolen".to_owned(), confirm: kid[..8].to_owned() };
    emergency(keystile, &rehearsal.admin, &rehearsal.main, order).await.unwrap();
}

#[tokio::test]
async fn the_next_version_is_the_present_second_and_no_token_of_the_lost_history_is_refused() {
    let mut lost = String::new();
    let later = async |rehearsal: &Rehearsal| {
        lost = rehearsal.new_key().await;
        let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
        activate::activate(keystile, admin, main, &lost, Some("a test".to_owned())).await.unwrap();
    };
    let restored = Restored::after(async |_| {}, later).await;
    assert!(restored.overtake(true).await.unwrap().dry_run);
    let version = restored.rehearsal.keystile.now().as_secs();
    let view = restored.overtake(false).await.unwrap();
    assert_eq!((view.found_version, view.version, view.revoked.len()), (3, version, 0));
    assert_eq!(view.taken_over, [lost.as_str()]);
    assert_eq!(drain(&restored.keystile).await.unwrap().pushed[0].version, version);
    let current = key_set::current(&restored.keystile, &restored.rehearsal.main).await.unwrap();
    assert_eq!(restored.fake.value(), Some(current.document.into_bytes()));
    assert_eq!(restored.state_of(&lost).await, "retiring");
    assert_eq!(restored.state_of(&restored.rehearsal.made.kid).await, "active");
    // It counts on from there, as soon as the next second has come.
    restored.rehearsal.clock.advance(1);
    assert_eq!(restored.overtake(false).await, Err(OperationError::NothingToOvertake));
}

#[tokio::test]
async fn a_key_that_was_revoked_after_the_backup_stays_revoked() {
    let mut spare = String::new();
    let before = async |rehearsal: &Rehearsal| spare = rehearsal.new_key().await;
    let later = async |rehearsal: &Rehearsal| {
        let kid = rehearsal.keys().await.into_iter().find(|key| key.state == "pending").unwrap().kid;
        let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
        revoke(keystile, admin, main, &kid, "copied".to_owned()).await.unwrap();
    };
    let restored = Restored::after(before, later).await;
    assert_eq!(restored.state_of(&spare).await, "pending");
    assert_eq!(restored.overtake(false).await.unwrap().revoked, [spare.as_str()]);
    assert_eq!(restored.state_of(&spare).await, "revoked");
}

#[tokio::test]
async fn after_an_emergency_the_restored_server_must_declare_its_own_first() {
    let later = async |rehearsal: &Rehearsal| {
        emergency_at(&rehearsal.keystile, rehearsal, &rehearsal.made.kid).await;
    };
    let restored = Restored::after(async |_| {}, later).await;
    let stolen = restored.rehearsal.made.kid.clone();
    let refused = restored.overtake(false).await.unwrap_err();
    assert_eq!(refused, OperationError::ActiveKeyRevokedElsewhere { kid: stolen.clone() });
    emergency_at(&restored.keystile, &restored.rehearsal, &stolen).await;
    let drained = drain(&restored.keystile).await.unwrap();
    assert!(drained.failed[0].error.contains("keystile overtake"), "{:?}", drained.failed);
    restored.overtake(false).await.unwrap();
    assert_eq!(drain(&restored.keystile).await.unwrap().pushed.len(), 1);
    assert_eq!(restored.state_of(&stolen).await, "revoked");
}

#[tokio::test]
async fn where_the_store_cannot_be_read_or_holds_nothing_newer_nothing_is_overtaken() {
    let restored = Restored::after(async |_| {}, async |rehearsal| drop(rehearsal.new_key().await)).await;
    restored.fake.script(&[(StatusCode::BAD_GATEWAY, "")]);
    assert_eq!(restored.overtake(false).await.unwrap_err().code(), "store_unreadable");
    restored.fake.put(b"e30.e30.e30");
    assert_eq!(restored.overtake(false).await, Err(OperationError::NothingToOvertake));
    restored.fake.remove();
    assert_eq!(restored.overtake(false).await, Err(OperationError::NothingToOvertake));
}

/// A delegation for what this server asks for now, by a root that is announced where it is not known yet.
async fn delegate(keystile: &Keystile, rehearsal: &Rehearsal, root: &PrivateKey, order: RequestOrder) {
    let (admin, main) = (&rehearsal.admin, &rehearsal.main);
    let jwks = json!({ "keys": [PublicJwk::of(root.public())] }).to_string();
    roots::announce(keystile, admin, &jwks, None).await.unwrap();
    let request = set_signer::request(keystile, admin, main, order).await.unwrap();
    let now = keystile.now();
    let delegation = sign_delegation(root, &request, now, now.plus(86_400)).unwrap();
    let why = Some("a test".to_owned());
    let order = DelegationOrder { delegation, override_reason: why };
    set_signer::install(keystile, admin, main, order).await.unwrap();
}

#[tokio::test]
async fn a_generation_that_readers_have_seen_overtaken_is_not_published() {
    let root = PrivateKey::generate(KeySize::Rsa2048).unwrap();
    let next = RequestOrder { new_key: true, above: None };
    let before = async |rehearsal: &Rehearsal| delegate(&rehearsal.keystile, rehearsal, &root, next).await;
    let later = async |rehearsal: &Rehearsal| delegate(&rehearsal.keystile, rehearsal, &root, next).await;
    let restored = Restored::after(before, later).await;
    let refused = restored.overtake(false).await.unwrap_err();
    assert_eq!(refused, OperationError::GenerationBelowStore { ours: 1, found: 2 });
    let above = RequestOrder { new_key: false, above: Some(2) };
    delegate(&restored.keystile, &restored.rehearsal, &root, above).await;
    restored.overtake(false).await.unwrap();
    assert_eq!(drain(&restored.keystile).await.unwrap().pushed.len(), 1);
}

/// What the restored server says about what is revoked by name, and about a token.
impl Restored {
    async fn revocations(&self) -> RevocationStatus {
        revocations::status(&self.keystile, &self.rehearsal.admin, &self.rehearsal.main).await.unwrap()
    }

    async fn verdict(&self, token: &str) -> Option<&'static str> {
        let (admin, main) = (&self.rehearsal.admin, &self.rehearsal.main);
        tokens::inspect(&self.keystile, admin, main, token).await.unwrap().code
    }
}

#[tokio::test]
async fn what_was_put_into_filters_after_the_backup_stays_revoked() {
    let (mut bad, mut good) = (String::new(), String::new());
    let later = async |rehearsal: &Rehearsal| {
        bad = rehearsal.session_token("token-7").await;
        good = rehearsal.session_token("good").await;
        rehearsal.take_back(SESSIONS, &values(0..6_000)).await.unwrap();
        rehearsal.take_back(TOKENS, &values(0..2_100)).await.unwrap();
        rehearsal.take_back(SESSIONS, &["listed".to_owned()]).await.unwrap();
    };
    let restored = Restored::after(async |_| {}, later).await;
    assert_eq!(restored.verdict(&bad).await, None, "the backup knows nothing of it");
    assert_eq!(restored.overtake(true).await.unwrap().filtered, 8_100);
    assert_eq!(restored.overtake(false).await.unwrap().filtered, 8_100);
    assert_eq!(restored.verdict(&bad).await, Some("session_revoked"));
    assert_eq!(restored.verdict(&good).await, None);
    let status = restored.revocations().await;
    assert_eq!((status.sessions, status.tokens, status.listed), (6_001, 2_100, 1));
    assert_eq!(drain(&restored.keystile).await.unwrap().pushed.len(), 1);

    // It is merged with nothing, because only its digests are known.
    let more = order(SESSIONS, &(0..2_500).map(|number| format!("more-{number}")).collect::<Vec<_>>());
    let (admin, main) = (&restored.rehearsal.admin, &restored.rehearsal.main);
    restored.rehearsal.clock.advance(1);
    revocations::revoke(&restored.keystile, admin, main, more).await.unwrap();
    let entries: Vec<_> = restored.revocations().await.filters.iter().map(|filter| filter.entries).collect();
    assert_eq!(entries.len(), 3, "{entries:?}");
    assert_eq!(restored.verdict(&bad).await, Some("session_revoked"));

    // Until the last of its tokens has expired.
    restored.rehearsal.clock.advance(2_592_000 + 31);
    steward::advance(&restored.keystile).await.unwrap();
    let status = restored.revocations().await;
    assert_eq!((status.sessions, status.tokens, status.filters.len()), (0, 0, 0));
}

#[tokio::test]
async fn where_the_store_has_lost_a_list_nothing_is_overtaken_before_everything_is_refused() {
    let mut before = String::new();
    let later = async |rehearsal: &Rehearsal| {
        before = rehearsal.session_token("good").await;
        rehearsal.take_back(SESSIONS, &values(0..2_100)).await.unwrap();
    };
    let restored = Restored::after(async |_| {}, later).await;
    let lost = restored.fake.beside().keys().find(|key| key.ends_with("/0")).unwrap().clone();
    restored.fake.remove_beside(&lost);
    let version = key_set::current(&restored.keystile, &restored.rehearsal.main).await.unwrap().version;
    assert_eq!(restored.overtake(false).await, Err(OperationError::FilterLost { name: lost }));
    let current = key_set::current(&restored.keystile, &restored.rehearsal.main).await.unwrap();
    assert_eq!(current.version, version);

    let (admin, main) = (&restored.rehearsal.admin, &restored.rehearsal.main);
    let everything = epochs::scope("all", None).unwrap();
    epochs::raise(&restored.keystile, admin, main, everything, None, "a list was lost").await.unwrap();
    assert_eq!(restored.overtake(false).await.unwrap().filtered, 0);
    assert_eq!(restored.verdict(&before).await, Some("issued_before_epoch"));
}
