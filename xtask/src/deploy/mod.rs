//! `cargo xtask deploy`: the edge worker to Cloudflare, or what that would set. `wrangler.toml` leaves to be set what is
//! yours, and refuses to be deployed as it is; here it is filled in from a file of settings that is whole.

mod settings;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::build_parts::{self, Worker};
use crate::place::Place;
use crate::process;
use crate::progress::{say, step};
use crate::setup;
use crate::system::Folder;
use settings::Settings;

/// What in `wrangler.toml` is deployed.
const ENVIRONMENT: &str = "production";

/// What is deployed, and whether.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The settings: lines such as `ISSUER=https://issuer.example`; docs/deploy.md lists them.
    #[arg(long, value_name = "FILE", default_value = "deploy.env")]
    settings: PathBuf,
    /// Show everything that would be set, and set nothing.
    #[arg(long)]
    dry_run: bool,
    /// Take the worker as it was built last.
    #[arg(long)]
    no_build: bool,
}

/// Checks the settings, shows what they set, and sets it unless this is a dry run.
pub fn run(place: &Place, options: &Options) -> Result<()> {
    let configuration =
        fs::read_to_string(place.root().join("wrangler.toml")).context("cannot read `wrangler.toml`")?;
    let settings = Settings::read(&options.settings)?;
    io::stdout().write_all(shown(&settings).as_bytes())?;
    let problems = settings.problems(&settings::described(&configuration));
    if !problems.is_empty() {
        bail!("nothing was deployed, because the configuration is not whole:\n  {}", problems.join("\n  "));
    }
    check_policy(place, &settings)?;
    setup::edge_tools(place)?;
    if !options.no_build {
        build_parts::worker(place, Worker::Deployed)?;
    }
    let file = whole(place, &configuration, &settings)?;
    wrangler(place, &file, &settings, options.dry_run)
}

/// Everything that is set, the secrets by name.
fn shown(settings: &Settings) -> String {
    let row = |kind: &str, name: &str, value: &str| format!("{kind:<14} {name:<22} {value}\n");
    let missing = "(missing)";
    let mut text = row("KV namespace", "KEYSETS", settings.get("KEYSETS_ID").unwrap_or(missing));
    settings.routes().for_each(|route| text += &row("route", "", route));
    settings.variables().for_each(|(name, value)| text += &row("variable", name, &value.replace('\n', " ")));
    settings.secrets().for_each(|(name, _)| text += &row("secret", name, "(set, not shown)"));
    text
}

/// A wrong policy would close the gateway, and is refused here with the place of the fault.
fn check_policy(place: &Place, settings: &Settings) -> Result<()> {
    let Some(policy) = settings.get("POLICY") else { return Ok(()) };
    serde_json::from_str::<Value>(policy).context("POLICY is no JSON; give the document, or `@FILE`")?;
    let file = folder(place)?.join("policy.json");
    fs::write(&file, policy)?;
    let check = ["run", "--quiet", "--package", "keystile-admin", "--", "policy", "check"];
    process::run(place.cargo().args(check).arg(file)).context("POLICY cannot be used")
}

/// `wrangler.toml` with what this deployment sets, where it finds worker and guard from.
fn whole(place: &Place, configuration: &str, settings: &Settings) -> Result<PathBuf> {
    let built = place.root().join("validator/worker/build/index.js");
    ensure!(built.exists(), "the worker was not built; leave out `--no-build`");
    let folder = folder(place)?;
    let file = folder.join("wrangler.toml");
    let from_here =
        configuration.replace("validator/worker/", &format!("{}/validator/worker/", place.root().display()));
    // The guard reads the configuration of the folder that it is run in.
    let guard = format!("deployable.mjs {ENVIRONMENT}\"\n");
    let from_here = from_here.replace(&guard, &format!("{guard}cwd = \"{}\"\n", folder.display()));
    fs::write(&file, settings.filled_in(&from_here)?)?;
    Ok(file)
}

fn wrangler(place: &Place, file: &Path, settings: &Settings, is_dry_run: bool) -> Result<()> {
    let mut wrangler = place.command("wrangler");
    wrangler.env("WRANGLER_SEND_METRICS", "false").env("NO_COLOR", "1");
    wrangler.args(["deploy", "--env", ENVIRONMENT, "--config"]).arg(file);
    if is_dry_run {
        step("asking wrangler what it would deploy");
        wrangler.env("CI", "1").arg("--dry-run").arg("--outdir").arg(folder(place)?.join("bundle"));
        process::run(&mut wrangler)?;
        say("    nothing was deployed: this was a dry run");
        return Ok(());
    }
    step("deploying");
    let secrets: serde_json::Map<_, _> =
        settings.secrets().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    // A file, because command lines are seen by everybody on the machine; and gone once wrangler has read it.
    let kept = Folder::new(&folder(place)?)?.keep("secrets.json", &Value::Object(secrets).to_string())?;
    let deployed = process::run(wrangler.arg("--secrets-file").arg(&kept));
    fs::remove_file(kept)?;
    deployed
}

fn folder(place: &Place) -> Result<PathBuf> {
    let folder = place.target().join("deploy");
    fs::create_dir_all(&folder)?;
    Ok(folder)
}
