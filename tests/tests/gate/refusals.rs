//! What passes, and what does not, whatever stands before the gate.

use anyhow::{Context, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keystile_tests::{KeyPair, by_hand, hmac_sha256, send_raw};
use serde_json::{Value, json};
use xtask::system::ASSERTION_KEY;

use crate::scene::Scene;

/// What takes out the copies of our headers that a client sends.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum TakenOut {
    /// The gate, by their beginning.
    ByPrefix,
    /// The configuration of nginx, by their names: it has no expression for a beginning.
    ByName,
}

pub(crate) fn believed_tokens_pass(scene: &mut Scene, url: &str, how: TakenOut) -> Result<()> {
    let good = scene.good()?;
    let seen =
        scene.client.get(&format!("{url}/orders?page=2"), Some(&good))?.success().context("a good token")?;
    assert_eq!((seen["method"].as_str(), seen["path"].as_str()), (Some("GET"), Some("/orders?page=2")));
    assert_eq!(seen["headers"]["x-keystile-subject"], "ada");
    the_origin_can_check_what_it_is_told(&seen)?;

    // Copies from the client are taken out, in every spelling that an origin might take for ours.
    let bearer = format!("Bearer {good}");
    let host = url.trim_start_matches("http://");
    let names = [
        "X-Keystile-Subject",
        "x-keystile-kid",
        "X-Keystile-Assertion",
        "X.Keystile.Subject",
        "X-Original-URL",
        "X-Rewrite-URL",
    ];
    let by_prefix = ["X-Keystile-Admin"].into_iter().filter(|_| how == TakenOut::ByPrefix);
    for name in names.into_iter().chain(by_prefix) {
        let request =
            by_hand("GET /orders", &[("Host", host), ("Authorization", &bearer), (name, "mallory")]);
        let answer = send_raw(url, &request)?;
        assert!(!answer.text.contains("mallory") && answer.status < 500, "{name}: {}", answer.text);
    }
    let request = by_hand("GET /health", &[("Host", host), ("X-Keystile-Subject", "mallory")]);
    let open = send_raw(url, &request)?;
    assert!(open.status == 200 && !open.text.contains("mallory"), "an open route: {}", open.text);

    let head = send_raw(url, &by_hand("HEAD /orders", &[("Host", host), ("Authorization", &bearer)]))?;
    assert!(head.status == 200 && head.text.ends_with("\r\n\r\n"), "{}", head.text);
    Ok(())
}

/// The assertion, checked as an origin would: by the key that it shares with the gate.
fn the_origin_can_check_what_it_is_told(seen: &Value) -> Result<()> {
    let assertion = seen["headers"]["x-keystile-assertion"].as_str().context("no assertion")?;
    let (signed, signature) = assertion.rsplit_once('.').context("no compact JWS")?;
    assert_eq!(signature, URL_SAFE_NO_PAD.encode(hmac_sha256(ASSERTION_KEY, signed)?), "{assertion}");
    let payload = signed.split('.').nth(1).unwrap_or_default();
    let said: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?;
    assert_eq!((said["sub"].as_str(), said["method"].as_str()), (Some("ada"), Some("GET")), "{said}");
    assert_eq!((said["path"].as_str(), said["route"].as_str()), (Some("/orders"), Some("api")), "{said}");
    Ok(())
}

pub(crate) fn what_is_not_believed_is_refused(scene: &mut Scene, url: &str) -> Result<()> {
    let stranger = KeyPair::of_bits(2048)?;
    let now = keystile_tests::now()?;
    let pair = scene.pair.clone();
    let claims = scene.signer.good_claims()?;
    let refused = [
        (
            401,
            "token_expired",
            "/orders",
            scene.signer.token_with(&pair, &json!({ "iat": now - 900, "exp": now - 300 }))?,
        ),
        (
            401,
            "audience_mismatch",
            "/orders",
            scene.signer.token_with(&pair, &json!({ "aud": "another.example" }))?,
        ),
        (401, "alg_not_allowed", "/orders", scene.signer.token("HS256", &pair.public_pem, &claims)?),
        (401, "kid_unknown", "/orders", scene.signer.good_token(&stranger.private_pem)?),
        (403, "insufficient_scope", "/admin/users", scene.good()?),
    ];
    for (status, code, path, token) in refused {
        let answer = scene.client.get(&format!("{url}{path}"), Some(&token))?;
        let problem = answer.json().with_context(|| format!("{code}: status {}", answer.status))?;
        assert_eq!((answer.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        let challenge = answer.header("www-authenticate");
        let error = if status == 403 { "insufficient_scope" } else { "invalid_token" };
        assert!(challenge.starts_with("Bearer realm=") && challenge.contains(error), "{code}: {challenge}");
        assert_eq!(answer.headers.get_all("www-authenticate").iter().count(), 1, "{code}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(!answer.body.contains(&token), "the answer repeats the token");
    }
    let admin = scene.signer.token_with(&pair, &json!({ "scope": "admin" }))?;
    assert_eq!(scene.client.get(&format!("{url}/admin/users"), Some(&admin))?.status, 200);
    let absent = scene.client.get(&format!("{url}/orders"), None)?;
    assert_eq!((absent.status, absent.json()?["code"].as_str()), (401, Some("token_absent")));
    assert!(!absent.header("www-authenticate").contains("error="), "{:?}", absent.headers);
    ambiguous_requests_are_refused(scene, url)
}

/// Whatever stands before the gate, none of these reaches the origin as something that the policy did not judge.
pub(crate) fn ambiguous_requests_are_refused(scene: &mut Scene, url: &str) -> Result<()> {
    let bearer = format!("Bearer {}", scene.good()?);
    let host = url.trim_start_matches("http://");
    let headers = [("Host", host), ("Authorization", &*bearer)];
    // The good token has no scope `admin`. Each of these is `/admin/users` to some reader.
    for path in [
        "/x/../admin/users",
        "//admin/users",
        "/admin//users",
        "/x/%2e%2e/admin/users",
        "/admin%2Fusers",
        "/%61dmin/users",
        "/admin/users;x",
        "/x%5c..%5cadmin/users",
        "/admin/./users",
        "/admin/%2e/users?x=1",
    ] {
        let answer = send_raw(url, &by_hand(&format!("GET {path}"), &headers))?;
        assert!(matches!(answer.status, 400 | 403), "{path}: {}", answer.text);
    }
    let twice = [("Host", host), ("Authorization", &*bearer), ("Authorization", &*bearer)];
    let answer = send_raw(url, &by_hand("GET /orders", &twice))?;
    assert_eq!(answer.status, 400, "two tokens: {}", answer.text);
    // What the proxies say to the gate, said by a client.
    for (name, value) in [
        ("X-Original-URI", "/health"),
        ("X-Original-Method", "GET"),
        ("X-Original-Host", "other.example"),
        ("X-Forwarded-Uri", "/health"),
        ("X-Original-URL", "/health"),
        ("X-HTTP-Method-Override", "GET"),
    ] {
        let answer = send_raw(url, &by_hand("GET /orders", &[("Host", host), (name, value)]))?;
        assert_eq!(answer.status, 401, "without a token, `{name}`: {}", answer.text);
    }
    Ok(())
}
