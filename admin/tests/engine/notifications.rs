//! Who is told, what, how often, and when no more.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use keystile_admin::operations::alerts;
use keystile_admin::operations::notifications::go_round;
use keystile_admin::operations::webhooks::{self, WebhookView};
use keystile_admin::operations::{Keystile, OperationError, audit_log};
use keystile_admin::store::{Notification, Store};
use serde_json::Value;

use crate::rehearsal::{Rehearsal, START, report};

/// Somebody who is told. Answers first what it was scripted to.
#[derive(Clone, Default)]
struct Receiver {
    told: Arc<Mutex<Vec<Told>>>,
    script: Arc<Mutex<VecDeque<StatusCode>>>,
    port: u16,
}

#[derive(Clone, Debug)]
struct Told {
    id: String,
    signatures: usize,
    event: Value,
}

impl Receiver {
    async fn start(script: &[StatusCode]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let receiver =
            Self { port, script: Arc::new(Mutex::new(script.iter().copied().collect())), ..Self::default() };
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        receiver
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook/secret-path", self.port)
    }

    fn told(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    fn events(&self) -> Vec<String> {
        self.told().iter().map(|told| told.event["type"].as_str().unwrap().to_owned()).collect()
    }
}

async fn take(State(receiver): State<Receiver>, request: Request) -> StatusCode {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let header = |name: &str| head.headers.get(name).map_or("", |value| value.to_str().unwrap());
    let told = Told {
        id: header("webhook-id").to_owned(),
        signatures: header("webhook-signature").split(' ').count(),
        event: serde_json::from_slice(&body).unwrap(),
    };
    receiver.told.lock().unwrap().push(told);
    receiver.script.lock().unwrap().pop_front().unwrap_or(StatusCode::NO_CONTENT)
}

impl Rehearsal {
    async fn add(&self, url: &str, events: &[&str]) -> WebhookView {
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        webhooks::add(&self.keystile, &self.admin, url, events).await.unwrap().view
    }

    async fn webhook(&self, id: &str) -> WebhookView {
        let all = webhooks::list(&self.keystile, &self.admin).await.unwrap();
        all.into_iter().find(|webhook| webhook.id == id).unwrap()
    }

