//! Traces, as a collector receives them over OTLP from a real server.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use keystile_admin::domain::{Clock, Policy, Role, SystemClock};
use keystile_admin::operations::api_tokens;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use prost::Message;
use tokio::net::TcpListener;

use crate::fake_kv::{FakeKv, Shelf};
use crate::rehearsal::{Rehearsal, until};

/// A trace that a client began, and the span in it that calls us.
const CLIENT: (&str, &str) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");

/// Takes spans as the OTLP specification says, over HTTP and in protobuf.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

impl Collector {
    async fn start(&self) -> String {
        let take = async |State(taken): State<Self>, headers: HeaderMap, body: Bytes| {
            taken.0.lock().unwrap().push((headers, body));
            StatusCode::OK
        };
        let router = Router::new().route("/v1/traces", post(take)).with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        url
    }

    fn requests(&self) -> Vec<(HeaderMap, ExportTraceServiceRequest)> {
        let taken = self.0.lock().unwrap();
        let read = |body: &Bytes| ExportTraceServiceRequest::decode(&body[..]).unwrap();
        taken.iter().map(|(headers, body)| (headers.clone(), read(body))).collect()
    }

    fn spans(&self) -> Vec<Span> {
        let resources = self.requests().into_iter().flat_map(|(_, request)| request.resource_spans);
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    fn has(&self, text: &str) -> bool {
        let taken = self.0.lock().unwrap();
        taken.iter().any(|(_, body)| body.windows(text.len()).any(|part| part == text.as_bytes()))
    }
}

/// A real server with a store. Dropping it kills it.
struct Traced {
    rehearsal: Rehearsal,
    store: FakeKv,
    token: String,
    url: String,
    child: Child,
}

impl Traced {
    async fn start(environment: &[(&str, &str)]) -> Self {
        let store = FakeKv::start(Shelf::default()).await;
        let kv = store.settings();
        let rehearsal =
            Rehearsal::begin_at(SystemClock.now(), Some(store.settings()), Policy::default(), None).await;
        rehearsal.settle().await;
        let made = api_tokens::create(&rehearsal.keystile, &rehearsal.admin, "a", Role::Admin, None).await;
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_keystile"))
            .args(["serve", "--listen", &free.to_string(), "--data"])
            .arg(rehearsal.folder.path())
            .env("KEYSTILE__KV__BASE_URL", kv.base_url)
            .env("KEYSTILE__KV__NAMESPACE_ID", kv.namespace_id)
            .env("KEYSTILE__KV__API_TOKEN", kv.api_token.reveal())
            .env("OTEL_BSP_SCHEDULE_DELAY", "50")
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(File::create(rehearsal.folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let token = made.unwrap().secret.reveal().to_owned();
        let server = Self { rehearsal, store, token, url: format!("http://{free}"), child };
        until(async || server.get("/readyz").await == Some(200), "the server").await;
        server
    }

    async fn get(&self, path: &str) -> Option<u16> {
        reqwest::get(format!("{}{path}", self.url)).await.ok().map(|answer| answer.status().as_u16())
    }

    /// Starts a rotation as the client, and waits until its key set was pushed.
    async fn rotate(&self) {
        let (trace, span) = CLIENT;
        let pushed = self.store.writes();
        let answer = reqwest::Client::new()
            .post(format!("{}/v1/issuers/main/rotation?password=hunter2", self.url))
            .bearer_auth(&self.token)
            .header("traceparent", format!("00-{trace}-{span}-01"))
            .json(&serde_json::json!({ "reason": "a word in confidence" }))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 202, "{}", answer.text().await.unwrap());
        until(async || self.store.writes() > pushed, "the push").await;
        until(async || !self.rehearsal.status().await.push.pending, "the push to be noted").await;
    }

    /// Asks the server to stop, and waits until it has.
    async fn stop(&mut self) -> ExitStatus {
        let sent = Command::new("kill").args(["-s", "TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let child = Mutex::new(&mut self.child);
        until(async || child.lock().unwrap().try_wait().unwrap().is_some(), "the server to stop").await;
        self.child.wait().unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.rehearsal.folder.path().join("log")).unwrap()
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_over_http_is_one_trace_from_the_client_to_the_store() {
    let collector = Collector::default();
    let url = collector.start().await;
    let mut server = Traced::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=opensesame"),
        ("OTEL_SERVICE_NAME", "keys"),
    ])
    .await;
    server.rotate().await;
    // What was not sent yet is sent at the end.
    assert!(server.stop().await.success());

    let (trace, client) = CLIENT;
    let spans = collector.spans();
    let spans: Vec<_> = spans.iter().filter(|span| hex(&span.trace_id) == trace).collect();
    let child_of = |parent: &str, name: &str| {
        let found = spans.iter().find(|span| hex(&span.parent_span_id) == parent && span.name == name);
        *found.unwrap_or_else(|| panic!("no `{name}` below {parent}: {spans:#?}"))
    };
    let request = child_of(client, "POST /v1/issuers/{id}/rotation");
    let operation = child_of(&hex(&request.span_id), "rotation.start");
    let push = child_of(&hex(&operation.span_id), "key_set.push");
    let write = child_of(&hex(&push.span_id), "PUT");
    assert_eq!((request.kind(), write.kind()), (SpanKind::Server, SpanKind::Client));
    for (name, value) in [
        ("http.request.method", "POST"),
        ("http.route", "/v1/issuers/{id}/rotation"),
        ("http.response.status_code", "202"),
        ("url.path", "/v1/issuers/main/rotation"),
        ("url.scheme", "http"),
    ] {
        assert_eq!(attributes(request).get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(attributes(write)["server.address"], "127.0.0.1");
    assert_eq!(attributes(push)["keystile.issuer"], "main");

    let (headers, sent) = collector.requests().remove(0);
    assert_eq!([&headers["content-type"], &headers["x-key"]], ["application/x-protobuf", "opensesame"]);
    let resource = sent.resource_spans[0].resource.clone().unwrap();
    assert!(format!("{resource:?}").contains("\"keys\""), "{resource:?}");
    for secret in [&server.token, "hunter2", "confidence", server.store.settings().api_token.reveal()] {
        assert!(!collector.has(secret), "a span holds `{secret}`");
    }
    let log = server.log();
    assert!(log.lines().any(|line| line.contains("answered") && line.contains(trace)), "{log}");
    assert!(!log.contains("keystile::spans") && !log.contains("otel."), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_unless_a_collector_is_named_and_nobody_forbids_it() {
    let collector = Collector::default();
    let url = collector.start().await;
    for environment in [
        [("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()), ("OTEL_SDK_DISABLED", "true")],
        [("OTEL_EXPORTER_OTLP_ENDPOINT", ""), ("OTEL_SDK_DISABLED", "false")],
    ] {
        let mut server = Traced::start(&environment).await;
        server.rotate().await;
        assert!(server.stop().await.success());
        assert!(!server.log().contains("trace_id"), "{}", server.log());
    }
    assert!(collector.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_silent_or_not_there_holds_nobody_up() {
    // It takes connections, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for address in [silent.local_addr().unwrap(), gone] {
        let url = format!("http://{address}");
        let mut server = Traced::start(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &url),
            // Far fewer than are made: the rest is dropped, and nobody waits for room.
            ("OTEL_BSP_MAX_QUEUE_SIZE", "16"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8"),
        ])
        .await;
        for _ in 0..100 {
            assert_eq!(server.get("/healthz").await, Some(200));
        }
        server.rotate().await;
        assert!(server.stop().await.success());
    }
}

fn attributes(span: &Span) -> BTreeMap<String, String> {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    let text = |value: Value| match value {
        Value::StringValue(text) => text,
        Value::IntValue(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let attributes = span.attributes.iter().cloned();
    let value =
        |pair: opentelemetry_proto::tonic::common::v1::KeyValue| Some((pair.key, text(pair.value?.value?)));
    attributes.filter_map(value).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
