//! The procedure that Keystile replaces, from its first section to its last: read it beside `docs/runbook.md`, whose
//! table says which line of the old procedure is which function here.
//!
//! The backend is `examples/phone-manager`, as the procedure describes it; server and edge are the real ones.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]

use anyhow::{Context, Result, ensure};
use keystile_tests::{Company, Device, now};
use serde_json::{Value, json};
use xtask::http::Client;
use xtask::system::wait_until;

#[test]
fn the_seed_from_top_to_bottom() -> Result<()> {
    let (mut company, mut users) = Company::that_has_signed_so_far(&[])?;
    overview(&company, &users)?;
    key_format(&company)?;
    key_generation(&mut company)?;

    let old_kid = company.house.active_kid()?;
    let new_kid = step_1_generate_new_key_pair(&mut company)?;
    step_2_update_secret_management(&company)?;
    step_3_update_environment_variables(&company, &old_kid)?;
    step_4_deploy_new_keys(&mut company, &new_kid)?;
    step_5_handle_active_sessions_option_b(&company, &mut users)?;
    step_6_verify_rotation_success(&company, &new_kid)?;
    step_7_clean_up(&company, &old_kid)?;

    rollback_procedure(&mut company, &users, &old_kid)?;
    step_5_handle_active_sessions_option_a(&mut company, &users)?;
    emergency_key_rotation(&mut company)?;
    configuration_reference(&company)?;
    security_recommendations(&company)?;
    monitoring(&company)?;
    compliance_notes(&company)
}

/// RS256 with a pair of keys; the key is turned every 90 days, and whenever somebody wants to.
fn overview(company: &Company, users: &[Device]) -> Result<()> {
    company.all_are_in(users)?;
    let policy = &company.house.admin("/v1/issuers")?["issuers"][0]["policy"];
    assert_eq!(policy["rotation_interval_days"], 90);
    ensure!(company.status()?["next_rotation_at"].is_string(), "no rotation is planned");
    Ok(())
}

/// PEM in, PEM out, as before: PKCS#1 for the private half, SPKI for the public one.
fn key_format(company: &Company) -> Result<()> {
    let handed = company.house.system.admin.ask(["env", "--prefix", "PM"])?;
    let pem = |name: &str| handed[name].as_str().unwrap_or_default().trim().to_owned();
    assert_eq!(
        pem("PM__JWT__PRIVATE_KEY"),
        company.pair.private_pem.trim(),
        "the adopted pair is handed out as it came"
    );
    assert_eq!(pem("PM__JWT__PUBLIC_KEY"), company.pair.public_pem.trim());
    Ok(())
}

/// By OpenSSL, and by Keystile in each size; what Keystile makes, OpenSSL takes for a pair.
fn key_generation(company: &mut Company) -> Result<()> {
    for bits in ["3072", "4096"] {
        let made =
            company.house.system.admin.ask(["keys", "create", "--bits", bits, "--reason", "to see one"])?;
        let public = made["public_pem"].as_str().context("no public half")?;
        let read = company.openssl(&["rsa", "-pubin", "-noout", "-text"], public)?;
        let said = String::from_utf8(read.stdout)?;
        ensure!(said.contains(&format!("Public-Key: ({bits} bit)")), "{said}");
        let kid = made["kid"].as_str().context("no kid")?;
        company.house.system.admin.ask(["keys", "revoke", kid, "--reason", "was made to be seen"])?;
    }
    let checked = company.openssl(&["rsa", "-check", "-noout"], &company.house.active_private_key()?)?;
    ensure!(checked.status.success() && checked.stdout.starts_with(b"RSA key ok"), "{checked:?}");
    Ok(())
}

/// The new key is made and published, and signs nothing yet. The rotation is held up here, so that the steps are seen
/// one by one.
fn step_1_generate_new_key_pair(company: &mut Company) -> Result<String> {
    let admin = &company.house.system.admin;
    let started = admin.ask(["rotate", "--reason", "quarterly"])?;
    admin.ask(["rotation", "pause", "--reason", "to look at each step"])?;
    let new_kid = started["rotation"]["new_kid"].as_str().context("no new kid")?.to_owned();
    company.house.system.wait_until_confirmed()?;
    let key = company.house.system.admin.ask(["keys", "show", &new_kid])?;
    assert_eq!((key["state"].as_str(), key["bits"].as_u64()), (Some("pending"), Some(2048)));
    Ok(new_kid)
}

