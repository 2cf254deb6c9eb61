//! How a push behaves when the KV store misbehaves. The store here is a stand-in, because the real one cannot be made
//! to fail on demand; the end-to-end tests use the real API.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use keystile_admin::domain::SecretText;
use keystile_admin::publish::{CloudflareKv, PublishError, Pushed, push};
use keystile_admin::settings::KvSettings;

const KEY: &str = "keyset/main";
const PATH: &str = "/storage/kv/namespaces/ns/values/keyset%2Fmain";

/// A stand-in for the KV API: it keeps one value, and answers first what it was scripted to.
#[derive(Clone, Default)]
struct FakeKv(Arc<Mutex<Shelf>>);

#[derive(Default)]
struct Shelf {
    value: Option<Vec<u8>>,
    script: VecDeque<(StatusCode, &'static str)>,
    writes: usize,
    forgetful: bool,
}

impl FakeKv {
    async fn start(shelf: Shelf) -> (Self, CloudflareKv) {
        let fake = Self(Arc::new(Mutex::new(shelf)));
        let router = Router::new().fallback(answer).with_state(fake.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (fake, client(&base_url))
    }

    fn writes(&self) -> usize {
        self.0.lock().unwrap().writes
    }
}

fn client(base_url: &str) -> CloudflareKv {
    CloudflareKv::new(settings(base_url)).unwrap()
}

fn settings(base_url: &str) -> KvSettings {
    KvSettings {
        base_url: base_url.to_owned(),
        namespace_id: "ns".to_owned(),
        api_token: SecretText::new("kv-token".to_owned()),
    }
}

async fn answer(State(fake): State<FakeKv>, request: Request) -> Response {
    let method = request.method().clone();
    let authorised = request.headers().get(header::AUTHORIZATION).is_some_and(|v| v == "Bearer kv-token");
    let path = request.uri().path().to_owned();
    let body: Bytes = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap();
    let mut shelf = fake.0.lock().unwrap();
    if !authorised || path != PATH {
        return StatusCode::IM_A_TEAPOT.into_response();
    }
    if let Some((status, body)) = shelf.script.pop_front() {
        return (status, [(header::RETRY_AFTER, "7")], body).into_response();
    }
    if method == Method::PUT {
        shelf.writes += 1;
        if !shelf.forgetful {
            shelf.value = Some(body.to_vec());
        }
        return r#"{"success":true}"#.into_response();
    }
    match shelf.value.clone() {
        Some(value) => value.into_response(),
        None => (StatusCode::NOT_FOUND, r#"{"errors":[{"code":10009}]}"#).into_response(),
    }
}

/// For these tests a genuine value is `v` and a number.
fn version(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.strip_prefix('v')?.parse().ok()
}

async fn push_v5(kv: &CloudflareKv) -> Result<Pushed, PublishError> {
    push(kv, KEY, b"v5", 5, version).await
}

fn scripted(status: StatusCode, body: &'static str) -> Shelf {
    Shelf { script: VecDeque::from([(status, body)]), ..Shelf::default() }
}

#[tokio::test]
async fn a_push_writes_reads_back_and_is_not_repeated() {
    let (fake, kv) = FakeKv::start(Shelf::default()).await;
    assert_eq!(push_v5(&kv).await, Ok(Pushed::Written));
    assert_eq!(push_v5(&kv).await, Ok(Pushed::AlreadyThere));
    assert_eq!(fake.writes(), 1);
}

#[tokio::test]
async fn an_older_or_a_forged_value_is_overwritten() {
    for found in [b"v4".as_slice(), b"garbage", b""] {
        let (_, kv) = FakeKv::start(Shelf { value: Some(found.to_vec()), ..Shelf::default() }).await;
        assert_eq!(push_v5(&kv).await, Ok(Pushed::Written));
    }
}

#[tokio::test]
async fn a_genuine_newer_set_is_never_overwritten() {
    let (fake, kv) = FakeKv::start(Shelf { value: Some(b"v6".to_vec()), ..Shelf::default() }).await;
    assert_eq!(push_v5(&kv).await, Err(PublishError::NewerThanOurs { remote: 6, ours: 5 }));
    assert_eq!(fake.writes(), 0);
}

#[tokio::test]
async fn a_store_that_forgets_the_write_is_noticed() {
    let (_, kv) = FakeKv::start(Shelf { forgetful: true, ..Shelf::default() }).await;
    assert_eq!(push_v5(&kv).await, Err(PublishError::ReadBackDiffers));
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
        let (fake, kv) = FakeKv::start(scripted(status, body)).await;
        assert_eq!(push_v5(&kv).await, Err(expected));
        assert_eq!(fake.writes(), 0);
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut_off() {
    let endless = Shelf { value: Some(vec![b'x'; (1 << 20) + 1]), ..Shelf::default() };
    let (_, kv) = FakeKv::start(endless).await;
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
