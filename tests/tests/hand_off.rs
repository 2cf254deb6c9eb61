//! Keys are handed over to real secrets managers, through a whole gradual rotation and an emergency: whatever a backend reads
//! there, and whenever, the edge believes what it signs; and a manager that is down, slow or refusing holds the rotation up
//! until it is not.

#![expect(clippy::indexing_slicing, reason = "a JSON value answers `null` for an absent member")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use keystile_tests::{Aws, Company, House, KeyPair, OpenBao, Signer, signal};
use serde_json::{Value, json};
use tempfile::TempDir;
use xtask::place::Place;
use xtask::system::{Behind, wait_until};

const PRIVATE_KEY: &str = "PM__JWT__PRIVATE_KEY";
const KEY_ID: &str = "PM__JWT__KEY_ID";

/// A house whose backends read their key in four places.
struct Backends {
    house: House,
    bao: OpenBao,
    aws: Aws,
    signer: Signer,
    files: PathBuf,
    _folder: TempDir,
}

#[test]
fn backends_find_the_key_that_signs_whatever_becomes_of_the_managers() -> Result<()> {
    let mut backends = Backends::begin()?;
    a_new_target_gets_the_key_that_signs(&mut backends)?;
    a_slow_manager_holds_the_rotation_up(&mut backends)?;
    managers_that_are_down_and_refusing_hold_the_rotation_up(&mut backends)?;
    an_emergency_waits_for_nobody(&mut backends)?;
    everything_that_arrived_is_proved(&backends)
}

/// Whoever has signed in stays in; requests fail while the backend restarts, and then alone.
#[test]
fn a_backend_under_the_agent_is_restarted_with_the_new_key() -> Result<()> {
    let (mut company, mut users) = Company::that_has_signed_so_far(&[])?;
    company.deploy_under_the_agent()?;
    let old = company.house.active_kid()?;
    users.push(company.sign_in()?);
    company.all_are_in(&users)?;
    let new = company.rotate("quarterly")?;
    wait_until("the backend to sign with the new key", || {
        // While it restarts, nobody answers, and the edge says so.
        let Ok(device) = company.sign_in() else { return Ok(false) };
        for device in users.iter().chain([&device]) {
            let status = company.me(device)?.status;
            ensure!(status != 401 && status != 403, "a good token was refused with {status}");
        }
        let judged = company.house.system.admin.ask(["token", "inspect", &device.session.access_token])?;
        Ok(judged["header"]["kid"] == new.as_str())
    })?;
    company.all_are_in(&users)?;
    company.all_refresh(&mut users)?;
    let handed = company.house.system.admin.ask(["audit", "list", "--limit", "1000"])?;
    for kid in [old, new] {
        let entries = handed["entries"].as_array().context("no entries")?;
        let handed_off =
            |entry: &&Value| entry["action"] == "key.handed_off" && entry["subject"] == kid.as_str();
        ensure!(
            entries.iter().any(|entry| handed_off(&entry)),
            "nobody wrote down that {kid} was handed off"
        );
    }
    ensure!(!company.backend.log()?.contains("PRIVATE KEY"), "the agent has printed a key");
    Ok(())
}

/// As a shell: the exit code is the backend's, a signal is passed on, and nothing of the server's is handed down.
#[test]
fn the_agent_passes_signals_and_the_exit_code_on_and_keeps_the_servers_settings() -> Result<()> {
    let folder = TempDir::new()?;
    let file = folder.path().join("backend.json");
    fs::write(&file, json!({ "PM__JWT__KEY_ID": "one" }).to_string())?;
    let agent = |script: &str| {
        let mut command = Command::new(Place::find()?.keystile());
        command.args(["agent", "--file"]).arg(&file).args(["--", "sh", "-c", script]);
        command.env("KEYSTILE__MASTER_KEY", "x").env("KEYSTILE_CREDENTIAL__BAO", "y");
        Ok::<_, anyhow::Error>(command)
    };
    let said = agent("env; exit 7")?.output()?;
    let text = String::from_utf8(said.stdout)?;
    assert_eq!(said.status.code(), Some(7));
    ensure!(text.contains("PM__JWT__KEY_ID=one") && !text.contains("KEYSTILE_"), "{text}");

    let script = "trap 'echo caught; exit 5' TERM; echo $PM__JWT__KEY_ID; while :; do sleep 0.1; done";
    let log = folder.path().join("agent.log");
    let mut running = agent(script)?.stdout(fs::File::create(&log)?).spawn()?;
    let says = |what: &str| Ok(fs::read_to_string(&log)?.contains(what));
    wait_until("the backend to start", || says("one"))?;
    fs::write(&file, json!({ "PM__JWT__KEY_ID": "two" }).to_string())?;
    wait_until("the backend to start again", || says("caught\ntwo"))?;
    signal("TERM", running.id())?;
    assert_eq!(running.wait()?.code(), Some(5));
    Ok(())
}

