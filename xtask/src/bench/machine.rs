//! What the figures depend on, and what OpenSSL says of the same machine.

use std::collections::BTreeMap;
use std::fs;
use std::thread::available_parallelism;

use anyhow::{Context, Result};

use super::document::{Machine, OpenSsl};
use crate::place::Place;
use crate::process;
use crate::progress::step;

const UNKNOWN: &str = "unknown";

pub(super) fn describe(place: &Place) -> Machine {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let asked = |program: &str, words: &[&str]| {
        let said = process::read(place.command(program).args(words));
        said.map_or_else(|_| UNKNOWN.to_owned(), |it| it.trim().to_owned())
    };
    Machine {
        cpu: cpu(&cpuinfo).unwrap_or_else(|| asked("sysctl", &["-n", "machdep.cpu.brand_string"])),
        cores: available_parallelism().map_or(1, usize::from),
        system: asked("uname", &["-srm"]),
        date: asked("date", &["-u", "+%Y-%m-%d"]),
    }
}

/// The model's name, and the family and model numbers, since virtual machines often keep the name short.
fn cpu(cpuinfo: &str) -> Option<String> {
    let value = |name: &str| {
        let mut lines = cpuinfo.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(it, _)| it.trim() == name).map(|(_, value)| value.trim())
    };
    let name = value("model name")?;
    Some(match (value("cpu family"), value("model")) {
        (Some(family), Some(model)) => format!("{name} (family {family}, model {model})"),
        _ => name.to_owned(),
    })
}

/// `openssl speed`, or why not.
pub(super) fn openssl_speed(place: &Place) -> Result<OpenSsl, String> {
    step("asking openssl speed");
    asked(place).map_err(|error| format!("{error:#}"))
}

fn asked(place: &Place) -> Result<OpenSsl> {
    let version = process::read(place.command("openssl").arg("version"))?;
    let said = process::read(
        place.command("openssl").args(["speed", "-seconds", "1", "rsa2048", "rsa3072", "rsa4096"]),
    )?;
    let verify_us = verifications(&said).context("`openssl speed` printed no table of RSA")?;
    Ok(OpenSsl { version: version.trim().to_owned(), verify_us })
}

/// Reads lines such as `rsa  2048 bits 0.000565s 0.000016s   1770.0  61000.0`, whose last column has the most digits.
fn verifications(said: &str) -> Option<BTreeMap<u32, f64>> {
    let mut found = BTreeMap::new();
    for line in said.lines().filter(|line| line.trim_start().starts_with("rsa")) {
        let words: Vec<_> = line.split_whitespace().collect();
        let bits = words.iter().position(|word| *word == "bits")?.checked_sub(1)?;
        let bits = words.get(bits)?.trim_start_matches("rsa").parse().ok()?;
        let each_second: f64 = words.last()?.parse().ok()?;
        found.insert(bits, 1e6 / each_second);
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_column_of_openssl_speed_is_verifications_a_second() {
        let said = "                  sign    verify    sign/s verify/s\n\
                    rsa 2048 bits 0.000565s 0.000016s   1770.0  62500.0\n\
                    rsa 3072 bits 0.001500s 0.000033s    640.0  31250.0\n";
        assert_eq!(verifications(said), Some(BTreeMap::from([(2048, 16.0), (3072, 32.0)])));
        assert_eq!(verifications("speed: unknown algorithm"), None);
    }

    #[test]
    fn a_processor_is_named_with_its_numbers() {
        let cpuinfo = "processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n";
        assert_eq!(cpu(cpuinfo).as_deref(), Some("AMD EPYC (family 25, model 17)"));
        assert_eq!(cpu(""), None);
    }
}
