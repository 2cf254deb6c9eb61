//! `cargo xtask up`: one line when all is ready, the same keys the next time, and nothing left behind.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]

use std::net::TcpListener;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use keystile_tests::{Up, descendants, is_running, signal};
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::http::Client;
use xtask::system::wait_until;

const MEMBERS: [&str; 8] =
    ["admin", "edge", "console", "admin_token", "sample_token", "issuer", "audience", "data"];

#[test]
fn a_second_run_goes_on_with_the_same_keys_and_each_leaves_no_process_behind() -> Result<()> {
    let folder = TempDir::new()?;
    let data = folder.path().join("data");
    let mut seen = Vec::new();
    for way_to_stop in ["INT", "TERM"] {
        let up = Up::start(&data, &[])?;
        what_it_printed_works(&up)?;
        seen.push((keys(up.get("admin")?)?, up.get("admin_token")?.to_owned()));
        nothing_is_left_after(up, way_to_stop)?;
    }
    assert_eq!(seen.first(), seen.last(), "keys and admin token of both runs");
    Ok(())
}

#[test]
fn a_busy_port_is_refused_with_the_option_that_chooses_another() -> Result<()> {
    let folder = TempDir::new()?;
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let data = folder.path().join("data");
    for (option, edge, admin) in [("--port", port.as_str(), "0"), ("--admin-port", "0", &port)] {
        let output = Up::command(&data, edge, admin)?.output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(!output.status.success(), "it went on with a busy port");
        ensure!(errors.contains(&format!("port `{port}` is busy")) && errors.contains(option), "{errors}");
        ensure!(!data.exists(), "the data folder was made in vain");
    }
    Ok(())
}

#[test]
fn a_part_that_dies_ends_it_with_that_parts_last_lines() -> Result<()> {
    let folder = TempDir::new()?;
    let mut up = Up::start(&folder.path().join("data"), &[])?;
    let below = descendants(up.id())?;
    let server =
        below.iter().find(|id| command_line(**id).contains("keystile\0serve")).context("no admin server")?;
    signal("KILL", *server)?;
    let (status, said) = up.ended()?;
    ensure!(!status.success(), "it ended well");
    ensure!(said.contains("the admin server ended") && said.contains("listening on"), "{said}");
    ensure!(!below.iter().any(|id| is_running(*id)), "the other parts are still there");
    Ok(())
}

#[test]
fn the_demonstrations_backend_signs_its_own_tokens_and_is_handed_each_new_key() -> Result<()> {
    let folder = TempDir::new()?;
    let up = Up::start(&folder.path().join("data"), &["--demo"])?;
    let client = Client::new();
    let me = format!("{}/api/v1/users/me", up.get("edge")?);
    let before = up.get("sample_token")?;
    assert_eq!(client.get(&me, Some(before))?.success()?["email"], "test@example.com");

    let rotation = format!("{}/v1/issuers/main/rotation", up.get("admin")?);
    let started = client.post(&rotation, Some(up.get("admin_token")?), &json!({ "reason": "a test" }))?;
    let new_kid = started.success()?["rotation"]["new_kid"].clone();
    let login = format!("{}/api/v1/auth/login", up.line["phone_manager"]["url"].as_str().context("no url")?);
    let credentials = json!({ "email": "test@example.com", "password": "testpass" });
    let mut after = String::new();
    wait_until("the backend to sign with the new key", || {
        // While it is deployed anew, nobody answers.
        let Ok(answer) = client.post(&login, None, &credentials) else { return Ok(false) };
        after = answer.success()?["access_token"].as_str().context("no token")?.to_owned();
        Ok(kid_of(&after)? == new_kid)
    })?;
    for token in [before, &after] {
        assert_eq!(client.get(&me, Some(token))?.status, 200);
    }
    nothing_is_left_after(up, "INT")
}

fn what_it_printed_works(up: &Up) -> Result<()> {
    for member in MEMBERS {
        up.get(member)?;
    }
    let client = Client::new();
    let hello = format!("{}/hello", up.get("edge")?);
    let seen = client.get(&hello, Some(up.get("sample_token")?))?.success()?;
    assert_eq!(seen["path"], "/hello");
    let tampered = format!("{}A", up.get("sample_token")?);
    assert_eq!(client.get(&hello, Some(&tampered))?.status, 401);
    let session = format!("{}/v1/session", up.get("admin")?);
    assert_eq!(client.get(&session, Some(up.get("admin_token")?))?.success()?["role"], "admin");
    let console = client.get(up.get("console")?, None)?;
    ensure!(console.status == 200 && console.header("content-type").starts_with("text/html"), "no console");
    Ok(())
}

fn nothing_is_left_after(up: Up, way_to_stop: &str) -> Result<()> {
    let below = descendants(up.id())?;
    ensure!(below.len() >= 4, "node, wrangler, workerd and the server should run, not {below:?}");
    let (status, said) = up.stop(way_to_stop)?;
    ensure!(status.success(), "it ended with {status}: {said}");
    wait_until("the last process to end", || Ok(!below.iter().any(|id| is_running(*id))))
}

fn keys(admin: &str) -> Result<Value> {
    Client::new().get(&format!("{admin}/.well-known/jwks.json"), None)?.success()
}

/// The `kid` in the header of a token.
fn kid_of(token: &str) -> Result<Value> {
    let header = token.split('.').next().context("a token")?;
    let header: Value = serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header)?)?;
    Ok(header["kid"].clone())
}

fn command_line(id: u32) -> String {
    std::fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default()
}
