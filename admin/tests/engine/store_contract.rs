//! What every make of store must hold, through its public methods alone.

use keystile_admin::audit::{Action, Record};
use keystile_admin::domain::{
    Actor, Alert, Emergency, Epochs, Issuer, IssuerId, Key, KeyFacts, KeyRing, KeySetStamp, KeySource,
    KeyState, Policy, Scope, Timestamp, listed_bytes,
};
use keystile_admin::seal::{SealContext, Sealed};
use keystile_admin::store::{
    Change, Notification, Session, Store, StoreError, StoredAlert, StoredKey, StoredKeySet, TOKEN_KEY,
    Webhook, WebhookSecret,
};
use keystile_validator::{Limits, PublicKey, RevokedClaim};

use crate::database::Stores;
use crate::rehearsal::START;

fn main() -> IssuerId {
    "main".parse().unwrap()
}

fn at(secs: u64) -> Timestamp {
    START.plus(secs)
}

async fn with_issuer() -> Stores {
    let stores = Stores::open().await;
    let mut change = stores.one.write().await.unwrap();
    change.save_issuer(&issuer("https://issuer.example")).await.unwrap();
    change.commit().await.unwrap();
    stores
}

fn issuer(iss: &str) -> Issuer {
    Issuer { id: main(), iss: iss.to_owned(), audience: None, policy: Policy::default() }
}

/// A key of its own for each number; nobody signs with it.
fn key(number: u8, state: KeyState) -> Key {
    let mut modulus = vec![0xc1; 256];
    modulus[100] = number;
    let public = PublicKey::from_components(&modulus, &[1, 0, 1], &Limits::default()).unwrap();
    Key::restored(KeyFacts::new(public, KeySource::Generated, at(number.into()), 1), state)
}

fn active() -> KeyState {
    KeyState::Active { activated_at: at(1) }
}

fn set(version: u64) -> StoredKeySet {
    let stamp = KeySetStamp { version, issued_at: at(version), expires_at: at(version + 1000) };
    StoredKeySet { stamp, document: format!("document {version}") }
}

fn is_refused(done: &Result<(), StoreError>) -> bool {
    matches!(done, Err(StoreError::Refused(_)))
}

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