fn a_new_target_gets_the_key_that_signs(backends: &mut Backends) -> Result<()> {
    let kid = backends.house.active_kid()?;
    backends.wait_until_all_hold(&kid)?;
    backends.every_backend_is_believed()
}

fn a_slow_manager_holds_the_rotation_up(backends: &mut Backends) -> Result<()> {
    let old = backends.house.active_kid()?;
    backends.bao.wire.hold();
    let new = backends.rotate()?;
    backends.wait_until_target("vault", "did not answer within 5 seconds")?;
    wait_until("the other targets to hold the new key", || Ok(backends.aws.read()?[KEY_ID] == new.as_str()))?;
    // One backend signs with the new key already, and the other with the old one.
    assert_eq!(backends.house.active_kid()?, old);
    assert_eq!(backends.bao.read()?[KEY_ID], old.as_str());
    backends.every_backend_is_believed()?;
    let shown = backends.house.keystile(&["rotation", "show"])?;
    let said = String::from_utf8(shown.stdout)?;
    ensure!(said.contains("activating: not handed over to `vault` since "), "{said}");
    let refused = backends.house.keystile(&["rotation", "cancel"])?;
    let said = String::from_utf8(refused.stderr)?;
    ensure!(
        !refused.status.success() && said.contains("has been handed over to a backend already"),
        "{said}"
    );
    backends.bao.wire.release();
    backends.rotation_ends_with(&new)
}

fn managers_that_are_down_and_refusing_hold_the_rotation_up(backends: &mut Backends) -> Result<()> {
    let old = backends.house.active_kid()?;
    backends.bao.kill();
    backends.aws.deny()?;
    let new = backends.rotate()?;
    backends.wait_until_target("vault", "it cannot be reached")?;
    backends.wait_until_target("aws", "it refused the credential (status 403)")?;
    assert_eq!(backends.house.active_kid()?, old);
    // It comes back with nothing in it, as after a loss.
    backends.bao.start_again()?;
    backends.aws.allow()?;
    wait_until("OpenBao to hold a key again", || Ok(backends.bao.read().is_ok()))?;
    backends.rotation_ends_with(&new)
}

fn an_emergency_waits_for_nobody(backends: &mut Backends) -> Result<()> {
    let stolen = backends.house.active_kid()?;
    let token = backends.signer.good_token(&backends.house.active_private_key()?)?;
    assert_eq!(backends.house.visit(&token)?.status, 200);
    backends.bao.wire.hold();
    let confirm = stolen.get(..8).context("a short kid")?;
    let order = ["emergency", "--reason", "a private key in a public log", "--confirm", confirm];
    let declared = backends.house.system.admin.ask(order)?;
    let new = declared["new_kid"].as_str().context("no new key")?.to_owned();
    backends.house.system.wait_until_confirmed()?;
    assert_eq!(backends.house.visit(&token)?.status, 401);
    wait_until("all but the slow target to hold the new key", || {
        let emergency = backends.house.admin("/v1/issuers/main/emergency")?;
        Ok(emergency["emergency"]["not_handed_over"] == json!(["vault"]))
    })?;
    assert_eq!(backends.aws.read()?[KEY_ID], new.as_str());
    backends.bao.wire.release();
    backends.wait_until_all_hold(&new)?;
    backends.every_backend_is_believed()
}

/// In the audit log, with digests in the place of keys.
fn everything_that_arrived_is_proved(backends: &Backends) -> Result<()> {
    let entries = backends.house.system.admin.ask(["audit", "list", "--limit", "1000"])?;
    let said = entries.to_string();
    ensure!(
        !said.contains("PRIVATE KEY") && !said.contains(OpenBao::TOKEN),
        "a secret stands in the audit log"
    );
    let entries = entries["entries"].as_array().context("no entries")?;
    let kid = backends.house.active_kid()?;
    let public = backends.house.system.admin.ask(["keys", "show", &kid])?["public_pem"].clone();
    let digest = spki_digest(public.as_str().context("no public half")?, &backends.files)?;
    for target in ["aws", "cluster", "disk", "vault"] {
        let proof = entries.iter().find(|entry| {
            entry["action"] == "key.handed_over"
                && entry["subject"] == kid
                && entry["after"]["target"] == target
        });
        let proof = &proof.with_context(|| format!("no proof for {target}"))?["after"];
        ensure!(proof["secret_version"].is_string(), "{proof}");
        assert_eq!(proof["public_half_sha256"], digest.as_str());
    }
    let verified = backends.house.keystile(&["audit", "verify"])?;
    ensure!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
    Ok(())
}

