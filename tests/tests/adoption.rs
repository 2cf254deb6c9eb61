//! A service that has signed tokens without `kid` so far moves in, turns its key, and forgets the old one: nobody is
//! logged out by it. An emergency and a cut log everybody out who was in, and nobody else.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use keystile_tests::{Company, Device, now};
use serde_json::Value;
use xtask::system::wait_until;

/// Windows in which an hour and thirty days pass in a test; every device renews its tokens long before they expire.
const SHORT: [(&str, &str); 5] = [
    ("PM__JWT__ACCESS_TOKEN_EXPIRY_SECS", "40"),
    ("PM__JWT__REFRESH_TOKEN_EXPIRY_SECS", "40"),
    ("PM__JWT__LEEWAY_SECS", "1"),
    ("KEYSTILE__EDGE__KV_BOUND_SECS", "1"),
    ("KEYSTILE__EDGE__CACHE_TTL_SECS", "1"),
];

#[test]
fn a_key_of_tokens_without_kid_is_adopted_turned_and_retired_and_nobody_is_logged_out() -> Result<()> {
    let (mut company, mut users) = Company::that_has_signed_so_far(&SHORT)?;
    let old_kid = company.house.active_kid()?;
    company.all_are_in(&users)?;
    let open = reported(&company, |seen| seen["seen"].as_u64() >= Some(3))?;
    assert_eq!(open["closable_at"], Value::Null, "the key that signs makes such tokens");

    let new_kid = company.rotate("the first under Keystile")?;
    company.deploy_the_key_that_signs()?;
    company.all_are_in(&users)?;
    company.all_refresh(&mut users)?;
    users.push(company.sign_in()?);
    let closing = reported(&company, |seen| seen["closable_at"].is_string())?;
    let retired_with_it = company.house.system.admin.ask(["keys", "show", &old_kid])?;
    assert_eq!(closing["closable_at"], retired_with_it["safe_to_remove_at"]);

    wait_until("the old key to leave", || {
        go_on(&company, &mut users)?;
        Ok(company.house.system.admin.ask(["keys", "show", &old_kid])?["state"] == "retired")
    })?;
    company.house.system.wait_until_confirmed()?;
    company.house.system.edge.set(&company.house.place, "ALLOW_MISSING_KID", "false")?;
    go_on(&company, &mut users)?;
    assert_eq!(company.house.active_kid()?, new_kid);
    let closed = company.status()?["without_kid"].clone();
    println!(
        "{} tokens without `kid` were accepted; the way for them was closed at {}",
        closed["seen"], closed["closable_at"]
    );
    Ok(())
}

#[test]
fn a_cut_and_an_emergency_log_out_everybody_who_was_in_within_the_bound_and_nobody_else() -> Result<()> {
    let (mut company, users) = Company::that_has_signed_so_far(&[])?;
    company.all_are_in(&users)?;
    let cut = ["revoke", "everything", "--reason", "sessions table truncated"];
    let (took, bound) = everybody_is_out_after(&mut company, &users, &cut)?;
    println!("a cut: everybody was out {took} s after the command; the bound is {bound} s");

    wait_for_the_next_second()?;
    let users = [company.sign_in()?, company.sign_in()?];
    company.all_are_in(&users)?;
    let kid = company.house.active_kid()?;
    let emergency =
        ["emergency", "--reason", "laptop stolen", "--confirm", kid.get(..8).context("a short kid")?];
    let (took, bound) = everybody_is_out_after(&mut company, &users, &emergency)?;
    println!("an emergency: everybody was out {took} s after the command; the bound is {bound} s");

    company.deploy_the_key_that_signs()?;
    wait_until("users of the new key to be let in", || Ok(company.me(&company.sign_in()?)?.status == 200))
}

/// Everybody uses the service, and renews the tokens with which that is done.
fn go_on(company: &Company, users: &mut [Device]) -> Result<()> {
    company.all_are_in(users)?;
    company.all_refresh(users)?;
    thread::sleep(Duration::from_secs(1));
    Ok(())
}

/// What the server says about tokens without `kid`, once the edge has reported what is waited for.
fn reported(company: &Company, is_there: impl Fn(&Value) -> bool) -> Result<Value> {
    let mut seen = Value::Null;
    wait_until("the edge to report tokens without `kid`", || {
        company.house.system.edge.visit(&xtask::http::Client::new())?;
        seen = company.status()?["without_kid"].clone();
        Ok(is_there(&seen))
    })?;
    Ok(seen)
}

/// Seconds from the command until nobody is in at the edge, and the bound for it.
fn everybody_is_out_after(company: &mut Company, users: &[Device], command: &[&str]) -> Result<(u64, u64)> {
    let bound =
        company.house.system.admin.ask(["emergency", "--dry-run"])?["propagation_bound_secs"].as_u64();
    let bound = bound.context("no bound is stated")?;
    let since = now()?;
    company.house.system.admin.ask(command)?;
    wait_until("everybody to be out", || {
        let codes = users.iter().map(|device| Ok(company.me(device)?.json()?["code"].clone()));
        // The edge alone answers with a code; the backend has not ended its sessions yet.
        Ok(codes.collect::<Result<Vec<_>>>()?.iter().all(Value::is_string))
    })?;
    let took = now()? - since;
    company.truncate_user_sessions()?;
    company.all_are_out(users)?;
    ensure!(took <= bound, "somebody was in for {took} s, and the bound is {bound} s");
    Ok((took, bound))
}

/// Tokens name the second they were issued in; the one in which everything was revoked must be over.
fn wait_for_the_next_second() -> Result<()> {
    let second = now()?;
    wait_until("the next second", || Ok(now()? > second))
}
