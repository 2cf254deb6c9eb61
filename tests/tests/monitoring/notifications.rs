//! Webhooks and mail, taken by receivers of other makes.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use keystile_tests::Receivers;
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::place::Place;
use xtask::system::wait_until;

use crate::server::Server;

const HERE: (&str, &str) = ("KEYSTILE__OUTBOUND__ALLOWED_HOSTS", "127.0.0.1");

impl Server {
    fn declare_emergency(&self) -> Result<()> {
        let kid = self.admin.active_kid(&self.client)?;
        let confirm = kid.get(..8).context("a short kid")?.to_owned();
        self.admin.ask(["emergency", "--reason", "a drill", "--confirm", &confirm]).map(drop)
    }
}

#[test]
fn a_receiver_of_another_make_believes_what_it_is_told_and_is_told_again_after_a_crash() -> Result<()> {
    let mut server = Server::start(&[HERE])?;
    let mut receivers = Receivers::start(&server.place, &[])?;
    let url = format!("http://127.0.0.1:{}/hook", receivers.http_port);
    let wanted = json!({ "url": url, "events": ["emergency.declared"] });
    let hooks = format!("{}/v1/webhooks", server.admin.url());
    let added = server.client.post(&hooks, Some(server.admin.token()), &wanted)?;
    ensure!(added.status == 201, "{added:?}");
    let added: Value = serde_json::from_str(&added.body)?;
    let (id, secret) = (text(&added, "/id")?, text(&added, "/secret")?);
    receivers.verify_with(&secret)?;
    let listed = server.client.get(&hooks, Some(server.admin.token()))?.body;
    ensure!(listed.contains(&id) && !listed.contains(&secret), "{listed}");

    // It refuses once, and the server is killed before it tries again.
    receivers.refuse_next(503)?;
    server.declare_emergency()?;
    wait_until("the receiver to be told", || Ok(receivers.webhooks()?.len() == 1))?;
    server.admin.kill();
    server.admin.start()?;
    wait_until("the receiver to be told again", || Ok(receivers.webhooks()?.len() == 2))?;
    let told = receivers.webhooks()?;
    for once in &told {
        ensure!(once.pointer("/ok") == Some(&json!(true)), "the signature is not believed: {once}");
        ensure!(once.pointer("/event/type") == Some(&json!("emergency.declared")), "{once}");
        ensure!(once.pointer("/event/data/reason") == Some(&json!("a drill")), "{once}");
    }
    let ids: BTreeSet<_> = told.iter().map(|once| once.pointer("/id").and_then(Value::as_str)).collect();
    ensure!(ids.len() == 1 && !ids.contains(&None), "another id: {told:?}");

    // While one secret takes over from the other, receivers believe with either.
    let new = text(&server.admin.ask(["webhooks", "rotate-secret", &id])?, "/secret")?;
    for secret in [&new, &secret] {
        receivers.verify_with(secret)?;
        ensure!(server.admin.ask(["webhooks", "test", &id])?.pointer("/delivered") == Some(&json!(true)));
        let last = receivers.webhooks()?.pop().context("nobody was told")?;
        ensure!(last.pointer("/ok") == Some(&json!(true)), "{last}");
    }
    receivers.verify_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
    server.admin.ask(["webhooks", "test", &id])?;
    let last = receivers.webhooks()?.pop().context("nobody was told")?;
    ensure!(last.pointer("/ok") == Some(&json!(false)), "it believes with any secret: {last}");
    server.admin.ask(["webhooks", "remove", &id]).map(drop)
}

#[test]
fn nobody_can_have_the_server_knock_at_its_own_doors() -> Result<()> {
    let server = Server::start(&[])?;
    let hooks = format!("{}/v1/webhooks", server.admin.url());
    let port = server.admin.url().rsplit(':').next().unwrap_or_default().to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]", "0x7f.1", "169.254.169.254", "[::ffff:10.0.0.1]"] {
        for scheme in ["http", "https"] {
            let wanted = json!({ "url": format!("{scheme}://{host}:{port}/v1/issuers/main/emergency") });
            let answer = server.client.post(&hooks, Some(server.admin.token()), &wanted)?;
            ensure!(answer.status == 400 && answer.body.contains("invalid_input"), "{host}: {answer:?}");
        }
    }
    let listed = server.client.get(&hooks, Some(server.admin.token()))?.body;
    ensure!(listed == r#"{"webhooks":[]}"#, "{listed}");
    Ok(())
}

#[test]
fn an_emergency_is_told_by_mail_over_tls() -> Result<()> {
    let folder = TempDir::new()?;
    let [key, certificate] = ["key.pem", "certificate.pem"].map(|name| folder.path().join(name));
    let (key, certificate) = (key.to_str().context("not UTF-8")?, certificate.to_str().context("not UTF-8")?);
    certify_localhost(key, certificate)?;
    let mut receivers = Receivers::start(&Place::find()?, &[key, certificate])?;
    let url = format!("smtp://ada:right@localhost:{}?tls=required", receivers.smtp_port);
    let server = Server::start(&[
        ("KEYSTILE__MAIL__URL", &url),
        ("KEYSTILE__MAIL__FROM", "Keystile <keys@example.com>"),
        ("KEYSTILE__MAIL__TO", "oncall@example.com, Ada <ada@example.com>"),
        // The system's roots, to which only this machine's own is added.
        ("SSL_CERT_FILE", certificate),
    ])?;
    server.declare_emergency()?;
    wait_until("the mail to arrive", || Ok(!receivers.mails()?.is_empty()))?;
    let mail = receivers.mails()?.remove(0);
    ensure!(
        mail.pointer("/tls") == Some(&json!(true)) && mail.pointer("/user") == Some(&json!("ada")),
        "{mail}"
    );
    ensure!(mail.pointer("/from") == Some(&json!("keys@example.com")), "{mail}");
    ensure!(mail.pointer("/to") == Some(&json!(["oncall@example.com", "ada@example.com"])), "{mail}");
    let words = text(&mail, "/text")?;
    for part in ["Subject: [keystile] emergency.declared (main)", "reason: a drill", "Message-ID: <msg_"] {
        ensure!(words.contains(part), "no `{part}` in {words}");
    }
    Ok(())
}

fn certify_localhost(key: &str, certificate: &str) -> Result<()> {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", key, "-out", certificate])
        .output()?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    ensure!(fs::metadata(certificate)?.len() > 0, "OpenSSL wrote no certificate");
    Ok(())
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).with_context(|| format!("no `{pointer}` in {value}"))
}
