//! What the origin gets.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Ask, bearer, passing, policy, policy_with, token};
use keystile_gateway::{Asserter, Moment, Refusal};

const REQUEST: &str = "GET https://api.example/x?a=1&t=secret";

/// A policy of one route for everything, with `changes` to the main provider.
fn one_route(changes: Value, require: Value) -> keystile_gateway::GatewayPolicy {
    policy_with(json!({ "providers": { "main": changes } }), json!([{ "id": "r", "require": require }]))
}

#[test]
fn the_origin_is_told_the_claims_that_the_policy_names() {
    let headers = json!({ "headers": {
        "X-User": "sub", "x-roles": "/realm/roles", "x-level": "level", "x-mfa": "mfa", "x-none": "none",
    } });
    let policy = one_route(headers, json!({ "provider": "main" }));
    let claims = json!({ "sub": "ada\r\nx: 1", "realm": { "roles": ["a", "b,c"] }, "level": 3, "mfa": true });
    let value = bearer(&token(claims));
    let set = passing(&policy, &Ask::of(REQUEST, &[("authorization", &value)]), |pass| pass.set);
    let expected = [
        ("x-keystile-subject", "ada%0D%0Ax:%201"),
        ("x-keystile-kid", "main-key"),
        ("x-user", "ada%0D%0Ax:%201"),
        ("x-level", "3"),
        ("x-mfa", "true"),
        ("x-roles", "a,b%2Cc"),
    ];
    assert_eq!(set, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
}

#[test]
fn copies_of_these_headers_are_taken_out_of_every_request() {
    let headers = json!({ "headers": { "x-user": "sub" } });
    let spoofed = [
        ("X-User", "root"),
        ("x_user", "root"),
        ("x-keystile-subject", "root"),
        ("X_Keystile_Role", "root"),
        ("accept", "*/*"),
        ("x-http-method-override", "DELETE"),
    ];
    for require in [json!("none"), json!({ "optional": { "provider": "main" } })] {
        let policy = one_route(headers.clone(), require);
        let removed = passing(&policy, &Ask::of(REQUEST, &spoofed), |pass| pass.remove);
        assert_eq!(removed, ["X-User", "x_user", "x-keystile-subject", "X_Keystile_Role"]);
    }
}

#[test]
fn headers_that_would_change_what_was_judged_are_taken_out() {
    let routes = json!([{ "id": "r", "path": "/x", "methods": ["GET"], "require": "none" }]);
    let sent = [("X-HTTP-Method-Override", "DELETE"), ("x-original-url", "/admin"), ("accept", "*/*")];
    let removed = passing(&policy(routes), &Ask::of(REQUEST, &sent), |pass| pass.remove);
    assert_eq!(removed, ["X-HTTP-Method-Override", "x-original-url"]);
}

#[test]
fn the_token_is_kept_unless_the_policy_strips_it() {
    let value = bearer(&token(json!({})));
    let headers = [("authorization", value.as_str())];
    let removed = |changes| {
        let policy = one_route(changes, json!({ "provider": "main" }));
        passing(&policy, &Ask::of(REQUEST, &headers), |pass| pass.remove)
    };
    assert_eq!(removed(json!({})), [""; 0]);
    assert_eq!(removed(json!({ "token": "strip" })), ["authorization"]);
}

#[test]
fn a_token_is_stripped_where_it_stands() {
    let changes = |from: &str| json!({ "token": "strip", "from": [from] });
    let token = token(json!({}));
    let policy = one_route(changes("cookie:session"), json!({ "provider": "main" }));
    let cookies = format!("a=1; session={token}; b=2");
    passing(&policy, &Ask::of(REQUEST, &[("cookie", &cookies)]), |pass| {
        assert_eq!(pass.remove, ["cookie"]);
        assert!(pass.set.contains(&("cookie".to_owned(), "a=1; b=2".to_owned())));
    });
    let policy = one_route(changes("header:x-token"), json!({ "provider": "main" }));
    for name in ["x-token", "X_Token"] {
        passing(&policy, &Ask::of(REQUEST, &[(name, &token)]), |pass| assert_eq!(pass.remove, [name]));
    }
    let policy = one_route(changes("query:t"), json!({ "provider": "main" }));
    assert!(policy.warnings()[0].contains("tokens from the query"));
    let request = format!("GET https://api.example/x?a=1&t={token}");
    let query = passing(&policy, &Ask::of(&request, &[]), |pass| pass.query);
    assert_eq!(query, Some(Some("a=1".to_owned())));
}

#[test]
fn a_shadow_route_lets_pass_what_it_would_refuse_and_says_nothing_of_it() {
    let routes = json!([{ "id": "r", "require": { "provider": "main" }, "action": "shadow" }]);
    let policy = policy(routes);
    let forged = [("authorization", "Bearer x"), ("x-keystile-subject", "root")];
    passing(&policy, &Ask::of(REQUEST, &forged), |pass| {
        assert_eq!(pass.shadowed.as_ref().map(Refusal::code), Some("token_malformed"));
        assert_eq!((pass.set.len(), pass.believed.len(), pass.remove.len()), (0, 0, 1));
    });
    let value = bearer(&token(json!({})));
    passing(&policy, &Ask::of(REQUEST, &[("authorization", &value)]), |pass| {
        assert!(pass.shadowed.is_none() && pass.believed.len() == 1);
    });
}

#[test]
fn an_assertion_can_be_checked_by_whoever_has_its_key() {
    let policy = one_route(json!({}), json!({ "provider": "main" }));
    let value = bearer(&token(json!({})));
    let (headers, key) = ([("authorization", value.as_str())], "k".repeat(32));
    let asserter = Asserter::new(&key).unwrap();
    let ask = Ask::of(REQUEST, &headers);
    let assertion = passing(&policy, &ask, |pass| {
        asserter.assert(&pass, &ask.head(), "id-1", Moment::from_millis(5_000))
    });
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let hmac_key = hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes());
    hmac::verify(&hmac_key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let [header, said] = signed
        .split('.')
        .map(|part| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!(header, json!({ "alg": "HS256", "typ": "keystile-assertion+jwt" }));
    let expected = json!({
        "iss": "keystile-gateway", "iat": 5, "exp": 65, "jti": "id-1", "route": "r", "method": "GET", "path": "/x",
        "sub": "ada", "kid": "main-key",
    });
    assert_eq!(said, expected);
}

#[test]
fn only_the_claims_that_the_policy_names_are_logged_and_none_that_is_long() {
    let log = json!({ "log": { "claims": ["sub", "/org/tier", "long", "absent"] } });
    let policy = policy_with(log, json!([{ "id": "r", "require": { "provider": "main" } }]));
    let value = bearer(&token(json!({ "org": { "tier": 2 }, "mail": "a@b", "long": "x".repeat(300) })));
    let headers = [("authorization", value.as_str())];
    let logged =
        passing(&policy, &Ask::of(REQUEST, &headers), |pass| policy.logged_claims(&pass.believed[0]));
    assert_eq!(json!(logged), json!({ "sub": "ada", "/org/tier": 2 }));
}