/// Private halves are sealed where they are kept; nothing needs to be copied anywhere.
fn step_2_update_secret_management(company: &Company) -> Result<()> {
    for line in company.pair.private_pem.lines().filter(|line| !line.starts_with("-----")).take(3) {
        ensure!(!company.keeps(line)?, "a private key lies in clear in the data folder");
    }
    Ok(())
}

/// Before the new key may sign, nobody is handed it.
fn step_3_update_environment_variables(company: &Company, old_kid: &str) -> Result<()> {
    let handed = company.house.system.admin.hand_off("PM")?;
    let value =
        |wanted: &str| handed.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    assert_eq!(value("PM__JWT__KEY_ID"), Some(old_kid));
    assert_eq!(value("PM__JWT__ACCESS_TOKEN_EXPIRY_SECS"), Some("3600"));
    assert_eq!(value("PM__JWT__REFRESH_TOKEN_EXPIRY_SECS"), Some("2592000"));
    assert_eq!(value("PM__JWT__LEEWAY_SECS"), Some("30"));
    Ok(())
}

/// Every edge has the new key, so it may sign, and the backend is deployed with it.
fn step_4_deploy_new_keys(company: &mut Company, new_kid: &str) -> Result<()> {
    company.house.system.admin.ask(["rotation", "resume"])?;
    company.wait_until_it_signs(new_kid)?;
    company.deploy_the_key_that_signs()
}

/// Gradual: tokens of both keys are good at the edge and at the backend, access and refresh tokens alike.
fn step_5_handle_active_sessions_option_b(company: &Company, users: &mut Vec<Device>) -> Result<()> {
    company.all_are_in(users)?;
    users.push(company.sign_in()?);
    company.all_are_in(users)?;
    company.all_refresh(users)?;
    company.all_are_in(users)
}

/// Health, sign-in and a token of the new key, as the procedure tries them; and no good token was refused.
fn step_6_verify_rotation_success(company: &Company, new_kid: &str) -> Result<()> {
    let health = Client::new().get(&format!("{}/api/health", company.backend.url()), None)?;
    assert_eq!(health.success()?, json!({ "status": "healthy" }));
    let device = company.sign_in()?;
    company.all_are_in(std::slice::from_ref(&device))?;
    let judged = company.house.system.admin.ask(["token", "inspect", &device.session.access_token])?;
    assert_eq!(judged["header"]["kid"], new_kid, "{judged}");
    assert_eq!(company.backend.counter("auth_jwt_validation_errors")?, 0);
    Ok(())
}

/// The old key stays until its last token has expired. Earlier, it cannot be removed; then, it leaves by itself.
fn step_7_clean_up(company: &Company, old_kid: &str) -> Result<()> {
    let refused = company.house.keystile(&["keys", "retire", old_kid])?;
    let said = String::from_utf8(refused.stderr)?;
    ensure!(!refused.status.success() && said.contains("may be in use until"), "{said}");
    let key = company.house.system.admin.ask(["keys", "show", old_kid])?;
    assert_eq!(key["state"], "retiring");
    ensure!(key["safe_to_remove_at"].is_string(), "nobody knows when it may leave: {key}");
    Ok(())
}

/// The key that signed before signs again, and nobody is logged out for it.
fn rollback_procedure(company: &mut Company, users: &[Device], old_kid: &str) -> Result<()> {
    let before = company.status()?["version"].as_u64();
    let back =
        company.house.system.admin.ask(["rollback", "--reason", "a partner cannot read the new key"])?;
    assert_eq!((back["kid"].as_str(), back["signs_at_once"].as_bool()), (Some(old_kid), Some(true)));
    company.deploy_the_key_that_signs()?;
    company.house.system.wait_until_confirmed()?;
    ensure!(company.status()?["version"].as_u64() > before, "a rollback is a new version");
    company.all_are_in(users)?;
    company.all_are_in(&[company.sign_in()?])
}

/// Immediate: every token that was issued until now is refused, and whoever signs in again is in. The key stays.
fn step_5_handle_active_sessions_option_a(company: &mut Company, users: &[Device]) -> Result<()> {
    let kid = company.house.active_kid()?;
    company.truncate_user_sessions()?;
    company.house.system.admin.ask(["revoke", "everything", "--reason", "everybody signs in again"])?;
    company.house.system.wait_until_confirmed()?;
    company.all_are_out(users)?;
    after_this_second()?;
    company.all_are_in(&[company.sign_in()?])?;
    assert_eq!(company.house.active_kid()?, kid);
    Ok(())
}

