//! The shape of refusals, and what every answer carries.

use super::*;
use crate::api::problem::Refusal;
use crate::operations::{OperationError, hand_off};

#[tokio::test]
async fn an_unknown_address_is_a_problem() {
    let house = House::new().await;
    for path in
        ["/nothing", "/v1/nothing", "/v1/issuers/main/nothing", "/js", "/../Cargo.toml", "/%2e%2e/README.md"]
    {
        let answer = house.get(path, &[house.bearer("admin")]).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_405() {
    let house = House::new().await;
    for (method, path) in [(Method::PUT, "/v1/status"), (Method::POST, "/healthz"), (Method::POST, "/")] {
        let answer = house.ask(method, path, &[], "").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (405, "method_not_allowed"), "{path}");
        assert!(answer.header("allow").starts_with("GET"), "{path}");
    }
    let answer = house.ask(Method::OPTIONS, "/keys", &[], "").await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET,HEAD"));
}

#[tokio::test]
async fn a_list_of_values_is_no_object() {
    let house = House::new().await;
    let body = r#" ["mine", "viewer", null, null, {}]"#;
    let answer = house.ask(Method::POST, "/v1/api-tokens", &[house.bearer("admin")], body).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_input"));
    assert!(answer.json()["detail"].as_str().unwrap().contains("must be a JSON object"));
}

#[tokio::test]
async fn an_issuer_that_is_not_there_is_404_whatever_its_name() {
    let house = House::new().await;
    for id in ["other", "MAIN", "..", "a%2Fb", "%00"] {
        let answer = house.get(&format!("/v1/issuers/{id}/keys"), &[house.bearer("admin")]).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "issuer_not_found"), "{id}");
    }
}

