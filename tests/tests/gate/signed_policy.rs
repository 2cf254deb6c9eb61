//! A gate whose policy is signed, and follows it.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::json;
use xtask::system::{Gate, GatePolicy, wait_until};

use crate::scene::Scene;
use keystile_tests::ISSUER;

pub(crate) fn a_signed_policy_is_followed_and_nothing_else(scene: &mut Scene) -> Result<()> {
    let folder = scene.house.folder().data().to_owned();
    let path = |name: &str| -> Result<String> {
        folder.join(name).to_str().map(str::to_owned).context("a path that is not UTF-8")
    };
    let (file, roots, keep) = (path("policy.jwt")?, path("roots.json")?, path("kept-policy")?);
    fs::write(&roots, scene.house.system.admin.roots()?.to_string())?;
    let origin = scene.origin().to_owned();
    let source = GatePolicy::Signed { file: &file, roots: &roots, issuer: ISSUER };
    let mut gate = scene.gate_under("signed", source, &["--origin", &origin, "--keep", &keep])?;
    let open = format!("{}/health", gate.url());
    let client = scene.client.clone();

    let answer = client.get(&open, None)?;
    assert_eq!((answer.status, answer.json()?["code"].as_str()), (503, Some("gateway_misconfigured")));
    ensure!(gate.get(&client, "/readyz")?.0 == 503, "a gate without a policy is not ready");

    let first = sign(scene, &json!("none"))?;
    fs::write(&file, &first)?;
    wait_until("the policy to be followed", || Ok(client.get(&open, None)?.status == 200))?;
    let second = sign(scene, &json!({ "provider": "main" }))?;
    fs::write(&file, &second)?;
    wait_until("the next policy to be followed", || Ok(client.get(&open, None)?.status == 401))?;
    let good = scene.good()?;
    assert_eq!(client.get(&open, Some(&good))?.status, 200, "its key sets are here already");

    for (what, wrong) in [("an older one", first.as_str()), ("none", ""), ("one that nobody signed", "{}")] {
        fs::write(&file, wrong)?;
        wait_until("the gate to say why", || Ok(!policy_error(&gate, scene)?.is_null()))?;
        assert_eq!(client.get(&open, None)?.status, 401, "{what}");
        fs::write(&file, &second)?;
        wait_until("the gate to be content", || Ok(policy_error(&gate, scene)?.is_null()))?;
    }

    // The one that was kept is what it begins with, and an older one is still none.
    fs::write(&file, &first)?;
    gate.stop();
    gate.start_again()?;
    assert_eq!(client.get(&open, None)?.status, 401, "{}", gate.logged()?);
    Ok(())
}

/// The policy of the example as the server signs it; `/health` needs what `health` says.
fn sign(scene: &Scene, health: &serde_json::Value) -> Result<String> {
    let mut policy = scene.policy()?;
    policy["routes"][0]["require"] = health.clone();
    let file = scene.house.folder().data().join("to-be-signed.json");
    fs::write(&file, policy.to_string())?;
    let signed = scene.house.keystile(&["policy", "sign", file.to_str().context("not UTF-8")?])?;
    ensure!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    // A version is a second, and the next one is to be another.
    let now = keystile_tests::now()?;
    wait_until("the next second", || Ok(keystile_tests::now()? > now))?;
    Ok(String::from_utf8(signed.stdout)?)
}

fn policy_error(gate: &Gate, scene: &Scene) -> Result<serde_json::Value> {
    let (_, status) = gate.get(&scene.client, "/.well-known/keystile")?;
    Ok(serde_json::from_str::<serde_json::Value>(&status)?["policy_error"].clone())
}
