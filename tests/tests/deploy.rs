//! What a deployment of the edge worker would set, and what is refused because it is not whole.

use std::fs;
use std::process::{Command, Output};

use anyhow::{Context, Result};
use tempfile::TempDir;
use xtask::place::Place;

const WHOLE: &str = "\
# A deployment that lacks nothing.
KEYSETS_ID=0123456789abcdef0123456789abcdef
ROUTES=api.example.com/* www.example.com/api/*
ORIGIN=https://origin.example
ISSUER=https://issuer.example
AUDIENCE=api.example
ROOT_KEYS=@roots.json
ADMIN_URL=https://keys.example
EDGE_TOKEN=kst_a_secret_that_nobody_sees
";

const ROOTS: &str = r#"{"keys":[{"kty":"RSA","kid":"root","n":"AQAB","e":"AQAB"}]}"#;

#[test]
fn a_dry_run_shows_everything_but_the_secrets() -> Result<()> {
    let output = deploy(WHOLE)?;
    let text = said(&output);
    assert!(output.status.success(), "{text}");
    for shown in [
        "0123456789abcdef0123456789abcdef",
        "api.example.com/*",
        "www.example.com/api/*",
        "https://origin.example",
        "https://issuer.example",
        "https://keys.example",
        "EDGE_TOKEN",
        "KV Namespace",
        "Durable Object",
        "nothing was deployed",
    ] {
        assert!(text.contains(shown), "`{shown}` in {text}");
    }
    assert!(!text.contains("kst_a_secret"), "{text}");
    Ok(())
}

#[test]
fn what_is_not_whole_is_refused_with_everything_that_is_missing() -> Result<()> {
    let half =
        "ORIGIN=https://origin.example\nISSUER=https://issuer.example\nEDGE_TOKEN=kst_a_secret\nLEEWEY=30\n";
    let output = deploy(half)?;
    let text = said(&output);
    assert!(!output.status.success(), "{text}");
    for missing in ["KEYSETS_ID is missing", "ROUTES is missing", "who may pass", "belong together", "LEEWEY"]
    {
        assert!(text.contains(missing), "`{missing}` in {text}");
    }
    assert!(!text.contains("kst_a_secret") && !text.contains("wrangler what"), "{text}");
    Ok(())
}

fn deploy(settings: &str) -> Result<Output> {
    let folder = TempDir::new()?;
    let file = folder.path().join("deploy.env");
    fs::write(&file, settings)?;
    fs::write(folder.path().join("roots.json"), ROOTS)?;
    let place = place()?;
    let mut command: Command = place.command(place.target().join("debug/xtask"));
    command.args(["deploy", "--dry-run", "--no-build", "--settings"]).arg(&file);
    command.output().context("cannot start xtask")
}

fn place() -> Result<Place> {
    Place::find()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}
