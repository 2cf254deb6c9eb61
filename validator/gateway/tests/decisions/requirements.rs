//! What a request must present.

use serde_json::{Value, json};

use super::{Ask, MAIN, MAIN_ISS, PARTNER, PARTNER_ISS, bearer, policy, policy_with, token};

/// The outcome of a request with `main` as its bearer token and `partner` in the header of its own.
fn outcome(require: Value, main: Option<&str>, partner: Option<&str>) -> String {
    outcome_with_keys(require, main, partner, [true, true])
}

fn outcome_with_keys(
    require: Value,
    main: Option<&str>,
    partner: Option<&str>,
    has_keys: [bool; 2],
) -> String {
    let policy = policy(json!([{ "id": "r", "require": require }]));
    let main = main.map(bearer);
    let headers: Vec<(&str, &str)> = main
        .iter()
        .map(|value| ("authorization", value.as_str()))
        .chain(partner.map(|value| ("x-partner-token", value)))
        .collect();
    Ask::of("GET https://api.example/", &headers).outcome_with_keys(&policy, has_keys)
}

#[test]
fn one_provider_takes_its_own_tokens_only() {
    let require = || json!({ "provider": "main" });
    assert_eq!(outcome(require(), Some(&token(json!({}))), None), "pass r");
    assert_eq!(outcome(require(), None, None), "token_absent");
    assert_eq!(outcome(require(), Some("x"), None), "token_malformed");
    assert_eq!(outcome(require(), Some(&PARTNER.token(PARTNER_ISS, json!({}))), None), "kid_unknown");
    let disguised = MAIN.token(PARTNER_ISS, json!({}));
    assert_eq!(outcome(require(), Some(&disguised), None), "issuer_mismatch");
    assert_eq!(outcome(json!("none"), Some("x"), None), "pass r", "no token is looked at");
}

#[test]
fn any_takes_one_token_and_all_takes_each() {
    let (main, partner) = (token(json!({})), PARTNER.token(PARTNER_ISS, json!({})));
    let both = || json!([{ "provider": "main" }, { "provider": "partner" }]);
    let any = || json!({ "any": both() });
    assert_eq!(outcome(any(), Some(&main), None), "pass r");
    assert_eq!(outcome(any(), None, Some(&partner)), "pass r");
    assert_eq!(outcome(any(), Some(&main), Some(&partner)), "token_ambiguous");
    assert_eq!(outcome(any(), Some("x"), Some(&partner)), "token_ambiguous");
    assert_eq!(outcome(any(), None, None), "token_absent");
    let all = || json!({ "all": both() });
    assert_eq!(outcome(all(), Some(&main), Some(&partner)), "pass r");
    assert_eq!(outcome(all(), Some(&main), None), "token_absent");
    assert_eq!(outcome(all(), Some(&partner), Some(&main)), "kid_unknown");
}

#[test]
fn optional_takes_nobody_and_no_bad_token() {
    let optional = || json!({ "optional": { "provider": "main", "scopes": ["read"] } });
    assert_eq!(outcome(optional(), None, None), "pass r");
    assert_eq!(outcome(optional(), Some(&token(json!({ "scope": "read" }))), None), "pass r");
    assert_eq!(outcome(optional(), Some(&token(json!({}))), None), "insufficient_scope");
    assert_eq!(outcome(optional(), Some(""), None), "token_malformed");
}

#[test]
fn a_demand_may_name_audience_type_age_and_rights() {
    for (demand, claims, expected) in [
        (json!({ "audience": "orders" }), json!({}), "audience_mismatch"),
        (json!({ "audience": ["orders", "x"] }), json!({ "aud": ["orders"] }), "pass r"),
        (json!({ "audience": null }), json!({ "aud": null }), "pass r"),
        (json!({ "typ": "at+jwt" }), json!({}), "pass r"),
        (json!({ "typ": ["JWT"] }), json!({}), "typ_mismatch"),
        (json!({ "max_token_age": 60 }), json!({ "iat": super::NOW - 91 }), "token_too_old"),
        (json!({ "max_token_age": 60 }), json!({ "iat": super::NOW - 90 }), "pass r"),
        (json!({ "scopes": ["a", "b"] }), json!({ "scope": "b c a" }), "pass r"),
        (json!({ "scopes": ["a", "b"] }), json!({ "scope": "a" }), "insufficient_scope"),
        (json!({ "roles": ["admin"] }), json!({ "roles": ["admin"] }), "pass r"),
        (json!({ "roles": ["admin"] }), json!({ "roles": ["administrator"] }), "insufficient_scope"),
        (
            json!({ "claims": [{ "claim": "/org/tier", "at_least": 2 }] }),
            json!({ "org": { "tier": 3 } }),
            "pass r",
        ),
        (json!({ "claims": [{ "claim": "/org/tier", "at_least": 2 }] }), json!({}), "insufficient_scope"),
    ] {
        let mut require = json!({ "provider": "main" });
        super::merge(&mut require, demand);
        let outcome = outcome(require.clone(), Some(&token(claims)), None);
        assert_eq!(outcome, expected, "{require}");
    }
}

#[test]
fn of_several_refusals_the_one_that_got_furthest_is_told() {
    let two = json!({ "any": [
        { "provider": "main", "audience": "other" },
        { "provider": "main", "scopes": ["admin"] },
        { "provider": "main", "typ": "other" },
    ] });
    assert_eq!(outcome(two, Some(&token(json!({}))), None), "insufficient_scope");
}

#[test]
fn a_provider_without_keys_might_have_believed_what_others_do_not_know() {
    let routes =
        json!([{ "id": "r", "require": { "any": [{ "provider": "main" }, { "provider": "partner" }] } }]);
    let policy = policy_with(json!({ "providers": { "partner": { "from": ["bearer"] } } }), routes);
    let outcome = |token: &str, has_keys| {
        let value = bearer(token);
        let headers = [("authorization", value.as_str())];
        Ask::of("GET https://api.example/", &headers).outcome_with_keys(&policy, has_keys)
    };
    let partner = PARTNER.token(PARTNER_ISS, json!({}));
    assert_eq!(outcome(&partner, [true, true]), "pass r");
    assert_eq!(outcome(&partner, [true, false]), "key_set_unavailable");
    let expired = MAIN.token(MAIN_ISS, json!({ "exp": super::NOW - 31 }));
    assert_eq!(outcome(&expired, [true, false]), "token_expired");
}
