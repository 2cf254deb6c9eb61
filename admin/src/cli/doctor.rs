//! `keystile doctor`

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::statvfs::statvfs;
use nix::unistd::geteuid;
use serde_json::json;
use x509_cert::Certificate;

use super::Global;
use super::context::configuration;
use super::failure::Failure;
use super::output::Output;
use crate::config::{Config, TlsFiles};
use crate::domain::{Clock, SystemClock, Timestamp};
use crate::operations::doctor::{Finding, Verdict, examine};

/// Room for years of audit log, and for the copy that a backup makes.
const LEAST_FREE_BYTES: u64 = 1 << 30;
/// A connection takes a file, and so do the database and the store; below this a busy hour runs out.
const LEAST_OPEN_FILES: u64 = 1024;
/// Time for a person to renew a certificate by hand.
const ENDS_SOON_SECS: u64 = 14 * 24 * 3600;

#[derive(Args)]
#[command(after_help = "Examples:
  keystile doctor
  keystile doctor --json | jq '.findings[] | select(.verdict == \"problem\")'

It changes nothing, and runs beside the server or without one. Exit code 1 says that there is a problem.")]
pub(super) struct Doctor {}

impl Doctor {
    pub(super) async fn run(self, global: Global) -> Result<(), Failure> {
        let output = Output::new(global.json);
        let findings = match configured(&global) {
            Ok(config) => look_around(config).await,
            Err(failure) => vec![Finding::problem(
                "configuration",
                failure.to_string(),
                "correct it; `keystile config show` says where each setting comes from",
            )],
        };
        let worst = findings.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Fine);
        output.answer(&json!({ "verdict": worst, "findings": findings }), || describe(&findings))?;
        match worst {
            Verdict::Problem => {
                Err(Failure::Negative("something does not work, or will not: see above".to_owned()))
            }
            Verdict::Fine | Verdict::Warning => Ok(()),
        }
    }
}

fn configured(global: &Global) -> Result<Config, Failure> {
    let mut config = configuration(global)?;
    if let Some(data) = &global.data {
        config.settings.data.clone_from(data);
    }
    Ok(config)
}

async fn look_around(config: Config) -> Vec<Finding> {
    let clock = Arc::new(SystemClock);
    let now = clock.now();
    let mut findings = vec![Finding::fine("configuration", "it can be used")];
    findings.push(disk_space(&config.settings.data));
    findings.push(open_files());
    findings.push(port(config.listen));
    findings.extend(config.tls.as_ref().map(|files| certificate(files, now)));
    findings.extend(examine(config.settings, clock, geteuid().as_raw()).await);
    findings
}

fn disk_space(data: &Path) -> Finding {
    const CHECK: &str = "disk space";
    let free = statvfs(data).map(|of| of.blocks_available().saturating_mul(of.fragment_size()));
    match free {
        Ok(bytes) if bytes < LEAST_FREE_BYTES => Finding::warning(
            CHECK,
            format!("{} MiB are free below the data folder", bytes >> 20),
            "make room: a full disk stops every change, and a backup needs as much again as the database",
        ),
        Ok(bytes) => Finding::fine(CHECK, format!("{} GiB are free", bytes >> 30)),
        Err(error) => Finding::warning(
            CHECK,
            format!("`{}` cannot be looked at: {}", data.display(), error.desc()),
            "name the right folder with `--data`, or make it with `keystile init`",
        ),
    }
}

fn open_files() -> Finding {
    const CHECK: &str = "open files";
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((most, _)) if most < LEAST_OPEN_FILES => Finding::warning(
            CHECK,
            format!("this user may open {most} files"),
            "raise the limit (`LimitNOFILE=` in the unit): each connection takes one",
        ),
        Ok((most, _)) => Finding::fine(CHECK, format!("this user may open {most}")),
        Err(error) => Finding::warning(CHECK, error.to_string(), "see `ulimit -n`"),
    }
}

/// The address is free, or taken by what may well be the server. Taken for an instant, and given back.
fn port(address: SocketAddr) -> Finding {
    const CHECK: &str = "port";
    match TcpListener::bind(address) {
        Ok(_) => Finding::fine(CHECK, format!("{address} is free: no server is running here")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Finding::fine(
            CHECK,
            format!("{address} is taken, as by a server that runs: `/readyz` says whether it can work"),
        ),
        Err(error) => Finding::problem(
            CHECK,
            format!("{address} cannot be listened on: {error}"),
            "choose an address of this machine, and a port that this user may take, with KEYSTILE__LISTEN",
        ),
    }
}

fn certificate(files: &TlsFiles, now: Timestamp) -> Finding {
    const CHECK: &str = "certificate";
    const RENEW: &str = "renew it: the running server reads the files again by itself";
    let shown = files.certificate.display();
    let read = fs::read(&files.certificate).map_err(|error| error.to_string());
    let chain = read.and_then(|pem| Certificate::load_pem_chain(&pem).map_err(|error| error.to_string()));
    let ends = chain.map(|chain| {
        let of = |one: &Certificate| one.tbs_certificate.validity.not_after.to_unix_duration().as_secs();
        chain.iter().map(of).min().map(Timestamp::from_secs)
    });
    match ends {
        Ok(Some(end)) if end <= now => {
            Finding::problem(CHECK, format!("`{shown}` has ended at {end}"), RENEW)
        }
        Ok(Some(end)) if end.since(now) < ENDS_SOON_SECS => {
            Finding::warning(CHECK, format!("`{shown}` ends at {end}"), RENEW)
        }
        Ok(Some(end)) => Finding::fine(CHECK, format!("`{shown}` until {end}")),
        Ok(None) => Finding::problem(
            CHECK,
            format!("`{shown}` holds no certificate"),
            "put the certificate and its chain there, in PEM",
        ),
        Err(cause) => Finding::problem(
            CHECK,
            format!("`{shown}`: {cause}"),
            "put the certificate and its chain there, in PEM",
        ),
    }
}

/// A finding a line, with its remedy below it.
fn describe(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let mark = match finding.verdict {
            Verdict::Fine => "ok",
            Verdict::Warning => "warning",
            Verdict::Problem => "PROBLEM",
        };
        let line = format!("{mark:<8}{:<14}{}", finding.check, finding.found);
        match &finding.remedy {
            Some(remedy) => format!("{line}\n{:<22}-> {remedy}", ""),
            None => line,
        }
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_told_from_one_that_cannot_be() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        assert!(port(taken.local_addr().unwrap()).found.contains("taken"));
        assert_eq!(port("192.0.2.1:1".parse().unwrap()).verdict, Verdict::Problem);
    }

    #[test]
    fn what_has_a_remedy_shows_it() {
        let findings = [Finding::fine("a", "as it should be"), Finding::problem("b", "broken", "mend it")];
        let said = describe(&findings);
        assert!(said.contains("ok") && said.contains("PROBLEM") && said.contains("-> mend it"));
    }
}
