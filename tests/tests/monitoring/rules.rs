//! The metrics of a real server and the alert rules, judged by Prometheus' own tool.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::server::Server;

#[test]
fn the_metrics_of_a_server_are_in_the_format_and_by_the_practices_of_prometheus() -> Result<()> {
    let server = Server::start(&[])?;
    let kid = server.admin.active_kid(&server.client)?;
    let refused = json!({ "token_expired": 3, "kid_unknown": 2 });
    let counters = json!({
        "accepted": 7, "unknown_kid": 2, "refused": refused, "by_kid": { kid.as_str(): 7 }, "without_kid": { kid.as_str(): 1 },
        "refused_by_kid": { kid.as_str(): { "token_expired": 3 } },
    });
    server.report("fra", 1, &counters)?;
    server.report("sin-1:a.b_c", 0, &json!({}))?;
    let wrong = server.client.get(&format!("{}/v1/status", server.admin.url()), Some("ks_wrong"))?;
    ensure!(wrong.status == 401, "{wrong:?}");
    let text = server.metrics()?;
    for sample in [
        "auth_login_failures{door=\"api\"} 1\n",
        "auth_jwt_validation_errors{issuer=\"main\",region=\"fra\",code=\"token_expired\"} 3\n",
        "auth_jwt_validation_errors{issuer=\"main\",region=\"fra\",code=\"key_revoked\"} 0\n",
        "keystile_unknown_kids_total{issuer=\"main\",region=\"fra\"} 2\n",
        "keystile_overlap_breach{issuer=\"main\",region=\"fra\"} 0\n",
        "keystile_overlap_breach{issuer=\"main\",region=\"sin-1:a.b_c\"} 1\n",
        &format!("keystile_key_tokens_accepted_total{{issuer=\"main\",kid=\"{kid}\"}} 7\n"),
        &format!(
            "keystile_key_tokens_refused_total{{issuer=\"main\",kid=\"{kid}\",code=\"token_expired\"}} 3\n"
        ),
        &format!("keystile_tokens_without_kid_total{{issuer=\"main\",kid=\"{kid}\"}} 1\n"),
    ] {
        ensure!(text.contains(sample), "no `{sample}` in\n{text}");
    }

    let mut check = server.promtool()?;
    let mut check = check
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    check.stdin.take().context("no input")?.write_all(text.as_bytes())?;
    let said = check.wait_with_output()?;
    let words = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    ensure!(said.status.success() && words.trim().is_empty(), "promtool says:\n{words}");
    Ok(())
}

#[test]
fn every_shipped_rule_fires_once_and_none_where_all_is_well() -> Result<()> {
    let server = Server::start(&[])?;
    let (rules, tests) = (server.shipped("keystile.rules.yml"), server.shipped("keystile.rules.test.yml"));
    for arguments in [["check", "rules"], ["test", "rules"]] {
        let file = if arguments[0] == "check" { &rules } else { &tests };
        run(server.promtool()?.args(arguments).arg(file))?;
    }
    // promtool says nothing of a rule that no test names.
    let (rules, tests) = (fs::read_to_string(rules)?, fs::read_to_string(tests)?);
    let alerts: Vec<_> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    ensure!(alerts.len() > 10, "{alerts:?}");
    for alert in alerts {
        ensure!(tests.contains(&format!("- name: {alert} fires\n")), "no test fires `{alert}`");
        let calm = format!("alertname: {alert}, exp_alerts: []");
        ensure!(tests.contains(&calm), "no test says that `{alert}` does not fire where all is well");
    }
    config_is_valid(&server)
}

/// The configuration names a file with the token, which must be there for promtool.
fn config_is_valid(server: &Server) -> Result<()> {
    let folder = TempDir::new()?;
    for name in ["prometheus.yml", "keystile.rules.yml"] {
        fs::copy(server.shipped(name), folder.path().join(name))?;
    }
    fs::write(folder.path().join("keystile-viewer-token"), "ks_…")?;
    run(server.promtool()?.args(["check", "config"]).arg(folder.path().join("prometheus.yml")))
}

#[test]
fn rules_and_dashboard_name_what_the_server_serves() -> Result<()> {
    let server = Server::start(&[])?;
    let catalogue = fs::read_to_string(server.place.root().join("admin/src/api/metrics/catalogue.rs"))?;
    let served = metrics_in(&catalogue);
    // What a server says at once is in its catalogue, which is therefore not just a list of wishes.
    server.report("fra", 1, &json!({ "accepted": 1 }))?;
    for line in server.metrics()?.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap_or_default();
        ensure!(served.contains(name), "`{name}` is served, and not in the catalogue");
    }
    for file in ["keystile.rules.yml", "keystile.rules.test.yml", "grafana-dashboard.json"] {
        let text = fs::read_to_string(server.shipped(file))?;
        let named = metrics_in(&text);
        ensure!(named.len() > 10, "{file} names {named:?}");
        let unknown: Vec<_> = named.difference(&served).collect();
        ensure!(unknown.is_empty(), "{file} names metrics that the server does not have: {unknown:?}");
    }
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(server.shipped("grafana-dashboard.json"))?)?;
    let expressions = dashboard["panels"].as_array().context("no panels")?.iter();
    let expressions = expressions.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let mut rules = "groups:\n  - name: dashboard\n    rules:\n".to_owned();
    for expression in expressions.filter_map(|target| target["expr"].as_str()) {
        let expression = expression.replace('\'', "''");
        rules.push_str(&format!(
            "      - {{record: a, expr: '{expression}', labels: {{n: \"{}\"}}}}\n",
            rules.len()
        ));
    }
    let folder = TempDir::new()?;
    fs::write(folder.path().join("rules.yml"), rules)?;
    run(server.promtool()?.args(["check", "rules"]).arg(folder.path().join("rules.yml")))
}

/// Every name of a metric in a text.
fn metrics_in(text: &str) -> BTreeSet<&str> {
    let words = text.split(|character: char| !(character.is_ascii_alphanumeric() || character == '_'));
    words.filter(|word| word.starts_with("keystile_") || word.starts_with("auth_")).collect()
}

fn run(command: &mut Command) -> Result<()> {
    let said = command.output().context(Path::new(command.get_program()).display().to_string())?;
    let words = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    ensure!(said.status.success(), "{words}");
    Ok(())
}
