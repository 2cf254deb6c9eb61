//! Rotations, outages, and what a gate says of itself.

use anyhow::{Context, Result, ensure};
use keystile_tests::Traffic;
use serde_json::Value;
use xtask::system::{Gate, wait_until};

use crate::scene::Scene;

pub(crate) fn a_rotation_waits_for_the_gate_and_refuses_nobody(
    scene: &mut Scene,
    urls: &[&str],
) -> Result<()> {
    let old = scene.good()?;
    let traffic: Vec<Traffic> = urls.iter().map(|url| Traffic::start(url)).collect();
    traffic.iter().for_each(|it| it.add(old.clone()));
    let started = scene.house.system.admin.ask(["rotate", "--reason", "quarterly"])?;
    let new_kid = started["rotation"]["new_kid"].as_str().context("no new kid")?;
    wait_until("the new key to sign", || {
        scene.house.system.edge.visit(&scene.client)?;
        Ok(scene.house.active_kid()? == new_kid)
    })?;
    // A backend that asks at this very moment uses the key at this very moment.
    let new = scene.signer.good_token(&scene.house.active_private_key()?)?;
    traffic.iter().for_each(|it| it.add(new.clone()));
    let edge = scene.house.admin("/v1/issuers/main/edge")?;
    let regions: Vec<_> = edge["regions"].as_array().into_iter().flatten().collect();
    ensure!(regions.len() > urls.len(), "every gate is a region that was waited for: {edge}");
    for traffic in traffic {
        println!("gradual rotation: {} requests with good tokens, none refused", traffic.finish()?);
    }
    scene.pair.private_pem = scene.house.active_private_key()?;
    Ok(())
}

pub(crate) fn the_gate_says_how_it_is_doing_and_no_token(scene: &mut Scene, gate: &Gate) -> Result<()> {
    let (_, status) = gate.get(&scene.client, "/.well-known/keystile")?;
    let status: Value = serde_json::from_str(&status)?;
    let main = &status["providers"][0];
    assert_eq!(
        (main["provider"].as_str(), main["standing"].as_str()),
        (Some("main"), Some("confirmed")),
        "{status}"
    );
    assert_eq!(status["engine"], "aws-lc");
    let (_, metrics) = gate.get(&scene.client, "/metrics")?;
    for line in [
        "keystile_gate_requests_total{route=\"api\",outcome=\"passed\"}",
        "keystile_gate_refused_total{code=\"token_expired\"} 1",
        "keystile_gate_key_set_usable{provider=\"main\"} 1",
    ] {
        assert!(metrics.contains(line), "`{line}` in {metrics}");
    }
    let logged = gate.logged()?;
    assert!(
        logged.contains("\"code\":\"token_expired\"") && logged.contains("\"path\":\"/orders\""),
        "{logged}"
    );
    // Every token begins so; a query and a claim are nobody's business either.
    for secret in ["eyJ", "page=2", "ada"] {
        assert!(!logged.contains(secret), "`{secret}` in {logged}");
    }
    Ok(())
}

pub(crate) fn without_its_server_the_gate_goes_on_with_what_it_kept(
    scene: &mut Scene,
    gate: &mut Gate,
) -> Result<()> {
    let good = scene.good()?;
    let url = format!("{}/orders", gate.url());
    scene.house.system.admin.kill();
    assert_eq!(scene.client.get(&url, Some(&good))?.status, 200, "the key set in memory");
    gate.stop();
    gate.start_again()?;
    wait_until("the gate to listen", || Ok(scene.client.get(&url, None).is_ok()))?;
    assert_eq!(scene.client.get(&url, Some(&good))?.status, 200, "the key set that was kept");
    let (_, status) = gate.get(&scene.client, "/.well-known/keystile")?;
    assert_eq!(serde_json::from_str::<Value>(&status)?["providers"][0]["standing"], "last_good");

    let origin = scene.origin().to_owned();
    let bare = scene.gate("bare", &["--origin", &origin])?;
    let answer = scene.client.get(&format!("{}/orders", bare.url()), Some(&good))?;
    assert_eq!((answer.status, answer.json()?["code"].as_str()), (503, Some("key_set_unavailable")));
    assert_eq!(scene.client.get(&format!("{}/health", bare.url()), None)?.status, 200, "what needs no token");
    assert_eq!(bare.get(&scene.client, "/readyz")?.0, 503);
    Ok(())
}
