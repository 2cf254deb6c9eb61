//! Keys, private halves, key sets, epochs, the audit log.

use keystile_admin::audit::{Action, Record};
use keystile_admin::domain::{Actor, Epochs, Key, KeyFacts, KeyState, Scope};
use keystile_admin::seal::{NotedMasterKey, SealContext, Sealed, WrappedMasterKey};
use keystile_admin::store::TOKEN_KEY;

use super::{active, at, is_refused, key, main, ring, set, with_issuer};
use crate::database::Stores;
use crate::rehearsal::START;

#[tokio::test]
async fn one_key_is_active() {
    let stores = with_issuer().await;
    let mut change = stores.one.write().await.unwrap();
    change.save_ring(&main(), None, &ring(vec![key(1, active())])).await.unwrap();
    let other = ring(vec![key(2, active())]);
    assert!(is_refused(&change.save_ring(&main(), None, &other).await));
}

#[tokio::test]
async fn a_key_is_read_as_it_was_written_in_every_state() {
    let stores = with_issuer().await;
    let (activated_at, superseded_at) = (at(10), at(20));
    let retired =
        |sealed_until| KeyState::Retired { activated_at, superseded_at, retired_at: at(30), sealed_until };
    let revoked = |activated_at, superseded_at| KeyState::Revoked {
        activated_at,
        superseded_at,
        revoked_at: at(40),
        reason: "leaked: \"it's\" \u{1f511} in a log".to_owned(),
    };
    let states = [
        active(),
        KeyState::Pending,
        KeyState::Retiring { activated_at, superseded_at },
        retired(None),
        retired(Some(at(90))),
        revoked(None, None),
        revoked(Some(activated_at), Some(superseded_at)),
    ];
    let keys: Vec<_> = (1..).zip(states).map(|(number, state)| key(number, state)).collect();
    let mut change = stores.one.write().await.unwrap();
    change.save_ring(&main(), None, &ring(keys.clone())).await.unwrap();
    change.commit().await.unwrap();
    let read = stores.other.read().await.unwrap().keys(&main()).await.unwrap();
    let without_private_key = |key: Key| {
        let facts = KeyFacts { has_private_key: false, ..key.facts().clone() };
        Key::restored(facts, key.state().clone())
    };
    assert_eq!(read, keys.into_iter().map(without_private_key).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_has_left_stays_away_unless_it_was_kept_sealed() {
    let stores = with_issuer().await;
    let retired = |sealed_until| KeyState::Retired {
        activated_at: at(1),
        superseded_at: at(2),
        retired_at: at(3),
        sealed_until,
    };
    let revoked = KeyState::Revoked {
        activated_at: None,
        superseded_at: None,
        revoked_at: at(4),
        reason: "r".to_owned(),
    };
    let come_back = async |number: u8, left: KeyState| {
        let mut change = stores.one.write().await.unwrap();
        change.save_ring(&main(), None, &ring(vec![key(99, active()), key(number, left)])).await.unwrap();
        change.save_ring(&main(), None, &ring(vec![key(99, active()), key(number, KeyState::Pending)])).await
    };
    assert!(is_refused(&come_back(1, revoked).await));
    assert!(is_refused(&come_back(2, retired(None)).await));
    assert_eq!(come_back(3, retired(Some(at(50)))).await, Ok(()));
}

#[tokio::test]
async fn a_private_half_goes_in_the_same_breath_as_its_key() {
    let stores = with_issuer().await;
    let signing = key(1, active());
    let context = SealContext { purpose: TOKEN_KEY, owner: "main", name: signing.kid() };
    let sealed = Sealed { wrapped_key: vec![0, 255, 1], ciphertext: vec![7; 3000] };
    let mut change = stores.one.write().await.unwrap();
    change.keep_secret(&context, &sealed).await.unwrap();
    change.save_ring(&main(), None, &ring(vec![signing.clone()])).await.unwrap();
    assert_eq!(change.secret(&context).await.unwrap(), Some(sealed.clone()));
    let kept = change.keys(&main()).await.unwrap();
    assert!(kept[0].facts().has_private_key, "where the secret is there");
    let rewrapped = Sealed { wrapped_key: vec![9], ..sealed };
    change.keep_rewrapped(&context, &rewrapped).await.unwrap();
    assert_eq!(change.secrets().await.unwrap()[0].sealed, rewrapped);
    let facts = KeyFacts { has_private_key: false, ..signing.facts().clone() };
    let gone = Key::restored(facts, active());
    change.save_ring(&main(), None, &ring(vec![gone])).await.unwrap();
    assert_eq!(change.secret(&context).await.unwrap(), None);
    change.commit().await.unwrap();
    stores.one.scrub().await.unwrap();
}

#[tokio::test]
async fn an_epoch_never_falls_and_is_that_of_its_scope() {
    let stores = with_issuer().await;
    let scope = |value: &str| Scope::new("sub", value).unwrap();
    let epochs =
        |of: &[(&str, u64)]| Epochs::restored(of.iter().map(|(value, secs)| (scope(value), at(*secs))));
    let mut change = stores.one.write().await.unwrap();
    let (none, two) = (Epochs::default(), epochs(&[("a", 5), ("A", 6)]));
    change.save_epochs(&main(), &none, &two).await.unwrap();
    change.save_epochs(&main(), &two, &epochs(&[("a", 7)])).await.unwrap();
    assert_eq!(change.epochs(&main()).await.unwrap(), epochs(&[("a", 7)]));
    assert!(is_refused(&change.save_epochs(&main(), &none, &epochs(&[("a", 6)])).await));
}

#[tokio::test]
async fn a_version_is_given_once_and_only_the_current_one_is_ordered() {
    let stores = with_issuer().await;
    let mut change = stores.one.write().await.unwrap();
    for version in [1, 2, 10] {
        change.add_key_set(&main(), &set(version)).await.unwrap();
    }
    change.commit().await.unwrap();
    let mut change = stores.one.write().await.unwrap();
    assert!(is_refused(&change.add_key_set(&main(), &set(2)).await));
    drop(change);
    let mut change = stores.one.write().await.unwrap();
    let orders = change.push_orders().await.unwrap();
    assert_eq!(orders.iter().map(|order| order.version).collect::<Vec<_>>(), [10]);
    change.note_push_failed(&orders[0], "no route", at(3)).await.unwrap();
    let state = change.push_state(&main()).await.unwrap();
    assert_eq!((state.attempts, state.failures, state.pushed_version), (1, 1, None));
    change.note_pushed(&main(), 10, "here", at(4)).await.unwrap();
    let state = change.push_state(&main()).await.unwrap();
    assert_eq!((state.attempts, state.failures, state.pushed_version), (2, 1, Some(10)));
    assert_eq!((state.pushed_at, state.last_error), (Some(at(4)), None));
    assert_eq!(state.pushed_expires_at, Some(at(1010)));
    assert!(change.push_orders().await.unwrap().is_empty());
    assert_eq!(change.settled_push(&main()).await.unwrap().unwrap().document, "document 10");
    assert!(!change.order_again_for(&main(), "here").await.unwrap());
    assert!(change.order_again_for(&main(), "there").await.unwrap());
    assert_eq!(change.push_orders().await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_audit_log_goes_on_where_it_ended_whoever_writes() {
    let stores = Stores::open().await;
    let record = |subject: &str| Record::new(START, &Actor::local("test"), Action::KeyCreated, subject);
    for (store, subjects) in [(&stores.one, vec!["a", "b"]), (&stores.other, vec!["c"])] {
        let mut change = store.write().await.unwrap();
        change.record_all(subjects.into_iter().map(record).collect()).await.unwrap();
        change.commit().await.unwrap();
    }
    let mut snapshot = stores.one.read().await.unwrap();
    let lines = snapshot.audit_after(0, 10).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.seq).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(lines[2].entry.contains("\"c\""));
    assert_eq!(snapshot.audit_before(3, 1).await.unwrap(), lines[1..2]);
    let head = snapshot.audit_head().await.unwrap();
    assert_eq!((head.entries, head.hash.unwrap().to_string()), (3, lines[2].hash.clone()));
}

#[tokio::test]
async fn the_master_key_is_noted_with_its_wrapping_and_without() {
    let stores = with_issuer().await;
    assert_eq!(stores.other.read().await.unwrap().master_key().await.unwrap(), None);
    let wrapped = WrappedMasterKey { text: "vault:v1:abc=".to_owned(), by: "https://bao".to_owned() };
    for wrapped in [None, Some(wrapped), None] {
        let noted = NotedMasterKey { fingerprint: "0123456789abcdef".to_owned(), wrapped };
        let mut change = stores.one.write().await.unwrap();
        change.note_master_key(&noted).await.unwrap();
        change.commit().await.unwrap();
        assert_eq!(stores.other.read().await.unwrap().master_key().await.unwrap(), Some(noted));
    }
}