impl Backends {
    fn begin() -> Result<Self> {
        let (place, folder) = (Place::find()?, TempDir::new()?);
        let bao = OpenBao::start(&place, folder.path().join("bao.log"))?;
        let aws = Aws::start(&place, &folder.path().join("moto.log"))?;
        let files = folder.path().join("files");
        fs::create_dir(&files)?;
        let allowed = format!("127.0.0.1:{},{}", bao.wire.port(), aws.host());
        let key = aws.access_key.to_string();
        let settings = [
            ("KEYSTILE__OUTBOUND__ALLOWED_HOSTS", allowed.as_str()),
            ("KEYSTILE__HAND_OFF__FOLDER", files.to_str().context("no text")?),
            ("KEYSTILE_CREDENTIAL__BAO", OpenBao::TOKEN),
            ("KEYSTILE_CREDENTIAL__AWS", key.as_str()),
        ];
        let house = House::adopting_for(&KeyPair::of_bits(2048)?, Behind::Echo, &settings, &[])?;
        let targets = folder.path().join("targets.json");
        fs::write(&targets, targets_of(&bao, &aws).to_string())?;
        house.system.admin.ask(["hand-off", "set", targets.to_str().context("no text")?])?;
        let signer = Signer::start(&place)?;
        Ok(Self { house, bao, aws, signer, files, _folder: folder })
    }

    fn rotate(&mut self) -> Result<String> {
        let started = self.house.system.admin.ask(["rotate", "--reason", "quarterly"])?;
        let new = started["rotation"]["new_kid"].as_str().context("no new key")?.to_owned();
        self.house.system.wait_until_confirmed()?;
        Ok(new)
    }

    /// What each backend reads now.
    fn read_all(&mut self) -> Result<[Value; 4]> {
        let manifest: Value = serde_json::from_str(&fs::read_to_string(self.files.join("secret.yaml"))?)?;
        let mut cluster = json!({});
        for name in [PRIVATE_KEY, KEY_ID] {
            let encoded = manifest["data"][name].as_str().context("not in the manifest")?;
            cluster[name] = String::from_utf8(STANDARD.decode(encoded)?)?.into();
        }
        let disk = serde_json::from_str(&fs::read_to_string(self.files.join("backend.json"))?)?;
        Ok([self.bao.read()?, self.aws.read()?, cluster, disk])
    }

    fn wait_until_all_hold(&mut self, kid: &str) -> Result<()> {
        wait_until("every target to hold the key", || {
            let status = self.house.admin("/v1/status")?["issuers"][0]["hand_off"].clone();
            let targets = status.as_array().context("no targets")?;
            Ok(targets.iter().all(|target| target["held_kid"] == kid))
        })?;
        for read in self.read_all()? {
            assert_eq!(read[KEY_ID], kid);
        }
        Ok(())
    }

    /// Whatever a backend reads, the edge believes what it signs with it.
    fn every_backend_is_believed(&mut self) -> Result<()> {
        for read in self.read_all()? {
            let token = self.signer.good_token(read[PRIVATE_KEY].as_str().context("no private key")?)?;
            let answer = self.house.visit(&token)?;
            ensure!(answer.status == 200, "key {}: {}", read[KEY_ID], answer.body);
        }
        Ok(())
    }

    fn wait_until_target(&mut self, name: &str, says: &str) -> Result<()> {
        wait_until(says, || {
            self.house.visit_without_token()?;
            let view = self.house.admin("/v1/issuers/main/hand-off")?;
            let mut targets = view["targets"].as_array().context("no targets")?.iter();
            let status =
                &targets.find(|target| target["target"]["name"] == name).context("no target")?["status"];
            Ok(status["last_error"].as_str().is_some_and(|error| error.contains(says)))
        })
    }

    /// The rotation goes on by itself; then nothing is left of the key before.
    fn rotation_ends_with(&mut self, kid: &str) -> Result<()> {
        wait_until("the new key to sign", || {
            self.every_backend_is_believed()?;
            Ok(self.house.active_kid()? == kid)
        })?;
        self.wait_until_all_hold(kid)?;
        wait_until("the keys before to be removed", || {
            Ok(self.bao.keeps_nothing_older()? && self.aws.keeps_nothing_older()?)
        })
    }
}

fn targets_of(bao: &OpenBao, aws: &Aws) -> Value {
    let target =
        |name: &str, place: Value| json!({ "name": name, "place": place, "prefix": "PM", "reload_secs": 1 });
    json!({ "targets": [
        target("vault", json!({
            "kind": "openbao", "address": bao.address(), "path": "apps/backend", "credential": "bao",
        })),
        target("aws", json!({
            "kind": "aws-secrets-manager", "region": "eu-central-1", "endpoint": aws.endpoint(),
            "secret": Aws::SECRET, "credential": "aws",
        })),
        target("cluster", json!({
            "kind": "kubernetes-manifest", "file": "secret.yaml", "secret": "backend-jwt", "namespace": "apps",
        })),
        target("disk", json!({ "kind": "file", "file": "backend.json", "format": "json" })),
    ] })
}

/// By OpenSSL.
fn spki_digest(public_pem: &str, folder: &Path) -> Result<String> {
    let pem = folder.join("public.pem");
    fs::write(&pem, public_pem)?;
    let script = "openssl pkey -pubin -in \"$0\" -outform DER | openssl dgst -sha256 -r";
    let said = Command::new("sh").args(["-c", script]).arg(&pem).output()?;
    let said = String::from_utf8(said.stdout)?;
    Ok(said.split_whitespace().next().unwrap_or_default().to_owned())
}
