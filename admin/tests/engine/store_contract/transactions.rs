//! A change, a snapshot, and several of them at once.

use keystile_admin::domain::{Principal, Timestamp};
use keystile_admin::store::{Change, Session, Store, StoreError};

use super::{at, is_refused, issuer, main, set, with_issuer};
use crate::database::Stores;

#[tokio::test]
async fn a_change_is_there_whole_once_it_is_committed_and_never_was_when_it_is_dropped() {
    let stores = with_issuer().await;
    let change = async |iss: &str| {
        let mut change = stores.one.write().await.unwrap();
        change.save_issuer(&issuer(iss)).await.unwrap();
        change.add_key_set(&main(), &set(1)).await.unwrap();
        change
    };
    let seen = async || {
        let mut snapshot = stores.other.read().await.unwrap();
        let iss = snapshot.issuer(&main()).await.unwrap().unwrap().iss;
        (iss, snapshot.current_key_set(&main()).await.unwrap())
    };
    let dropped = change("https://dropped.example").await;
    assert_eq!(seen().await, ("https://issuer.example".to_owned(), None), "before the commit");
    drop(dropped);
    assert_eq!(seen().await, ("https://issuer.example".to_owned(), None), "after it was dropped");
    change("https://kept.example").await.commit().await.unwrap();
    assert_eq!(seen().await, ("https://kept.example".to_owned(), Some(set(1))));
}

#[tokio::test]
async fn a_change_that_was_refused_can_be_dropped_and_the_next_goes_on() {
    let stores = with_issuer().await;
    for _ in 0..20 {
        let mut change = stores.one.write().await.unwrap();
        change.add_key_set(&main(), &set(1)).await.unwrap();
        assert!(is_refused(&change.add_key_set(&main(), &set(1)).await));
    }
    let mut change = stores.one.write().await.unwrap();
    change.add_key_set(&main(), &set(1)).await.unwrap();
    change.commit().await.unwrap();
}

#[tokio::test]
async fn a_change_shuts_every_other_writer_out_from_its_first_moment_on() {
    let stores = with_issuer().await;
    let held = stores.one.write().await.unwrap();
    assert_eq!(stores.other.write().await.err(), Some(StoreError::Busy));
    assert_eq!(stores.one.write().await.err(), Some(StoreError::Busy), "nor one of the same process");
    // Who only reads waits for nobody.
    assert_eq!(stores.other.read().await.unwrap().issuer_ids().await.unwrap(), [main()]);
    drop(held);
    assert!(stores.other.write().await.is_ok());
}

#[tokio::test]
async fn of_many_writers_at_once_none_overwrites_what_another_has_read() {
    const EACH: u64 = 5;
    let stores = with_issuer().await;
    let count = async |store: &Store| {
        for _ in 0..EACH {
            let mut change = loop {
                match store.write().await {
                    Err(StoreError::Busy) => {}
                    change => break change.unwrap(),
                }
            };
            let current = change.current_key_set(&main()).await.unwrap();
            let version = current.map_or(0, |set| set.stamp.version);
            tokio::task::yield_now().await;
            change.add_key_set(&main(), &set(version + 1)).await.unwrap();
            change.commit().await.unwrap();
        }
    };
    tokio::join!(count(&stores.one), count(&stores.other), count(&stores.one), count(&stores.other));
    let last = stores.one.read().await.unwrap().current_key_set(&main()).await.unwrap();
    assert_eq!(last.unwrap().stamp.version, 4 * EACH);
}

#[tokio::test]
async fn a_snapshot_is_one_state_whatever_is_committed_meanwhile() {
    let stores = with_issuer().await;
    let mut snapshot = stores.one.read().await.unwrap();
    assert_eq!(snapshot.current_key_set(&main()).await.unwrap(), None);
    let mut change = stores.other.write().await.unwrap();
    change.add_key_set(&main(), &set(1)).await.unwrap();
    change.save_issuer(&issuer("https://later.example")).await.unwrap();
    change.commit().await.unwrap();
    assert_eq!(snapshot.current_key_set(&main()).await.unwrap(), None);
    assert_eq!(snapshot.issuer(&main()).await.unwrap().unwrap().iss, "https://issuer.example");
}

#[tokio::test]
async fn what_refers_to_nothing_is_refused() {
    let stores = Stores::open().await;
    let mut change = stores.one.write().await.unwrap();
    assert!(is_refused(&change.add_key_set(&main(), &set(1)).await));
    drop(change);
    let mut change: Change = stores.one.write().await.unwrap();
    let session = Session {
        cookie_hash: vec![1; 32],
        owner: Principal::Token("nobody".to_owned()),
        last_used_at: at(1),
        expires_at: at(2),
    };
    assert!(is_refused(&change.save_session(&session).await));
}

#[tokio::test]
async fn every_taking_of_a_lease_rises_above_all_before() {
    let stores = Stores::open().await;
    let take = async |store: &Store, holder: &str, now: u64| {
        let mut change = store.write().await.unwrap();
        let fence = change.take_lease("push", holder, at(now), at(now + 5)).await.unwrap();
        change.commit().await.unwrap();
        fence
    };
    assert_eq!(take(&stores.one, "one", 0).await, Some(1));
    assert_eq!(take(&stores.other, "other", 4).await, None, "while it is held");
    assert_eq!(take(&stores.other, "other", 5).await, Some(2), "once it is over");
    assert_eq!(take(&stores.one, "one", 6).await, None);
    let mut change = stores.one.write().await.unwrap();
    change.prolong_lease("push", 1, at(500)).await.unwrap();
    change.release_lease("push", 1).await.unwrap();
    assert!(!change.holds_lease("push", 1).await.unwrap() && change.holds_lease("push", 2).await.unwrap());
    assert!(!change.is_lease_free("push", at(7), at(12)).await.unwrap(), "the loser gives nothing back");
    change.release_lease("push", 2).await.unwrap();
    assert!(change.is_lease_free("push", at(7), at(12)).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(take(&stores.one, "one", 7).await, Some(3));
    // A clock that was set back by more than a minute.
    let before = Timestamp::from_secs(at(0).as_secs() - 120);
    let mut change = stores.other.write().await.unwrap();
    assert_eq!(change.take_lease("push", "other", before, before.plus(5)).await.unwrap(), Some(4));
}
