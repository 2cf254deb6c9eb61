//! What people get wrong: each time a clear word with the remedy, an exit code that says so, and nothing half-written.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Result, ensure};
use keystile_tests::{KeyPair, RefusingKv};
use serde_json::Value;
use tempfile::TempDir;
use xtask::place::Place;
use xtask::system::any_free_port;

#[test]
fn a_malformed_private_key_is_refused() -> Result<()> {
    let pem = "-----BEGIN RSA PRIVATE KEY-----\nthis is not base64\n-----END RSA PRIVATE KEY-----\n";
    adoption_is_refused(&[("PM__JWT__PRIVATE_KEY", pem)], "PEM")
}

#[test]
fn a_key_of_1024_bits_is_refused() -> Result<()> {
    let pair = KeyPair::of_bits(1024)?;
    adoption_is_refused(&[("PM__JWT__PRIVATE_KEY", &pair.private_pem)], "2048")
}

#[test]
fn a_public_key_of_another_pair_is_refused() -> Result<()> {
    let (one, other) = (KeyPair::of_bits(2048)?, KeyPair::of_bits(2048)?);
    let variables =
        [("PM__JWT__PRIVATE_KEY", one.private_pem.as_str()), ("PM__JWT__PUBLIC_KEY", &other.public_pem)];
    adoption_is_refused(&variables, "pair")
}

#[test]
fn a_public_key_alone_is_refused() -> Result<()> {
    let pair = KeyPair::of_bits(2048)?;
    adoption_is_refused(&[("PM__JWT__PUBLIC_KEY", &pair.public_pem)], "PM__JWT__PRIVATE_KEY")
}

#[test]
fn a_busy_port_is_refused_before_anything_is_written() -> Result<()> {
    let folder = TempDir::new()?;
    let data = folder.path().join("data");
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let output = keystile(&data)?.args(["serve", "--listen", &address]).output()?;
    is_refused(&output, &["--listen", &address])?;
    ensure!(!data.exists(), "the data folder was made in vain");
    Ok(())
}

#[test]
fn a_data_folder_that_cannot_be_written_is_refused() -> Result<()> {
    let folder = TempDir::new()?;
    let file = folder.path().join("file");
    fs::write(&file, "not a folder")?;
    let data = file.join("data");
    let output = keystile(&data)?.arg("init").output()?;
    is_refused(&output, &[&data.display().to_string()])?;
    ensure!(fs::read_to_string(&file)? == "not a folder", "the file was touched");
    Ok(())
}

#[test]
fn a_misspelt_setting_is_refused() -> Result<()> {
    let folder = TempDir::new()?;
    let data = folder.path().join("data");
    let output =
        keystile(&data)?.env("KEYSTILE__ISUER__ISS", "https://issuer.example").arg("init").output()?;
    is_refused(&output, &["KEYSTILE__ISUER__ISS"])?;
    ensure!(!data.exists(), "the data folder was made in vain");
    Ok(())
}

#[test]
fn an_edge_store_that_the_token_would_reach_in_clear_is_refused() -> Result<()> {
    let folder = TempDir::new()?;
    let data = folder.path().join("data");
    let kv = [("BASE_URL", "http://kv.example"), ("NAMESPACE_ID", "namespace"), ("API_TOKEN", "token")];
    let variables = kv.map(|(name, value)| (format!("KEYSTILE__KV__{name}"), value));
    let output = keystile(&data)?.arg("init").envs(variables).output()?;
    is_refused(&output, &["http://kv.example", "https://"])?;
    ensure!(!data.exists(), "the data folder was made in vain");
    Ok(())
}

#[test]
fn a_wrong_api_token_of_the_edge_store_is_named_and_the_push_stays_due() -> Result<()> {
    let kv = RefusingKv::answering(403, 10000, "Authentication error")?;
    push_is_refused(kv.url(), &["refused the API token", "403"])
}

#[test]
fn an_edge_store_that_refuses_the_write_is_named_and_the_push_stays_due() -> Result<()> {
    let kv = RefusingKv::answering(500, 10001, "internal trouble")?;
    push_is_refused(kv.url(), &["500"])
}

#[test]
fn an_edge_store_that_cannot_be_reached_is_named_and_the_push_stays_due() -> Result<()> {
    let nobody = format!("http://127.0.0.1:{}", any_free_port()?);
    push_is_refused(&nobody, &["cannot be reached"])
}

