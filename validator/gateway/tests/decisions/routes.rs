//! Which route decides.

use serde_json::json;

use super::Keys;
use super::{Ask, policy, policy_with};
use keystile_gateway::Mismatch;

fn outcome(policy: &keystile_gateway::GatewayPolicy, request: &str) -> String {
    Ask::of(request, &[]).outcome(policy)
}

#[test]
fn the_first_route_that_matches_decides_and_what_none_matches_is_refused() {
    let policy = policy(json!([
        { "id": "health", "hosts": ["api.example"], "path": "/health", "methods": ["GET"], "require": "none" },
        { "id": "static", "hosts": ["*.example"], "path": "/static/**", "require": "none" },
        { "id": "api", "path": "/v1/**", "require": { "provider": "main" } },
    ]));
    assert_eq!(outcome(&policy, "GET https://api.example/health"), "pass health");
    assert_eq!(outcome(&policy, "HEAD https://api.example/health/"), "pass health");
    assert_eq!(outcome(&policy, "POST https://api.example/health"), "no_route");
    assert_eq!(outcome(&policy, "get https://api.example/health"), "no_route");
    assert_eq!(outcome(&policy, "GET https://example/health"), "no_route");
    assert_eq!(outcome(&policy, "GET https://a.example/static/x.css"), "pass static");
    assert_eq!(outcome(&policy, "GET https://user@a.example/static/x"), "no_route");
    assert_eq!(outcome(&policy, "GET https://api.example/v1/orders"), "token_absent");
    assert_eq!(outcome(&policy, "GET https://api.example/"), "no_route");
}

#[test]
fn an_ambiguous_path_is_refused_by_the_first_route_that_looks_at_it() {
    let policy = policy(json!([
        { "id": "open-host", "hosts": ["open.example"], "require": "none" },
        { "id": "admin", "path": "/admin/**", "require": { "provider": "main" } },
        { "id": "rest", "require": "none" },
    ]));
    assert_eq!(outcome(&policy, "GET https://open.example/a//b/%2e%2e"), "pass open-host");
    for path in ["/x/..;/admin", "/%2561dmin", "//admin", "/admin%2Fusers", "/a/../admin", "/admin;x"] {
        assert_eq!(outcome(&policy, &format!("GET https://api.example{path}")), "path_ambiguous", "{path}");
    }
    for path in ["/admin", "/admin/", "/%61dmin/users"] {
        assert_eq!(outcome(&policy, &format!("GET https://api.example{path}")), "token_absent", "{path}");
    }
    assert_eq!(outcome(&policy, "GET https://api.example/Admin"), "pass rest", "paths have a case");
}

#[test]
fn a_policy_for_an_origin_without_case_has_none_either() {
    let routes = json!([
        { "id": "admin", "path": "/admin/**", "require": { "provider": "main" } },
        { "id": "rest", "path": "/**", "require": "none" },
    ]);
    let policy = policy_with(json!({ "path_case": "insensitive" }), routes);
    assert_eq!(outcome(&policy, "GET https://api.example/ADM%49N/x"), "token_absent");
}

#[test]
fn a_cors_preflight_passes_where_the_request_it_asks_about_has_a_route() {
    let routes =
        json!([{ "id": "put", "path": "/v1/**", "methods": ["PUT"], "require": { "provider": "main" } }]);
    let asks =
        |method: &'static str| [("origin", "https://app.example"), ("access-control-request-method", method)];
    let policy = policy_with(json!({}), routes.clone());
    let request = "OPTIONS https://api.example/v1/x";
    assert_eq!(Ask::of(request, &asks("PUT")).outcome(&policy), "pass put");
    assert_eq!(Ask::of(request, &asks("DELETE")).outcome(&policy), "no_route");
    assert_eq!(Ask::of(request, &asks("PUT, DELETE")).outcome(&policy), "no_route");
    assert_eq!(Ask::of(request, &asks("PUT")[..1]).outcome(&policy), "no_route", "no preflight");
    assert_eq!(Ask::of("PUT https://api.example/v1/x", &asks("PUT")).outcome(&policy), "token_absent");
    let policy = policy_with(json!({ "cors_preflight": "judge" }), routes);
    assert_eq!(Ask::of(request, &asks("PUT")).outcome(&policy), "no_route");
}

#[test]
fn an_explanation_names_every_route_that_was_looked_at() {
    let policy = policy(json!([
        { "id": "host", "hosts": ["other.example"], "require": "none" },
        { "id": "method", "methods": ["POST"], "require": "none" },
        { "id": "path", "path": "/other", "require": "none" },
        { "id": "api", "path": "/v1/*", "require": { "any": [{ "provider": "main" }, { "provider": "partner" }] } },
        { "id": "never", "require": "none" },
    ]));
    let head = Ask::of("GET https://api.example/v1/x", &[]).head();
    let explanation = policy.explain(&head, &Keys { policy: &policy, has_keys: [true, true] });
    let tried: Vec<_> = explanation.tried.iter().map(|it| (it.route, it.mismatch)).collect();
    let mismatches = [Some(Mismatch::Host), Some(Mismatch::Method), Some(Mismatch::Path), None];
    assert_eq!(tried, ["host", "method", "path", "api"].into_iter().zip(mismatches).collect::<Vec<_>>());
    let verdicts: Vec<_> = explanation
        .verdicts
        .iter()
        .map(|it| (it.provider, it.refusal.as_ref().map(keystile_gateway::Refusal::code)))
        .collect();
    assert_eq!(verdicts, [("main", Some("token_absent")), ("partner", Some("token_absent"))]);
    assert!(matches!(explanation.decision, keystile_gateway::Decision::Refuse { .. }));
}
