//! What we want to reach, as ratios within one run.

use serde::Serialize;

use super::document::{Measured, Row};

const SIZES: [u32; 3] = [2048, 3072, 4096];

const OURS: &str = "keystile";

/// A ratio that is not to be above a bound, in the races of one runtime.
struct Target {
    what: &'static str,
    runtime: &'static str,
    who: &'static str,
    against: &'static str,
    /// For each of [`SIZES`]; none where that size has no target.
    bounds: [Option<f64>; 3],
}

const fn target(
    what: &'static str,
    runtime: &'static str,
    [who, against]: [&'static str; 2],
    bounds: [Option<f64>; 3],
) -> Target {
    Target { what, runtime, who, against, bounds }
}

const fn same(bound: f64) -> [Option<f64>; 3] {
    [Some(bound); 3]
}

const fn at_2048(bound: f64) -> [Option<f64>; 3] {
    [Some(bound), None, None]
}

const TARGETS: [Target; 11] = [
    target(
        "verification alone, against node:crypto.verify",
        "node-22",
        ["keystile, fused alone", "node:crypto.verify"],
        [Some(0.92), Some(0.90), Some(0.88)],
    ),
    target("whole token, against fast-jwt without cache", "node-22", [OURS, "fast-jwt"], same(0.85)),
    target("whole token, against jose", "node-22", [OURS, "jose"], at_2048(0.22)),
    target("whole token in workerd, against jose", "workerd", [OURS, "jose"], at_2048(0.75)),
    target(
        "native whole token, against what Envoy's jwt_authn adds to a request",
        "envoy",
        ["keystile, native", "Envoy, jwt_authn"],
        at_2048(0.75),
    ),
    target(
        "cached, against fast-jwt's cache",
        "node-22",
        ["keystile, cached", "fast-jwt, cached"],
        at_2048(0.5),
    ),
    target(
        "without relaxed SIMD, against node:crypto.verify",
        "node-22",
        ["keystile, simd128 alone", "node:crypto.verify"],
        same(2.0),
    ),
    target(
        "malformed token, against a good one",
        "node-22",
        ["keystile refuses malformed", OURS],
        at_2048(0.1),
    ),
    target("wrong alg, against a good token", "node-22", ["keystile refuses wrong alg", OURS], at_2048(0.1)),
    target(
        "unknown kid, against a good token",
        "node-22",
        ["keystile refuses unknown kid", OURS],
        at_2048(0.1),
    ),
    target("1,000 keys, against one", "node-22", ["keystile, 1,000 keys", OURS], same(1.05)),
];

/// Whether a target was reached.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    pub(super) what: String,
    pub(super) bound: f64,
    /// None where one of the two was not measured.
    pub(super) ratio: Option<f64>,
}

impl Verdict {
    pub(super) fn word(&self) -> &'static str {
        match self.ratio {
            None => "not measured",
            Some(ratio) if ratio <= self.bound => "PASS",
            Some(_) => "MISS",
        }
    }
}

/// Every target, key size by key size.
pub(super) fn verdicts(measured: &Measured) -> Vec<Verdict> {
    let mut verdicts: Vec<_> = TARGETS.iter().flat_map(|target| target.verdicts(measured)).collect();
    let jose = |row: &Row| row.against.get("jose").copied();
    let first = measured.phase("first_100_us_each").and_then(|phase| jose(phase.row(OURS)?));
    verdicts.push(Verdict {
        what: "first 100 tokens of a process, against jose's, RSA-2048".into(),
        bound: 1.0,
        ratio: first,
    });
    verdicts
}

impl Target {
    fn verdicts(&self, measured: &Measured) -> Vec<Verdict> {
        let bounds = SIZES.into_iter().zip(self.bounds).filter_map(|(bits, bound)| Some((bits, bound?)));
        let runtime = measured.runtime(self.runtime);
        let ratio = |bits| runtime?.row(bits, self.who)?.against.get(self.against).copied();
        let verdict =
            |(bits, bound)| Verdict { what: format!("{}, RSA-{bits}", self.what), bound, ratio: ratio(bits) };
        bounds.map(verdict).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::document::{Kind, Runtime};

    fn measured(who: &str, against: &str, ratio: f64) -> Measured {
        let row = Row {
            kind: Kind::Token,
            name: who.into(),
            us: 1.0,
            against: [(against.to_owned(), ratio)].into(),
        };
        let node = Runtime {
            name: "node-22".into(),
            version: String::new(),
            engine: None,
            absent: [].into(),
            races: [(2048, vec![row])].into(),
        };
        Measured { runtimes: vec![node], skipped: Vec::new(), start_up: Vec::new() }
    }

    fn word(measured: &Measured, what: &str) -> &'static str {
        verdicts(measured).iter().find(|verdict| verdict.what == what).unwrap().word()
    }

    #[test]
    fn a_target_is_reached_up_to_its_bound_and_missed_above() {
        let what = "whole token, against jose, RSA-2048";
        assert_eq!(word(&measured("keystile", "jose", 0.22), what), "PASS");
        assert_eq!(word(&measured("keystile", "jose", 0.2201), what), "MISS");
    }

    #[test]
    fn what_was_not_measured_is_not_passed() {
        let nothing = measured("jose", "fast-jwt", 0.1);
        assert!(verdicts(&nothing).iter().all(|verdict| verdict.word() == "not measured"));
    }
}
