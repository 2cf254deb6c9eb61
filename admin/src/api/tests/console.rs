//! What the console is served, and what was added for it.

use serde_json::json;

use super::*;

#[tokio::test]
async fn every_page_is_the_same_document_and_one_may_compile_webassembly() {
    let house = House::new().await;
    let front = house.get("/", &[]).await;
    for page in [
        "/keys",
        "/keys/abc",
        "/edge",
        "/take-back",
        "/inspector",
        "/audit",
        "/people",
        "/settings",
        "/emergency",
    ] {
        let answer = house.get(page, &[]).await;
        assert_eq!((answer.status, &answer.text), (StatusCode::OK, &front.text), "{page}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("require-trusted-types-for 'script'") && !policy.contains("unsafe-inline"));
        assert_eq!(policy.contains("'wasm-unsafe-eval'"), page == "/inspector", "{page}");
    }
    for none in ["/keys/", "/keys/a/b", "/inspector/x", "/Keys"] {
        assert_eq!(house.get(none, &[]).await.status, StatusCode::NOT_FOUND, "{none}");
    }
}

#[tokio::test]
async fn a_dry_run_of_a_change_of_settings_changes_nothing() {
    let house = House::new().await;
    let admin = [house.bearer("admin")];
    let from_any_state = [house.bearer("admin"), ("if-match", "*".to_owned())];
    let change = |body: &'static str| house.ask(Method::PATCH, "/v1/issuers/main", &from_any_state, body);
    let before = house.get("/v1/issuers/main", &admin).await.text;
    let would = change(r#"{"rotation_interval_days":30,"leeway_secs":60,"dry_run":true}"#).await.json();
    assert_eq!(would["after"]["policy"]["propagation_bound_secs"], 160);
    assert_ne!(would["next_rotation_before"], would["next_rotation_after"]);
    assert_eq!(house.get("/v1/issuers/main", &admin).await.text, before);
    let refused = [
        r#"{"key_bits":1024}"#,
        r#"{"rotation_window":"sometimes"}"#,
        r#"{"access_token_expiry_secs":0}"#,
        r#"{"reason":""}"#,
        r#"{"kv_bound_secs":1}"#,
    ];
    for body in refused {
        assert_eq!(change(body).await.code(), "invalid_input", "{body}");
    }
    assert_eq!(house.get("/v1/issuers/main", &admin).await.text, before);
    assert_eq!(change(r#"{"rotation_interval_days":30,"reason":"policy"}"#).await.status, StatusCode::OK);
    let entry = &house.get("/v1/audit?limit=1", &admin).await.json()["entries"][0];
    assert_eq!((&entry["action"], &entry["reason"]), (&json!("issuer.changed"), &json!("policy")));
    assert_eq!(entry["after"]["policy"]["rotation_interval_days"], 30);
}

#[tokio::test]
async fn a_dry_run_of_a_step_answers_its_plan_and_changes_nothing() {
    let house = House::new().await;
    let operator = [house.bearer("operator")];
    let (house, operator) = (&house, &operator);
    let post = |path: String, body: &'static str| async move {
        house.ask(Method::POST, &path, operator, body).await
    };
    let rotation = post("/v1/issuers/main/rotation".to_owned(), r#"{"dry_run":true}"#).await;
    assert_eq!((rotation.status, &rotation.json()["version"]), (StatusCode::OK, &json!(2)));
    let made = post("/v1/issuers/main/keys".to_owned(), "{}").await.json();
    let step = |step: &str| format!("/v1/issuers/main/keys/{}/{step}", made["kid"].as_str().unwrap());
    let before = house.get("/v1/issuers/main/keys", operator).await.text;
    let plan = post(step("revoke"), r#"{"reason":"r","dry_run":true}"#).await.json();
    assert_eq!((&plan["key"]["state"], &plan["version"]), (&json!("revoked"), &json!(3)));
    let plan = post(step("activate"), r#"{"override_reason":"r","dry_run":true}"#).await.json();
    assert_eq!(plan["active_kid"], made["kid"]);
    assert_eq!(post(step("retire"), r#"{"dry_run":true}"#).await.status, StatusCode::CONFLICT);
    assert_eq!(house.get("/v1/issuers/main/keys", operator).await.text, before);
}

#[tokio::test]
async fn the_minutes_count_what_came_on_top() {
    let house = House::new().await;
    let admin = [house.bearer("admin")];
    let kid = house.get("/v1/status", &admin).await.json()["issuers"][0]["active_kid"].clone();
    for (accepted, refused) in [(3, 1), (5, 1)] {
        let report = json!({
            "region": "fra", "instance": "a", "version": 1,
            "counters": { "accepted": accepted, "refused": { "token_expired": refused }, "by_kid": { kid.as_str().unwrap(): accepted },
                "refused_by_kid": { kid.as_str().unwrap(): { "token_expired": refused }, "of another": { "token_expired": refused } } },
        });
        let sent = house
            .ask(Method::POST, "/v1/issuers/main/reports", &[house.bearer("edge")], &report.to_string())
            .await;
        assert_eq!(sent.status, StatusCode::NO_CONTENT, "{}", sent.text);
    }
    let seen = house.get("/v1/issuers/main/edge/minutes", &admin).await.json();
    assert_eq!(seen["accepted"].as_array().unwrap().len(), 60);
    assert_eq!(seen["accepted"][59], 5);
    assert_eq!(seen["refused"]["token_expired"][59], 1);
    assert_eq!(seen["by_kid"][kid.as_str().unwrap()][59], 5);
    assert_eq!(seen["refused_by_kid"][kid.as_str().unwrap()]["token_expired"][59], 1);
    assert_eq!(seen["refused_by_kid"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn the_log_is_exported_with_the_entry_of_its_export() {
    let house = House::new().await;
    let answer = house.ask(Method::POST, "/v1/audit/export", &[house.bearer("auditor")], "").await;
    assert_eq!(answer.header("content-type"), "application/jsonl");
    let lines: Vec<Value> = answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let entries = lines.iter().filter_map(|line| line["entry"]["text"].as_str());
    let last: Value = serde_json::from_str(entries.clone().next_back().unwrap()).unwrap();
    assert_eq!(last["action"], "audit.exported");
    assert_eq!(lines[0]["export"]["entries"], entries.count());
    assert!(lines.last().unwrap()["checkpoint"].is_string());
}
