//! How a push behaves when the KV store misbehaves.

use std::collections::VecDeque;
use std::time::Duration;

use axum::http::StatusCode;
use keystile_admin::publish::{CloudflareKv, Found, PublishError, Pushed, Shipment, push};

use crate::fake_kv::{FakeKv, Shelf, settings};

const V5: Shipment<'_> = Shipment { key: "keyset/main", document: b"v5", version: 5 };

async fn start(shelf: Shelf) -> (FakeKv, CloudflareKv) {
    let fake = FakeKv::start(shelf).await;
    let client = CloudflareKv::new(fake.settings()).unwrap();
    (fake, client)
}

fn client(base_url: &str) -> CloudflareKv {
    CloudflareKv::new(settings(base_url)).unwrap()
}

/// For these tests a genuine value is `v` and a number.
fn version(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.strip_prefix('v')?.parse().ok()
}

async fn push_v5(kv: &CloudflareKv) -> Result<Pushed, PublishError> {
    push(kv, V5, version, async || true).await
}

fn scripted(status: StatusCode, body: &'static str) -> Shelf {
    Shelf { script: VecDeque::from([(status, body)]), ..Shelf::default() }
}

#[tokio::test]
async fn a_push_writes_reads_back_and_is_not_repeated() {
    let (fake, kv) = start(Shelf::default()).await;
    assert_eq!(push_v5(&kv).await, Ok(Pushed::Written));
    assert_eq!(push_v5(&kv).await, Ok(Pushed::AlreadyThere));
    assert_eq!(fake.writes(), 1);
}

#[tokio::test]
async fn an_older_or_a_forged_value_is_overwritten() {
    for found in [b"v4".as_slice(), b"garbage", b""] {
        let (_, kv) = start(Shelf { value: Some(found.to_vec()), ..Shelf::default() }).await;
        assert_eq!(push_v5(&kv).await, Ok(Pushed::Written));
    }
}

#[tokio::test]
async fn a_genuine_newer_set_is_never_overwritten() {
    let (fake, kv) = start(Shelf { value: Some(b"v6".to_vec()), ..Shelf::default() }).await;
    assert_eq!(push_v5(&kv).await, Err(PublishError::NewerThanOurs { remote: 6, ours: 5 }));
    assert_eq!(fake.writes(), 0);
}

#[tokio::test]
async fn another_genuine_set_of_the_same_version_is_never_overwritten() {
    let (fake, kv) = start(Shelf { value: Some(b"v05".to_vec()), ..Shelf::default() }).await;
    assert_eq!(push_v5(&kv).await, Err(PublishError::NewerThanOurs { remote: 5, ours: 5 }));
    assert_eq!(fake.writes(), 0);
}

#[tokio::test]
async fn a_store_that_forgets_the_write_is_noticed() {
    let (_, kv) = start(Shelf { forgetful: true, ..Shelf::default() }).await;
    assert_eq!(push_v5(&kv).await, Err(PublishError::ReadBackDiffers { found: Found::Nothing }));
}

#[tokio::test]
async fn who_may_not_write_any_more_does_not() {
    let (fake, kv) = start(Shelf { value: Some(b"v4".to_vec()), ..Shelf::default() }).await;
    assert_eq!(push(&kv, V5, version, async || false).await, Err(PublishError::Overtaken));
    assert_eq!(fake.writes(), 0);
}

#[tokio::test]
async fn each_refusal_of_the_store_has_its_own_name() {
    let missing = r#"{"errors":[{"code":10013,"message":"namespace not found"}]}"#;
    let limited = PublishError::RateLimited { retry_after: Some(Duration::from_secs(7)) };
    for (status, body, expected) in [
        (StatusCode::UNAUTHORIZED, "", PublishError::Unauthorized { status: 401 }),
        (StatusCode::FORBIDDEN, "", PublishError::Unauthorized { status: 403 }),
        (StatusCode::NOT_FOUND, missing, PublishError::NamespaceMissing { namespace: "ns".into() }),
        (StatusCode::TOO_MANY_REQUESTS, "", limited),
        (StatusCode::BAD_GATEWAY, "oops\n", PublishError::Refused { status: 502, detail: "oops ".into() }),
        (StatusCode::FOUND, "", PublishError::Refused { status: 302, detail: String::new() }),
    ] {
        let (fake, kv) = start(scripted(status, body)).await;
        assert_eq!(push_v5(&kv).await, Err(expected));
        assert_eq!(fake.writes(), 0);
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let endless = Shelf { value: Some(vec![b'x'; (26 << 20) + 1]), ..Shelf::default() };
    let (_, kv) = start(endless).await;
    assert!(matches!(push_v5(&kv).await, Err(PublishError::AnswerTooLarge { .. })));
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_its_message_names_the_cause() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = push_v5(&client(&format!("http://{free}"))).await.unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn the_token_never_travels_in_clear_beyond_loopback() {
    for url in ["http://example.com", "http://10.0.0.1", "ftp://127.0.0.2x", "no url"] {
        assert!(matches!(CloudflareKv::new(settings(url)), Err(PublishError::Misconfigured { .. })), "{url}");
    }
    for url in ["https://example.com", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"] {
        assert!(CloudflareKv::new(settings(url)).is_ok(), "{url}");
    }
}
