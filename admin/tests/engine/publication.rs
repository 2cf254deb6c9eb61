//! The outbox: what is committed is pushed until it is read back.

use std::sync::Arc;

use axum::http::StatusCode;
use keystile_admin::domain::Policy;
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};
use keystile_admin::operations::publication::{drain, publish_now};
use keystile_admin::operations::{Keystile, OperationError, key_set};
use keystile_admin::settings::Settings;

use crate::fake_kv::{FakeKv, Shelf};
use crate::rehearsal::{Rehearsal, settings};

async fn begin() -> (FakeKv, Rehearsal) {
    let fake = FakeKv::start(Shelf::default()).await;
    let rehearsal = Rehearsal::begin_with(Some(fake.settings()), Policy::default(), None).await;
    (fake, rehearsal)
}

impl Rehearsal {
    async fn document(&self) -> Vec<u8> {
        key_set::current(&self.keystile, &self.main).await.unwrap().document.into_bytes()
    }
}

#[tokio::test]
async fn a_key_set_is_pushed_once_and_its_keys_are_published_then() {
    let (fake, rehearsal) = begin().await;
    assert_eq!(rehearsal.key(&rehearsal.made.kid).await.published_at, None);
    let drained = drain(&rehearsal.keystile).await.unwrap();
    assert_eq!(drained.pushed.len(), 1);
    assert_eq!(fake.value(), Some(rehearsal.document().await));
    assert!(rehearsal.key(&rehearsal.made.kid).await.published_at.is_some());
    let status = rehearsal.status().await;
    assert_eq!((status.pushed_version, status.push.pending, status.push.attempts), (Some(1), false, 1));
    assert!(drain(&rehearsal.keystile).await.unwrap().pushed.is_empty());
    assert_eq!(fake.writes(), 1);
}

#[tokio::test]
async fn an_emergency_writes_the_store_once() {
    let (fake, rehearsal) = begin().await;
    rehearsal.settle().await;
    let before = fake.writes();
    let confirm = rehearsal.made.kid[..8].to_owned();
    let order = EmergencyOrder { reason: "laptop stolen".to_owned(), confirm };
    emergency(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, order).await.unwrap();
    rehearsal.settle().await;
    rehearsal.pass(1_000).await;
    assert_eq!(fake.writes() - before, 1);
    assert_eq!(fake.value(), Some(rehearsal.document().await));
}

#[tokio::test]
async fn a_failed_push_says_why_waits_and_is_tried_again() {
    let (fake, rehearsal) = begin().await;
    fake.script(&[(StatusCode::FORBIDDEN, "")]);
    let drained = drain(&rehearsal.keystile).await.unwrap();
    assert_eq!(drained.failed.len(), 1);
    let push = rehearsal.status().await.push;
    assert_eq!((push.pending, push.attempts), (true, 1));
    assert!(push.last_error.unwrap().contains("Workers KV Storage: Edit"));
    // Not before its time, unless a person asks.
    assert_eq!(drain(&rehearsal.keystile).await.unwrap(), Default::default());
    rehearsal.pass(1).await;
    assert_eq!(rehearsal.status().await.pushed_version, Some(1));
    assert_eq!(rehearsal.status().await.push.last_error, None);
}

#[tokio::test]
async fn the_store_says_how_long_to_leave_it_alone() {
    let (fake, rehearsal) = begin().await;
    fake.script(&[(StatusCode::TOO_MANY_REQUESTS, "")]);
    drain(&rehearsal.keystile).await.unwrap();
    rehearsal.pass(6).await;
    assert!(rehearsal.status().await.push.pending);
    rehearsal.pass(1).await;
    assert!(!rehearsal.status().await.push.pending);
}

#[tokio::test]
async fn a_person_need_not_wait_for_the_next_try() {
    let (fake, rehearsal) = begin().await;
    fake.script(&[(StatusCode::BAD_GATEWAY, "")]);
    drain(&rehearsal.keystile).await.unwrap();
    assert_eq!(publish_now(&rehearsal.keystile).await.unwrap().pushed.len(), 1);
}

#[tokio::test]
async fn a_key_whose_set_did_not_arrive_never_signs() {
    let (fake, rehearsal) = begin().await;
    let kid = rehearsal.new_key().await;
    fake.script(&[(StatusCode::INTERNAL_SERVER_ERROR, ""); 50]);
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    keystile_admin::operations::rotation::start(keystile, admin, main, None, None).await.unwrap();
    for _ in 0..20 {
        rehearsal.pass(70).await;
    }
    assert_eq!(rehearsal.key(&kid).await.published_at, None);
    assert_eq!(rehearsal.key(&rehearsal.made.kid).await.state, "active");
}

#[tokio::test]
async fn only_the_current_set_is_pushed_and_it_settles_those_before() {
    let (fake, rehearsal) = begin().await;
    rehearsal.new_key().await;
    rehearsal.new_key().await;
    drain(&rehearsal.keystile).await.unwrap();
    assert_eq!(fake.writes(), 1);
    assert_eq!(fake.value(), Some(rehearsal.document().await));
    assert_eq!(rehearsal.status().await.pushed_version, Some(3));
    assert!(rehearsal.keys().await.iter().all(|key| key.published_at.is_some()));
}

#[tokio::test]
async fn a_genuine_newer_set_in_the_store_stops_the_push_and_raises_the_alarm() {
    let (fake, rehearsal) = begin().await;
    let backup = tempfile::TempDir::new().unwrap();
    copy(rehearsal.folder.path(), backup.path());
    rehearsal.new_key().await;
    drain(&rehearsal.keystile).await.unwrap();
    let newer = fake.value();

    let kv = Some(fake.settings());
    let restored =
        Keystile::open(Settings { kv, ..settings(backup.path()) }, rehearsal.clock.clone()).await.unwrap();
    let drained = drain(&restored).await.unwrap();
    assert!(drained.failed[0].error.contains("another history"), "{:?}", drained.failed);
    assert_eq!(fake.value(), newer);
}

#[tokio::test]
async fn whatever_is_not_genuine_is_overwritten() {
    let (fake, rehearsal) = begin().await;
    fake.put(b"e30.e30.e30");
    assert_eq!(drain(&rehearsal.keystile).await.unwrap().pushed.len(), 1);
    assert_eq!(fake.value(), Some(rehearsal.document().await));
}

#[tokio::test]
async fn without_a_namespace_nothing_can_be_published_by_hand() {
    let rehearsal = Rehearsal::begin().await;
    assert_eq!(publish_now(&rehearsal.keystile).await, Err(OperationError::KvNotConfigured));
}

#[tokio::test]
async fn a_namespace_that_is_configured_later_gets_what_was_served_here() {
    let rehearsal = Rehearsal::begin().await;
    let kid = rehearsal.new_key().await;
    rehearsal.settle().await;
    let fake = FakeKv::start(Shelf::default()).await;
    let kv = Some(fake.settings());
    let clock = Arc::clone(&rehearsal.clock);
    let later = Keystile::open(Settings { kv, ..settings(rehearsal.folder.path()) }, clock).await.unwrap();
    fake.script(&[(StatusCode::BAD_GATEWAY, "")]);
    publish_now(&later).await.unwrap();
    // It was published, but not where the edge reads now.
    assert_eq!(rehearsal.key(&kid).await.published_at, None);
    publish_now(&later).await.unwrap();
    assert_eq!(fake.value(), Some(rehearsal.document().await));
}

pub(crate) fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
