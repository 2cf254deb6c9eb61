//! How a change gets to the edge: through the emergency channel, through the store alone, and as a signed policy. With a
//! real admin server, the worker in real workerd, and its Durable Object.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]

use std::fs;
use std::process::Output;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use keystile_tests::{AUDIENCE, House, ISSUER, KeyPair, Signer};
use serde_json::{Value, json};
use xtask::http::Client;
use xtask::progress::Stopwatch;
use xtask::system::{Behind, wait_until};

#[test]
fn an_emergency_is_known_within_ten_seconds_where_the_channel_is() -> Result<()> {
    let pair = KeyPair::of_bits(2048)?;
    let house = House::with_the_emergency_channel(&pair)?;
    let mut signer = Signer::start(&house.place)?;
    let token = signer.good_token(&pair.private_pem)?;
    assert_eq!(house.visit(&token)?.status, 200);
    let plan = house.system.admin.ask(["emergency", "--dry-run"])?;
    assert_eq!(plan["channel_bound_secs"], 10, "{plan}");

    let (code, took) = first_refusal_after_an_emergency(&house, &token)?;
    assert_eq!(code, "key_revoked");
    println!("emergency channel: the first refusal {} ms after the command was given", took.as_millis());
    ensure!(took < Duration::from_secs(10), "the stated bound is 10 s, and it took {took:?}");
    let next = signer.good_token(&house.active_private_key()?)?;
    wait_until("the new key to be believed", || Ok(house.visit(&next)?.status == 200))?;

    let edge = house.system.edge.visit(&Client::new())?;
    ensure!(edge["emergency_channel"].is_object(), "{edge}");
    wait_until("the region to confirm", || {
        house.system.edge.visit(&Client::new())?;
        Ok(house.admin("/v1/issuers/main/emergency")?["emergency"]["confirmed_at"].is_string())
    })
}

#[test]
fn a_channel_that_does_not_answer_holds_nothing_up_and_a_signed_policy_comes_over_the_store() -> Result<()> {
    let pair = KeyPair::of_bits(2048)?;
    // Nobody listens there.
    let settings = [("KEYSTILE__EDGE__EMERGENCY_URL", "http://127.0.0.1:9")];
    let mut house = House::adopting_for(&pair, Behind::Echo, &settings, &[])?;
    let token = Signer::start(&house.place)?.good_token(&pair.private_pem)?;

    a_wrong_policy_is_refused_and_a_good_one_is_followed(&mut house, &token)?;

    let (_, took) = first_refusal_after_an_emergency(&house, &token)?;
    println!("store alone, read every second: the first refusal {} ms after the command", took.as_millis());
    house.system.wait_until_confirmed()
}

fn a_wrong_policy_is_refused_and_a_good_one_is_followed(house: &mut House, token: &str) -> Result<()> {
    let wrong = publish(house, &json!({ "provider": "mian" }))?;
    let said = String::from_utf8_lossy(&wrong.stderr);
    ensure!(!wrong.status.success() && said.contains("mian"), "{said}");
    ensure!(said.contains("line ") && said.contains("column "), "where it is wrong is not said: {said}");

    ensure!(publish(house, &json!("none"))?.status.success(), "a good policy is not published");
    let place = house.place.clone();
    house.system.edge.set(&place, "POLICY", "kv:policy/main")?;
    let (client, open) = (Client::new(), format!("{}/open", house.system.edge.url()));
    assert_eq!(client.get(&open, None)?.status, 200);
    assert_eq!(house.visit_without_token()?.json()?["code"], "token_absent");
    assert_eq!(house.visit(token)?.status, 200);

    // A version is the second in which it was signed, and this one is over by now.
    ensure!(
        publish(house, &json!({ "provider": "main" }))?.status.success(),
        "its successor is not published"
    );
    wait_until("the worker to follow the policy", || Ok(client.get(&open, None)?.status == 401))?;
    assert_eq!(client.get(&open, Some(token))?.status, 200);
    ensure!(
        !publish(house, &json!("nobody"))?.status.success(),
        "a wrong policy is published over a good one"
    );
    assert_eq!(client.get(&open, None)?.status, 401);
    Ok(())
}

/// Publishes a policy under which `/open` needs what `open` says, and everything else a token.
fn publish(house: &House, open: &Value) -> Result<Output> {
    let main = json!({
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "keys": { "signed": { "at": "kv:keyset/main", "roots": house.system.admin.roots()? } },
    });
    let routes = [
        json!({ "id": "open", "path": "/open", "require": open }),
        json!({ "id": "all", "path": "/**", "require": { "provider": "main" } }),
    ];
    let document = json!({ "format": 1, "providers": { "main": main }, "routes": routes });
    let file = house.folder().data().join("policy.json");
    fs::write(&file, format!("{document:#}"))?;
    house.keystile(&["policy", "publish", file.to_str().context("a path that is not UTF-8")?])
}

/// The code of the first refusal of `token`, and how long after the command was given it came.
fn first_refusal_after_an_emergency(house: &House, token: &str) -> Result<(String, Duration)> {
    let kid = house.active_kid()?;
    let confirm = kid.get(..8).context("a kid of less than 8 characters")?;
    let began = Stopwatch::start();
    house.system.admin.ask(["emergency", "--reason", "a drill", "--confirm", confirm])?;
    let mut code = String::new();
    wait_until("the old token to be refused", || {
        let answer = house.visit(token)?;
        if answer.status != 200 {
            code = answer.json()?["code"].as_str().unwrap_or_default().to_owned();
        }
        Ok(!code.is_empty())
    })?;
    Ok((code, began.elapsed()))
}