    /// Declares an emergency, which everybody is told of.
    async fn something_happens(&self) {
        let kid = self.status().await.active_kid;
        self.emergency(&kid[..8]).await.unwrap();
    }
}

/// Tells whatever is due.
async fn tell(keystile: &Keystile) {
    while go_round(keystile).await.unwrap() > 0 {}
}

#[tokio::test]
async fn what_happens_is_told_to_those_who_want_it_with_every_secret_that_is_valid() {
    let (rehearsal, all, some) =
        (Rehearsal::begin().await, Receiver::start(&[]).await, Receiver::start(&[]).await);
    let webhook = rehearsal.add(&all.url(), &[]).await;
    rehearsal.add(&some.url(), &["emergency.confirmed"]).await;
    webhooks::rotate_secret(&rehearsal.keystile, &rehearsal.admin, &webhook.id).await.unwrap();
    rehearsal.something_happens().await;
    tell(&rehearsal.keystile).await;
    let events = all.events();
    assert!(events.contains(&"emergency.declared".to_owned()), "{events:?}");
    let told = all.told().into_iter().find(|told| told.event["type"] == "emergency.declared").unwrap();
    assert_eq!((told.signatures, told.event["data"]["issuer"].as_str()), (2, Some("main")));
    assert!(some.events().is_empty());
    // A day later the first secret signs no more.
    rehearsal.clock.advance(86_400);
    rehearsal.something_happens().await;
    tell(&rehearsal.keystile).await;
    assert_eq!(all.told().last().unwrap().signatures, 1);
    assert_eq!(rehearsal.webhook(&webhook.id).await.secrets, 1);
}

#[tokio::test]
async fn an_alert_is_told_when_it_is_raised_and_when_it_is_over() {
    let (rehearsal, receiver) = (Rehearsal::begin().await, Receiver::start(&[]).await);
    rehearsal.settle().await;
    rehearsal.add(&receiver.url(), &["alert.raised", "alert.resolved"]).await;
    rehearsal.try_report(report("fra", 0)).await.unwrap();
    alerts::look(&rehearsal.keystile).await.unwrap();
    rehearsal.report("fra", 1).await;
    rehearsal.clock.advance(130);
    alerts::look(&rehearsal.keystile).await.unwrap();
    tell(&rehearsal.keystile).await;
    assert_eq!(receiver.events(), ["alert.raised", "alert.resolved"]);
    let [raised, resolved] = receiver.told().try_into().unwrap();
    assert_eq!(raised.event["data"]["kind"], "overlap_breach");
    assert_eq!(raised.event["data"]["id"], resolved.event["data"]["id"]);
    assert!(raised.event["data"]["help"].as_str().unwrap().contains("rollback"));
}

#[tokio::test]
async fn what_did_not_arrive_is_told_again_under_the_same_id_also_after_a_restart() {
    let (rehearsal, receiver) =
        (Rehearsal::begin().await, Receiver::start(&[StatusCode::SERVICE_UNAVAILABLE]).await);
    rehearsal.add(&receiver.url(), &["emergency.declared"]).await;
    rehearsal.something_happens().await;
    tell(&rehearsal.keystile).await;
    tell(&rehearsal.keystile).await;
    assert_eq!(receiver.told().len(), 1, "not before its time");
    rehearsal.keystile.close().await;
    let after = rehearsal.second_process().await;
    rehearsal.clock.advance(6);
    tell(&after).await;
    let [first, second] = receiver.told().try_into().unwrap();
    assert_eq!((first.id, first.event), (second.id, second.event));
    tell(&after).await;
    assert_eq!(receiver.told().len(), 2, "it arrived");
}

#[tokio::test]
async fn two_processes_tell_nothing_twice() {
    let (rehearsal, receiver) = (Rehearsal::begin().await, Receiver::start(&[]).await);
    rehearsal.add(&receiver.url(), &["emergency.declared"]).await;
    rehearsal.something_happens().await;
    let second = rehearsal.second_process().await;
    tokio::join!(tell(&rehearsal.keystile), tell(&second));
    assert_eq!(receiver.told().len(), 1);
}

#[tokio::test]
async fn a_dead_receiver_is_given_up_after_ten_attempts_and_holds_nobody_up() {
    let (rehearsal, well) = (Rehearsal::begin().await, Receiver::start(&[]).await);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    drop(listener);
    let dead = rehearsal.add(&nobody, &["emergency.declared"]).await;
    rehearsal.add(&well.url(), &["emergency.declared"]).await;
    rehearsal.something_happens().await;
    tell(&rehearsal.keystile).await;
    assert_eq!(well.told().len(), 1);
    let mut hours = 0;
    while rehearsal.webhook(&dead.id).await.waiting > 0 {
        rehearsal.clock.advance(3_600);
        tell(&rehearsal.keystile).await;
        hours += 1;
    }
    // The waits are 75 hours and up to a tenth more, and each of nine is rounded up to the hour here.
    assert!((75..=75 + 8 + 9).contains(&hours), "given up after {hours} hours");
    assert_eq!(rehearsal.webhook(&dead.id).await.disabled_at, None, "three days are not five");
    rehearsal.clock.advance(2 * 86_400);
    rehearsal.something_happens().await;
    tell(&rehearsal.keystile).await;
    let dead = rehearsal.webhook(&dead.id).await;
    assert!(dead.disabled_at.is_some() && dead.waiting == 0, "{dead:?}");
    let newest = audit_log::list(&rehearsal.keystile, &rehearsal.admin, 1, None).await.unwrap().remove(0);
    assert_eq!((newest.action.as_str(), newest.subject), ("webhook.disabled", dead.id));
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_asked_no_more_until_a_test_arrives() {
    let (rehearsal, receiver) = (Rehearsal::begin().await, Receiver::start(&[StatusCode::GONE]).await);
    let webhook = rehearsal.add(&receiver.url(), &["emergency.declared"]).await;
    rehearsal.something_happens().await;
    tell(&rehearsal.keystile).await;
    assert!(rehearsal.webhook(&webhook.id).await.disabled_at.is_some());
    rehearsal.something_happens().await;
    tell(&rehearsal.keystile).await;
    assert_eq!(receiver.told().len(), 1);
    let test = webhooks::test(&rehearsal.keystile, &rehearsal.admin, &webhook.id).await.unwrap();
    assert!(test.delivered);
    assert_eq!(receiver.events().last().unwrap(), "webhook.test");
    rehearsal.something_happens().await;
    tell(&rehearsal.keystile).await;
    assert_eq!(receiver.events().last().unwrap(), "emergency.declared");
}

#[tokio::test]
async fn a_target_that_is_not_public_is_refused_and_nothing_is_added() {
    let rehearsal = Rehearsal::begin().await;
    let before = rehearsal.entries().await;
    for url in [
        "http://localhost:8420/",
        "https://[::1]/",
        "https://169.254.169.254/",
        "https://10.0.0.1/",
        "http://example.com/",
        "x",
    ] {
        let refused =
            webhooks::add(&rehearsal.keystile, &rehearsal.admin, url, Vec::new()).await.err().unwrap();
        assert!(matches!(refused, OperationError::InvalidInput { field: "url", .. }), "{url}: {refused}");
    }
    let unknown = webhooks::add(
        &rehearsal.keystile,
        &rehearsal.admin,
        "https://example.com/",
        vec!["key.lost".to_owned()],
    );
    assert!(matches!(unknown.await.err().unwrap(), OperationError::InvalidInput { field: "events", .. }));
    assert!(webhooks::list(&rehearsal.keystile, &rehearsal.admin).await.unwrap().is_empty());
    assert_eq!(rehearsal.entries().await, before);
}

#[tokio::test]
async fn the_secret_of_a_webhook_is_shown_once_and_lies_nowhere_in_clear() {
    let (rehearsal, receiver) = (Rehearsal::begin().await, Receiver::start(&[]).await);
    let new =
        webhooks::add(&rehearsal.keystile, &rehearsal.admin, &receiver.url(), Vec::new()).await.unwrap();
    let secret = new.secret.reveal().strip_prefix("whsec_").unwrap().to_owned();
    assert_eq!(secret.len(), 44, "32 bytes of base64");
    let shown =
        serde_json::to_string(&webhooks::list(&rehearsal.keystile, &rehearsal.admin).await.unwrap()).unwrap();
    let entries = audit_log::list(&rehearsal.keystile, &rehearsal.admin, 50, None).await.unwrap();
    let logged = serde_json::to_string(&entries).unwrap();
    assert!(!shown.contains(&secret) && !logged.contains(&secret));
    assert!(!logged.contains("secret-path"), "the path of a webhook often is its credential");
    for file in std::fs::read_dir(rehearsal.folder.path()).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
    webhooks::remove(&rehearsal.keystile, &rehearsal.admin, &new.view.id).await.unwrap();
    let gone = webhooks::test(&rehearsal.keystile, &rehearsal.admin, &new.view.id).await.unwrap_err();
    assert!(matches!(gone, OperationError::WebhookNotFound { .. }));
}

#[tokio::test]
async fn no_more_than_a_thousand_wait_for_one_receiver_and_the_oldest_go_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("keystile.db"), true).await.unwrap();
    let mut change = store.write().await.unwrap();
    for number in 0..1_003 {
        let id = format!("msg_{number}");
        let event = "emergency.declared".to_owned();
        let notification =
            Notification { id: id.clone(), event, at: START.plus(number), body: "{}".to_owned() };
        change.notify(&notification).await.unwrap();
        change.address(&id, &["wh_1".to_owned()], START).await.unwrap();
    }
    assert_eq!(change.waiting_deliveries().await.unwrap(), [("wh_1".to_owned(), 1_000)]);
    assert_eq!(change.due_deliveries(START).await.unwrap()[0].notification.id, "msg_3");
}
