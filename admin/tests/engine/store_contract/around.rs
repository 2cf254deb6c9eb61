//! Revoked values, requests sent again, notifications, alerts.

use keystile_admin::audit::{Action, Record};
use keystile_admin::domain::{Actor, Alert, listed_bytes};
use keystile_admin::store::{Notification, StoredAlert, StoredKey, Webhook, WebhookSecret};
use keystile_validator::RevokedClaim;

use super::{at, is_refused, main, with_issuer};
use crate::database::Stores;
use crate::rehearsal::START;

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