/// A body, its content type, and the status and code that answer it.
const WRONG_BODIES: [(&str, &str, u16, &str); 9] = [
    ("{", "application/json", 400, "json_malformed"),
    ("not json", "application/json", 400, "json_malformed"),
    ("{}{}", "application/json", 400, "json_malformed"),
    (r#"{"bits":"2048"}"#, "application/json", 400, "invalid_input"),
    (r#"{"bits":1024}"#, "application/json; charset=utf-8", 400, "invalid_input"),
    (r#"{"bitz":2048}"#, "application/json", 400, "invalid_input"),
    ("[]", "application/json", 400, "invalid_input"),
    ("{}", "text/plain", 415, "content_type_unsupported"),
    ("bits=2048", "application/x-www-form-urlencoded", 415, "content_type_unsupported"),
];

#[tokio::test]
async fn a_wrong_body_is_refused_and_changes_nothing() {
    let house = House::new().await;
    let admin = house.bearer("admin");
    let before = house.get("/v1/issuers/main/keys", std::slice::from_ref(&admin)).await.text;
    for (body, content_type, status, code) in WRONG_BODIES {
        let headers = [admin.clone(), ("content-type", content_type.to_owned())];
        let answer = house.ask(Method::POST, "/v1/issuers/main/keys", &headers, body).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{body}");
    }
    assert_eq!(house.get("/v1/issuers/main/keys", &[admin]).await.text, before);
}

#[tokio::test]
async fn a_misspelt_member_is_named_with_what_fits() {
    let house = House::new().await;
    let answer =
        house.ask(Method::POST, "/v1/issuers/main/keys", &[house.bearer("admin")], r#"{"bitz":2048}"#).await;
    let detail = answer.json()["detail"].to_string();
    assert!(detail.contains("`bitz`") && detail.contains("`bits`"), "{detail}");
}

#[tokio::test]
async fn a_huge_body_is_413() {
    let house = House::new().await;
    let huge = format!(r#"{{"reason":"{}"}}"#, "x".repeat(1024 * 1024));
    let answer = house.ask(Method::POST, "/v1/issuers/main/keys", &[house.bearer("admin")], &huge).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn a_wrong_query_is_refused() {
    let house = House::new().await;
    for query in ["limit=x", "limit=-1", "limit=0", "limit=1001", "offset=1"] {
        let answer = house.get(&format!("/v1/audit?{query}"), &[house.bearer("auditor")]).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_input"), "{query}");
    }
}

#[tokio::test]
async fn the_state_that_refuses_says_when_it_will_not() {
    let house = House::new().await;
    let admin = house.bearer("admin");
    let made = house.ask(Method::POST, "/v1/issuers/main/keys", std::slice::from_ref(&admin), "{}").await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let path = format!("/v1/issuers/main/keys/{}/activate", made.json()["kid"].as_str().unwrap());
    let answer = house.ask(Method::POST, &path, &[admin], "").await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (409, "not_yet_confirmed"));
}

#[tokio::test]
async fn every_answer_forbids_what_the_console_does_not_need() {
    let house = House::new().await;
    for path in ["/", "/js/main.js", "/healthz", "/v1/status", "/nothing", "/.well-known/jwks.json"] {
        let answer = house.get(path, &[]).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("require-trusted-types-for"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
    }
}

#[tokio::test]
async fn an_unauthenticated_answer_names_the_scheme() {
    let answer = House::new().await.get("/v1/status", &[]).await;
    assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"keystile\"");
    assert_eq!(answer.code(), "unauthenticated");
}

#[tokio::test]
async fn the_console_is_served_and_revalidated() {
    let house = House::new().await;
    let page = house.get("/", &[]).await;
    assert_eq!((page.status.as_u16(), page.header("content-type")), (200, "text/html; charset=utf-8"));
    let known = [("if-none-match", page.header("etag").to_owned())];
    let again = house.get("/", &known).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
}

#[tokio::test]
async fn the_page_has_nothing_inline_that_its_policy_would_block() {
    let page = House::new().await.get("/", &[]).await.text;
    assert!(page.contains("<script type=\"module\" src="));
    for inline in ["style=", "<style", "onclick", "onload", "javascript:", "<script>"] {
        assert!(!page.contains(inline), "{inline}");
    }
}

#[tokio::test]
async fn verifiers_of_any_origin_may_cache_the_public_keys() {
    let house = House::new().await;
    let answer = house.get("/.well-known/jwks.json", &[]).await;
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert!(answer.header("cache-control").starts_with("public, max-age="));
    assert_eq!(answer.json()["keys"].as_array().unwrap().len(), 1);
    let set = house.get("/v1/issuers/main/key-set", &[]).await;
    assert_eq!(set.header("content-type"), "application/jwk-set+jwt");
    let known = [("if-none-match", set.header("etag").to_owned())];
    assert_eq!(house.get("/v1/issuers/main/key-set", &known).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn metrics_carry_versions_keys_and_refusals() {
    let house = House::new().await;
    let report = r#"{"region":"fra","instance":"a","version":1,"counters":{"refused":{"token_expired":3}}}"#;
    house.ask(Method::POST, "/v1/issuers/main/reports", &[house.bearer("edge")], report).await;
    let text = house.get("/metrics", &[house.bearer("viewer")]).await.text;
    let samples = [
        "keystile_key_set_version{issuer=\"main\"} 1\n",
        "keystile_confirmed_version{issuer=\"main\",region=\"fra\"} 1\n",
        "auth_jwt_validation_errors{issuer=\"main\",region=\"fra\",code=\"token_expired\"} 3\n",
        "state=\"active\"} 0\n",
    ];
    for sample in samples {
        assert!(text.contains(sample), "{sample} in\n{text}");
    }
}

#[tokio::test]
async fn metrics_say_of_each_target_when_it_was_proved_and_how_often_it_failed() {
    let house = House::new().await;
    // The folder of the second one is not there.
    let targets = r#"{"targets":[
        {"name":"disk","place":{"kind":"file","file":"backend.env","format":"env"}},
        {"name":"gone","place":{"kind":"file","file":"nowhere/backend.env","format":"env"}}]}"#;
    let set = house.ask(Method::PUT, "/v1/issuers/main/hand-off", &[house.bearer("admin")], targets).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    hand_off::round(&house.keystile).await.unwrap();
    let text = house.get("/metrics", &[house.bearer("viewer")]).await.text;
    for sample in [
        "keystile_hand_off_proved_timestamp_seconds{issuer=\"main\",target=\"disk\"} 1800000000\n",
        "keystile_hand_off_failures{issuer=\"main\",target=\"disk\"} 0\n",
        "keystile_hand_off_failures{issuer=\"main\",target=\"gone\"} 1\n",
        "keystile_hand_off_waiting_seconds{issuer=\"main\",target=\"gone\"} 0\n",
    ] {
        assert!(text.contains(sample), "{sample} in\n{text}");
    }
    assert!(!text.contains("keystile_hand_off_proved_timestamp_seconds{issuer=\"main\",target=\"gone\"}"));
}

#[test]
fn a_fault_of_the_server_says_nothing_of_its_cause() {
    let fault = OperationError::StoreFailed { detail: "no such table: private_keys".to_owned() };
    assert!(!format!("{:?}", Refusal::from(fault)).contains("private_keys"));
}