#[test]
fn a_port_without_an_address_is_refused_with_how_to_write_it() -> Result<()> {
    let folder = TempDir::new()?;
    let output = keystile(&folder.path().join("data"))?.args(["serve", "--listen", "8420"]).output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(2), "ended with {}: {errors}", output.status);
    ensure!(errors.contains("such as 127.0.0.1:8420"), "no example: {errors}");
    Ok(())
}

#[test]
fn milliseconds_in_place_of_seconds_are_refused_before_a_key_is_bound_to_them() -> Result<()> {
    let folder = TempDir::new()?;
    let data = folder.path().join("data");
    ensure!(keystile(&data)?.arg("init").output()?.status.success(), "no first start");
    let output =
        keystile(&data)?.args(["issuer", "change", "--refresh-token-expiry-secs", "2592000000"]).output()?;
    is_refused(&output, &["refresh_token_expiry_secs", "315360000", "unit"])
}

#[test]
fn the_status_of_an_issuer_that_is_not_there_is_refused_and_the_first_start_says_where_the_console_is()
-> Result<()> {
    let folder = TempDir::new()?;
    let data = folder.path().join("data");
    let first = keystile(&data)?.arg("init").output()?;
    let said = String::from_utf8_lossy(&first.stdout);
    ensure!(said.contains("the console is at http://127.0.0.1:8420"), "{said}");
    is_refused(&keystile(&data)?.args(["status", "--issuer", "mian"]).output()?, &["no issuer `mian`"])?;
    let told = keystile(&data)?.args(["status", "--issuer", "mian", "--json"]).output()?;
    let problem: Value = serde_json::from_slice(&told.stderr)?;
    ensure!(told.status.code() == Some(1) && problem["code"] == "issuer_not_found", "{problem}");
    Ok(())
}

fn adoption_is_refused(variables: &[(&str, &str)], said: &str) -> Result<()> {
    let folder = TempDir::new()?;
    let data = folder.path().join("data");
    let output =
        keystile(&data)?.args(["init", "--env-prefix", "PM"]).envs(variables.iter().copied()).output()?;
    is_refused(&output, &[said])?;
    for (_, secret) in variables.iter().filter(|(name, _)| name.ends_with("PRIVATE_KEY")) {
        let body = secret.lines().nth(1).unwrap_or_default();
        ensure!(!String::from_utf8_lossy(&output.stderr).contains(body), "the message repeats the key");
    }
    ensure!(!data.exists(), "the data folder was made in vain");
    // The next start, with the mistake mended, is a first start.
    let mended = keystile(&data)?.args(["init", "--json"]).output()?;
    let first: Value = serde_json::from_slice(&mended.stdout)?;
    ensure!(first["admin_token"].is_string(), "not a first start: {first}");
    Ok(())
}

fn push_is_refused(base: &str, said: &[&str]) -> Result<()> {
    let folder = TempDir::new()?;
    let data = folder.path().join("data");
    let command = |arguments: &[&str]| -> Result<Output> {
        let kv = [("BASE_URL", base), ("NAMESPACE_ID", "namespace"), ("API_TOKEN", "not-the-token")];
        let variables = kv.map(|(name, value)| (format!("KEYSTILE__KV__{name}"), value));
        Ok(keystile(&data)?.envs(variables).args(arguments).output()?)
    };
    ensure!(command(&["init"])?.status.success(), "init needs no store");
    let pushed = command(&["publish"])?;
    is_refused(&pushed, said)?;
    ensure!(
        !String::from_utf8_lossy(&pushed.stderr).contains("not-the-token"),
        "the message repeats the token"
    );
    let status: Value = serde_json::from_slice(&command(&["status", "--json"])?.stdout)?;
    ensure!(status["issuers"][0]["push"]["pending"] == true, "the push was forgotten: {status}");
    Ok(())
}

/// `keystile` on this data folder, in an environment without settings of its own.
fn keystile(data: &Path) -> Result<Command> {
    let mut command = Command::new(Place::find()?.keystile());
    command.env_clear().env("KEYSTILE__DATA", data);
    Ok(command)
}

/// Exit code 1, `error:` on standard error with what is expected, and nothing on standard output.
fn is_refused(output: &Output, said: &[&str]) -> Result<()> {
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.code() == Some(1), "ended with {}: {errors}", output.status);
    ensure!(errors.contains("error: "), "no error was said: {errors}");
    for words in said {
        ensure!(errors.contains(words), "`{words}` is missing in: {errors}");
    }
    Ok(())
}
