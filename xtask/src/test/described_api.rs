//! Does the server do what `/openapi.json` says? schemathesis, by another make, tries: requests that fit the description and
//! requests that do not, to a real server with an administrator's token.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Outcome;
use super::cases::Cases;
use crate::http::Client;
use crate::place::Place;
use crate::process::{self, Service};
use crate::python;
use crate::system::{any_free_port, wait_until};

/// So many requests of each kind for each operation: half a minute together.
const EXAMPLES: &str = "8";
/// Any will do; a fixed one makes a failure repeatable.
const SEED: &str = "7";
/// Not asked for: that everything which fits the description be accepted. A description cannot say that a name must be known,
/// a text be a key, or a state be the present one; schemathesis sees a 400, 412 or 422 there as a fault.
const NOT_ASKED_FOR: &str = "positive_data_acceptance";

/// A stream has no end, so that every try would wait for one; `api/tests` listens to it.
const STREAM: &str = "/v1/events";

/// No server error, no answer that breaks its schema, no status that is not described, nothing accepted that does not fit, no
/// door open without a credential.
pub(super) fn hold(place: &Place) -> Result<Outcome> {
    if let Some(reason) = python::install(place)? {
        return Ok(Outcome::Skipped(reason));
    }
    let folder = place.target().join("described-api");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let address = format!("127.0.0.1:{}", any_free_port()?);
    let keystile = |arguments: &[&str]| {
        let mut command = Command::new(place.keystile());
        command.env("KEYSTILE__DATA", folder.join("data")).env("KEYSTILE__LISTEN", &address).args(arguments);
        command
    };
    let first: Value = serde_json::from_str(&process::read(&mut keystile(&["init", "--json"]))?)?;
    let token = first.get("admin_token").and_then(Value::as_str).context("no token was made")?;
    let server = Service::start("admin server", &mut keystile(&["serve"]), &folder.join("admin.log"))?;
    let client = Client::new();
    let ready = format!("http://{address}/readyz");
    wait_until("the admin server to be ready", || {
        Ok(client.get(&ready, None).is_ok_and(|it| it.status == 200))
    })?;
    let mut schemathesis = place.command(place.python("schemathesis"));
    schemathesis.current_dir(&folder).arg("run").arg(format!("http://{address}/openapi.json"));
    schemathesis.args(["--header", &format!("Authorization: Bearer {token}")]);
    schemathesis.args(["--max-examples", EXAMPLES, "--seed", SEED, "--exclude-checks", NOT_ASKED_FOR]);
    schemathesis.args(["--exclude-path", STREAM]);
    // Without the phase that chains operations: what it would chain, `tests/` does.
    schemathesis.args([
        "--phases",
        "examples,coverage,fuzzing",
        "--suppress-health-check",
        "all",
        "--no-color",
    ]);
    let judged = process::run(&mut schemathesis);
    server.kill();
    judged.context("the server does not do what /openapi.json says")?;
    Ok(Outcome::Passed(Some(Cases { passed: 1, ..Cases::default() })))
}
