//! What is pulled out from under Keystile: the admin server in the middle of a rotation, and the edge's key set.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use keystile_tests::{House, KeyPair, Signer, Traffic};
use serde_json::json;
use xtask::system::wait_until;

#[test]
fn a_server_killed_in_a_rotation_finishes_it_when_it_is_back_and_no_good_token_is_refused() -> Result<()> {
    let pair = KeyPair::of_bits(2048)?;
    let mut house = House::adopting(&pair)?;
    let mut signer = Signer::start(&house.place)?;
    let old_kid = house.active_kid()?;
    let traffic = Traffic::start(house.system.edge.url());
    traffic.add(signer.good_token(&pair.private_pem)?);

    let started = house.order("/v1/issuers/main/rotation", &json!({ "reason": "quarterly" }))?;
    house.system.admin.kill();
    let new_kid = started["rotation"]["new_kid"].as_str().context("no new kid")?;
    state_is_whole(&house, &old_kid, new_kid)?;
    thread::sleep(Duration::from_secs(3));

    house.system.admin.start()?;
    wait_until("the rotation to go on", || Ok(house.active_kid()? == new_kid))?;
    traffic.add(signer.good_token(&house.active_private_key()?)?);
    house.system.wait_until_confirmed()?;
    everything_is_pushed(&house)?;
    state_is_whole(&house, &old_kid, new_kid)?;

    println!("killed server: {} requests with good tokens, none refused", traffic.finish()?);
    Ok(())
}

#[test]
fn what_was_ordered_while_the_server_was_down_is_pushed_when_it_is_back() -> Result<()> {
    let pair = KeyPair::of_bits(2048)?;
    let mut house = House::adopting(&pair)?;
    let before = house.admin("/v1/status")?["issuers"][0]["version"].as_u64().context("no version")?;
    house.system.admin.kill();
    let made = house.system.admin.ask(["keys", "create"])?;
    assert_eq!(made["state"], "pending");

    house.system.admin.start()?;
    house.system.wait_until_confirmed()?;
    everything_is_pushed(&house)?;
    let after = house.admin("/v1/status")?["issuers"][0]["version"].as_u64().context("no version")?;
    assert_eq!(after, before + 1);
    Ok(())
}

#[test]
fn an_edge_whose_store_is_emptied_goes_on_with_its_last_good_key_set_until_the_server_puts_it_back()
-> Result<()> {
    let pair = KeyPair::of_bits(2048)?;
    let mut house = House::adopting(&pair)?;
    let token = Signer::start(&house.place)?.good_token(&pair.private_pem)?;
    // Running, the server would put the key set back at once.
    house.system.admin.kill();
    house.empty_the_kv()?;
    // The edge looks again every second, so it has missed its key set several times by the end.
    for _ in 0..10 {
        assert_eq!(house.visit(&token)?.status, 200);
        thread::sleep(Duration::from_millis(500));
    }
    let status = house.system.edge.visit(&xtask::http::Client::new())?;
    ensure!(status["last_error"].is_string(), "the edge says nothing of the missing key set: {status}");

    house.system.admin.start()?;
    wait_until("the server to put the key set back", || house.kv_has_a_key_set())?;
    let store = &house.admin("/v1/status")?["issuers"][0]["store"];
    ensure!(
        store["disturbances"] == 1 && store["found"] == "no value",
        "the server says nothing of it: {store}"
    );
    Ok(())
}

/// One key is active, the other is where a rotation may have brought it, and the audit chain is unbroken.
fn state_is_whole(house: &House, old_kid: &str, new_kid: &str) -> Result<()> {
    let keys = house.system.admin.ask(["keys", "list"])?;
    let keys = keys["keys"].as_array().context("no keys")?;
    let state = |kid: &str| {
        let key = keys.iter().find(|key| key["kid"] == *kid);
        key.and_then(|key| key["state"].as_str()).unwrap_or("absent")
    };
    let states = (state(old_kid), state(new_kid));
    ensure!(matches!(states, ("active", "pending") | ("retiring", "active")), "in between: {states:?}");
    let audit = house.keystile(&["audit", "verify"])?;
    ensure!(audit.status.success(), "the audit chain is broken: {}", String::from_utf8_lossy(&audit.stderr));
    Ok(())
}

fn everything_is_pushed(house: &House) -> Result<()> {
    let status = house.admin("/v1/status")?;
    let issuer = &status["issuers"][0];
    ensure!(issuer["push"]["pending"] == false, "a push is still pending: {issuer}");
    ensure!(issuer["pushed_version"] == issuer["version"], "not the newest version was pushed: {issuer}");
    Ok(())
}