/// New key, old key revoked, everybody out, measured from the command to the last region.
fn emergency_key_rotation(company: &mut Company) -> Result<()> {
    let users = [company.sign_in()?, company.sign_in()?];
    let stolen = company.house.active_kid()?;
    let plan = company.house.system.admin.ask(["emergency", "--dry-run"])?;
    assert_eq!(plan["revoked_kid"], Value::from(stolen.clone()));
    company.all_are_in(&users)?;

    let confirm = stolen.get(..8).context("a short kid")?;
    let order = ["emergency", "--reason", "a private key in a public log", "--confirm", confirm];
    company.house.system.admin.ask(order)?;
    company.truncate_user_sessions()?;
    company.deploy_the_key_that_signs()?;
    company.house.system.wait_until_confirmed()?;
    company.all_are_out(&users)?;
    company.all_are_in(&[company.sign_in()?])?;
    let refused = company.house.keystile(&["rollback", "--reason", "back to the stolen key"])?;
    ensure!(!refused.status.success(), "a rollback led back past a revoked key");

    let took = seconds_to_last_region(company)?;
    ensure!(
        Some(took) <= plan["propagation_bound_secs"].as_u64(),
        "{took} s from the command to the last region"
    );
    Ok(())
}

/// What the server writes down once it notices that the last region has confirmed, which is a moment later.
fn seconds_to_last_region(company: &Company) -> Result<u64> {
    let mut took = None;
    wait_until("the emergency to be over", || {
        let seen = company.house.admin("/v1/issuers/main/emergency")?;
        took = seen["emergency"]["seconds_to_last_region"].as_u64();
        Ok(took.is_some())
    })?;
    took.context("it is over")
}

/// The settings of the procedure under the names of the procedure, with its defaults.
fn configuration_reference(company: &Company) -> Result<()> {
    let policy = &company.house.admin("/v1/issuers")?["issuers"][0]["policy"];
    let said = ["access_token_expiry_secs", "refresh_token_expiry_secs", "leeway_secs"]
        .map(|name| policy[name].as_u64());
    assert_eq!(said, [Some(3_600), Some(2_592_000), Some(30)]);
    Ok(())
}

/// Size, storage, access, audit trail, schedule.
fn security_recommendations(company: &Company) -> Result<()> {
    let weak = company.house.keystile(&["keys", "create", "--bits", "1024"])?;
    let said = String::from_utf8(weak.stderr)?;
    ensure!(!weak.status.success() && said.contains("2048, 3072 or 4096"), "{said}");
    let anybody =
        Client::new().get(&format!("{}/v1/issuers/main/keys", company.house.system.admin.url()), None)?;
    assert_eq!(anybody.status, 401);
    Ok(())
}

/// The counters of the procedure, by their names: at the backend, and for everything that the edge refused.
fn monitoring(company: &Company) -> Result<()> {
    let before = company.backend.counter("auth_login_failures")?;
    let wrong = company.backend.sign_in(keystile_tests::EMAIL, "not the password");
    ensure!(wrong.is_err(), "a wrong password signed somebody in");
    assert_eq!(company.backend.counter("auth_login_failures")?, before + 1);
    let metrics = format!("{}/metrics", company.house.system.admin.url());
    let text = Client::new().get(&metrics, Some(company.house.system.admin.token()))?.body;
    for metric in ["auth_jwt_validation_errors{", "keystile_key_age_seconds{", "keystile_confirmed_version{"]
    {
        ensure!(text.lines().any(|line| line.starts_with(metric)), "no {metric} in {text}");
    }
    Ok(())
}

/// Everything that happened above stands in the audit log, with its reason, and the chain holds.
fn compliance_notes(company: &Company) -> Result<()> {
    let entries = company.house.system.admin.ask(["audit", "list", "--limit", "1000"])?;
    let entries = entries["entries"].as_array().context("no entries")?;
    for (action, reason) in [
        ("key.adopted", Value::Null),
        ("rotation.started", json!("quarterly")),
        ("key.activated", Value::Null),
        ("rotation.rolled_back", json!("a partner cannot read the new key")),
        ("epoch.raised", json!("everybody signs in again")),
        ("emergency.declared", json!("a private key in a public log")),
        ("key.handed_off", Value::Null),
    ] {
        let is_it =
            |entry: &&Value| entry["action"] == action && (reason.is_null() || entry["reason"] == reason);
        ensure!(entries.iter().any(|entry| is_it(&entry)), "no {action} with {reason} in {entries:?}");
    }
    let verified = company.house.keystile(&["audit", "verify"])?;
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    Ok(())
}

/// Tokens name the second they were issued in; the one in which everything was revoked must be over.
fn after_this_second() -> Result<()> {
    let second = now()?;
    wait_until("the next second", || Ok(now()? > second))
}