fn ring(keys: Vec<Key>) -> KeyRing {
    KeyRing::restored(keys).unwrap()
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
async fn values_are_numbered_as_they_are_revoked_and_no_number_comes_again() {
    let stores = with_issuer().await;
    let (jti, start) = (RevokedClaim::TokenId, at(0));
    let values: Vec<_> = (0..2_500).map(|number| format!("\"quoted\" \\ \u{1f511} \t {number}")).collect();
    let mut change = stores.one.write().await.unwrap();
    assert_eq!(change.revoke_values(&main(), jti, &values, at(50)).await, Ok(2_500));
    assert_eq!(change.revoke_values(&main(), jti, &values[..10], at(40)).await, Ok(0), "not for longer");
    let twice = ["one".to_owned(), "one".to_owned()];
    assert_eq!(change.revoke_values(&main(), jti, &twice, at(50)).await, Ok(1));
    assert_eq!(change.revoke_values(&main(), RevokedClaim::SessionId, &twice, at(50)).await, Ok(1));
    let newest = change.newest_revocation().await.unwrap();
    let again = change.revoke_values(&main(), jti, &values[..2], at(90)).await;
    assert_eq!(again, Ok(2), "for longer is again");
    let found = change.unfiltered(&main(), jti, 0, start).await.unwrap();
    let bytes: u64 = values.iter().map(|value| listed_bytes(value)).sum();
    assert_eq!((found.count, found.bytes), (2_501, bytes + listed_bytes("one")));
    let latest = change.unfiltered_values(&main(), jti, newest, start, 9).await.unwrap();
    assert_eq!(latest.iter().map(|(_, value)| value).collect::<Vec<_>>(), [&values[0], &values[1]]);
    let (digests, ends_at) = change.revoked_digests(&main(), jti, 1..=found.last, start).await.unwrap();
    assert_eq!((digests.len(), ends_at), (2_501, at(90)));
    assert_eq!(change.next_revocation_end(&main(), start).await.unwrap(), Some(at(50)));
    let (mut pruned, end) = (0, at(1_000));
    while let n @ 1.. = change.prune_revoked(end, 1_000).await.unwrap() {
        pruned += n;
    }
    assert_eq!((pruned, change.newest_revocation().await), (2_502, Ok(0)));
    change.revoke_values(&main(), jti, &twice, at(2_000)).await.unwrap();
    assert!(change.newest_revocation().await.unwrap() > found.last);
    for number in [7, 3] {
        change.note_revoked_published(&main(), number).await.unwrap();
        assert_eq!(change.revoked_published(&main()).await, Ok(7));
    }
}

#[tokio::test]
async fn a_request_is_done_by_one_and_whoever_was_overtaken_changes_nothing() {
    let stores = Stores::open().await;
    let stored = |request: &str| StoredKey {
        fingerprint: vec![0; 32],
        request_id: request.to_owned(),
        claimed_until: at(60),
        changed: false,
        answer: None,
    };
    let record = |request: &str| {
        let record = Record::new(START, &Actor::local("test"), Action::KeyCreated, "k");
        Record { request_id: Some(request.to_owned()), ..record }
    };
    let mut change = stores.one.write().await.unwrap();
    change.save_idempotency_key(b"caller", "key", &stored("first"), at(100)).await.unwrap();
    change.save_idempotency_key(b"caller", "other", &stored("third"), at(500)).await.unwrap();
    change.overtake_request("first", at(100)).await.unwrap();
    change.save_idempotency_key(b"caller", "key", &stored("second"), at(100)).await.unwrap();
    change.commit().await.unwrap();
    let mut change = stores.other.write().await.unwrap();
    assert!(is_refused(&change.record(record("first")).await));
    drop(change);
    let mut change = stores.other.write().await.unwrap();
    change.record(record("second")).await.unwrap();
    change.keep_answer("second", &[]).await.unwrap();
    change.release_idempotency_key("second").await.unwrap();
    change.release_idempotency_key("third").await.unwrap();
    let found = change.idempotency_key(b"caller", "key").await.unwrap();
    assert_eq!(found, Some(StoredKey { changed: true, answer: Some(vec![]), ..stored("second") }));
    assert_eq!(change.idempotency_keys_of(b"caller").await, Ok(1));
    change.forget_idempotency_keys_before(at(100)).await.unwrap();
    assert_eq!(change.idempotency_keys_of(b"caller").await, Ok(0));
    assert!(change.overtaken(["first", "second"]).await.unwrap().is_empty());
}

#[tokio::test]
async fn whoever_is_told_gets_the_oldest_first_and_too_many_are_given_up() {
    let stores = Stores::open().await;
    let mut change = stores.one.write().await.unwrap();
    for number in 0..3 {
        let id = format!("msg_{number}");
        let (event, body) = ("key.created".to_owned(), "{}".to_owned());
        change.notify(&Notification { id: id.clone(), event, at: at(9 - number), body }).await.unwrap();
        change.address(&id, &["mail".to_owned(), "hook".to_owned()], at(10)).await.unwrap();
    }
    assert!(change.unaddressed().await.unwrap().is_empty());
    let due = change.due_deliveries(at(10)).await.unwrap();
    let oldest: Vec<_> = due.iter().map(|it| (it.receiver.as_str(), it.notification.id.as_str())).collect();
    assert_eq!(oldest, [("hook", "msg_2"), ("mail", "msg_2")]);
    change.note_delivered(&due[0], at(11)).await.unwrap();
    change.note_undelivered(&due[1], "no route", Some(at(60)), at(11)).await.unwrap();
    let due = change.due_deliveries(at(12)).await.unwrap();
    let next: Vec<_> = due.iter().map(|it| (it.receiver.as_str(), it.notification.id.as_str())).collect();
    assert_eq!(next, [("hook", "msg_1"), ("mail", "msg_1")]);
    change.give_up_deliveries("mail", "taken out", at(13)).await.unwrap();
    assert_eq!(change.waiting_deliveries().await.unwrap(), [("hook".to_owned(), 2)]);
}

#[tokio::test]
async fn one_alert_is_open_about_the_same_and_a_secret_is_the_newest() {
    let stores = Stores::open().await;
    let mut change = stores.one.write().await.unwrap();
    let raised = |id: &str| StoredAlert {
        id: id.to_owned(),
        issuer: String::new(),
        alert: Alert {
            kind: "store_disturbed".parse().unwrap(),
            subject: String::new(),
            severity: "critical".parse().unwrap(),
            summary: "s".to_owned(),
        },
        raised_at: at(1),
        fired_at: at(1),
        resolved_at: None,
    };
    let hook = Webhook {
        id: "w".to_owned(),
        url: "https://hooks.example".to_owned(),
        events: vec![],
        created_at: at(1),
        failing_since: None,
        disabled_at: None,
        disabled_reason: None,
    };
    change.save_webhook(&hook).await.unwrap();
    let secret = |name: &str, ends_at| WebhookSecret { name: name.to_owned(), created_at: at(1), ends_at };
    // Both of the same second: the one that does not end took over from the other.
    for secret in [secret("z", None), secret("z", Some(at(90))), secret("a", None)] {
        change.save_webhook_secret("w", &secret).await.unwrap();
    }
    let secrets = change.webhook_secrets("w").await.unwrap();
    assert_eq!(secrets, [secret("a", None), secret("z", Some(at(90)))]);
    change.raise_alert(&raised("one")).await.unwrap();
    change.resolve_alert("one", at(2)).await.unwrap();
    change.raise_alert(&raised("two")).await.unwrap();
    assert_eq!(change.open_alerts().await.unwrap(), [raised("two")]);
    assert!(is_refused(&change.raise_alert(&raised("three")).await));
}

#[tokio::test]
async fn large_and_odd_values_are_read_as_they_were_written() {
    let stores = Stores::open().await;
    let odd = [
        "".to_owned(),
        "x".repeat(1 << 20),
        "ä \u{1f511} \u{200d} \u{fffd} \u{feff}".to_owned(),
        "'; DROP TABLE issuers; -- \" \\ $1 ? %s {}".to_owned(),
        "\u{1}\t\r\n\u{7f}".to_owned(),
    ];
    for text in odd {
        let mut change = stores.one.write().await.unwrap();
        change.save_issuer(&issuer(&text)).await.unwrap();
        change.commit().await.unwrap();
        assert_eq!(stores.other.read().await.unwrap().issuer(&main()).await.unwrap().unwrap().iss, text);
    }
    let mut change = stores.one.write().await.unwrap();
    let refused = change.save_issuer(&issuer("a\0b")).await;
    assert_eq!(refused, Err(StoreError::ZeroCharacter));
}

#[tokio::test]
async fn what_is_in_order_is_in_that_of_bytes() {
    let stores = Stores::open().await;
    let ids = ["a-b", "aa", "b", "a"];
    let mut change = stores.one.write().await.unwrap();
    for id in ids {
        change.save_issuer(&Issuer { id: id.parse().unwrap(), ..issuer("i") }).await.unwrap();
    }
    let read: Vec<_> = change.issuer_ids().await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(read, ["a", "a-b", "aa", "b"]);
}

#[tokio::test]
async fn a_number_beyond_the_databases_is_the_largest_that_they_have() {
    const LARGEST: u64 = i64::MAX as u64;
    let stores = with_issuer().await;
    let mut change = stores.one.write().await.unwrap();
    let emergency = |secs: u64| Emergency {
        version: 1,
        revoked_kid: "r".to_owned(),
        new_kid: "n".to_owned(),
        declared_at: Timestamp::from_secs(secs),
        confirmed_at: None,
    };
    change.save_emergency(&main(), &emergency(u64::MAX)).await.unwrap();
    let read = change.latest_emergency(&main()).await.unwrap().unwrap();
    assert_eq!(read, emergency(LARGEST));
    let confirmed = Emergency { confirmed_at: Some(Timestamp::from_secs(0)), ..read };
    change.save_emergency(&main(), &confirmed).await.unwrap();
    assert_eq!(change.latest_emergency(&main()).await.unwrap(), Some(confirmed));
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
        token_id: "nobody".to_owned(),
        last_used_at: at(1),
        expires_at: at(2),
    };
    assert!(is_refused(&change.save_session(&session).await));
}
