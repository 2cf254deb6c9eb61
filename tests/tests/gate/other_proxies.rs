//! What other proxies ask, and what becomes of the answer.

use anyhow::Result;
use keystile_tests::{Proxy, by_hand, send_raw};
use xtask::system::wait_until;

use crate::scene::Scene;

/// There is no Traefik that this test could install, so its questions are asked by hand, as it writes them.
pub(crate) fn traefik_is_answered_in_its_convention(scene: &mut Scene) -> Result<()> {
    let gate = scene.gate("traefik", &["--behind", "traefik"])?;
    wait_until("the gate to be ready", || Ok(gate.get(&scene.client, "/readyz")?.0 == 200))?;
    let bearer = format!("Bearer {}", scene.good()?);
    let about = |uri: &str, token: Option<&str>| {
        let said =
            [("X-Forwarded-Method", "GET"), ("X-Forwarded-Host", "api.example"), ("X-Forwarded-Uri", uri)];
        let mut headers = vec![("Host", "gate")];
        headers.extend(said);
        headers.extend(token.map(|token| ("Authorization", token)));
        send_raw(&gate.url(), &by_hand("GET /", &headers))
    };
    let yes = about("/orders?page=2", Some(&bearer))?;
    assert!(yes.status == 200 && yes.text.contains("x-keystile-subject: ada"), "{}", yes.text);
    assert_eq!(about("/health", None)?.status, 200);
    for (uri, status, code) in [
        ("/admin/users", 403, "insufficient_scope"),
        ("/x/../admin", 400, "path_ambiguous"),
        ("//health", 400, "path_ambiguous"),
    ] {
        let no = about(uri, Some(&bearer))?;
        assert_eq!((no.status, no.json()?["code"].as_str()), (status, Some(code)), "{}", no.text);
    }
    // A question that does not say what it is about, and one that says it as another proxy does.
    let mute =
        send_raw(&gate.url(), &by_hand("GET /health", &[("Host", "gate"), ("X-Original-URI", "/health")]))?;
    assert_eq!((mute.status, mute.json()?["code"].as_str()), (503, Some("gateway_misconfigured")));
    Ok(())
}

pub(crate) fn what_nginx_and_envoy_say_of_paths_is_what_is_judged(
    scene: &mut Scene,
    nginx: &Proxy,
    envoy: &Proxy,
) -> Result<()> {
    let bearer = format!("Bearer {}", scene.good()?);
    for (proxy, path) in [
        (nginx, "/orders/%C3%A9?q=%2F..%2F"),
        (envoy, "/orders/%C3%A9?q=%2F..%2F"),
        (nginx, "/orders/"),
        (envoy, "/orders/"),
    ] {
        let host = proxy.url().trim_start_matches("http://");
        let request = by_hand(&format!("GET {path}"), &[("Host", host), ("Authorization", &*bearer)]);
        let seen = send_raw(proxy.url(), &request)?.json()?;
        assert_eq!(seen["path"].as_str(), Some(path), "what is judged is what goes on");
        let mut post =
            by_hand("POST /orders", &[("Host", host), ("Authorization", &*bearer), ("Content-Length", "5")]);
        post.extend(b"hello");
        let seen = send_raw(proxy.url(), &post)?.json()?;
        assert_eq!((seen["method"].as_str(), seen["body"].as_str()), (Some("POST"), Some("hello")));
    }
    let host = envoy.url().trim_start_matches("http://");
    let answer =
        send_raw(envoy.url(), &by_hand("GET /orders", &[("Host", host), ("X_Keystile_Subject", "mallory")]))?;
    assert_eq!(answer.status, 400, "Envoy refuses names with `_` as the example says: {}", answer.text);
    Ok(())
}
