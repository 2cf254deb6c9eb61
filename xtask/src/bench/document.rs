//! What one run found out: the document that `--json` prints. Times are in microseconds; a ratio is the median of the
//! ratios within a round.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::targets::{self, Verdict};

/// Node's own signature verification in the referee's process, which is in every race.
pub(super) const REFERENCE: &str = "reference";

/// Everything one run found out.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    pub(super) machine: Machine,
    /// How often everybody was measured; in workerd a third of it.
    pub(super) rounds: u32,
    #[serde(flatten)]
    pub(super) measured: Measured,
    pub(super) openssl: Result<OpenSsl, String>,
    pub(super) sizes: Vec<Size>,
    pub(super) targets: Vec<Verdict>,
}

/// What the figures depend on.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    pub(super) cpu: String,
    pub(super) cores: usize,
    pub(super) system: String,
    /// The day, as in RFC 3339.
    pub(super) date: String,
}

/// What the referee prints.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Measured {
    pub(super) runtimes: Vec<Runtime>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) start_up: Vec<Phase>,
}

/// A runtime and its races, one a key size.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Runtime {
    pub(super) name: String,
    pub(super) version: String,
    /// The engine that our package chose there.
    pub(super) engine: Option<String>,
    /// Who is not measured there, and why.
    pub(super) absent: BTreeMap<String, String>,
    pub(super) races: BTreeMap<u32, Vec<Row>>,
}

/// How one contestant did.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) name: String,
    /// The median of the rounds, an input.
    pub(super) us: f64,
    /// The ratio to each of the others in the race.
    pub(super) against: BTreeMap<String, f64>,
}

/// What a contestant does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    /// It checks a signature and its hash, and no more.
    Signature,
    /// It checks a whole token.
    Token,
    /// It refuses a token that needs no arithmetic to be refused.
    Refusal,
    /// It reads a key and checks a first token with it.
    SetUp,
    /// It does what [`Phase`] says.
    StartUp,
}

/// A runtime that was not measured.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Skipped {
    pub(super) name: String,
    pub(super) reason: String,
}

/// A part of the first hundred tokens in a fresh process.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct Phase {
    pub(super) phase: String,
    pub(super) rows: Vec<Row>,
}

/// What `openssl speed` says: a verification without its hash, by key size.
#[derive(Debug, Serialize)]
pub(super) struct OpenSsl {
    pub(super) version: String,
    pub(super) verify_us: BTreeMap<u32, f64>,
}

/// How large something is that users download.
#[derive(Debug, Serialize)]
pub(super) struct Size {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) gzip: u64,
}

impl Document {
    pub(super) fn new(
        machine: Machine,
        rounds: u32,
        measured: Measured,
        openssl: Result<OpenSsl, String>,
        sizes: Vec<Size>,
    ) -> Self {
        let targets = targets::verdicts(&measured);
        Self { machine, rounds, measured, openssl, sizes, targets }
    }
}

impl Measured {
    pub(super) fn runtime(&self, name: &str) -> Option<&Runtime> {
        self.runtimes.iter().find(|runtime| runtime.name == name)
    }

    pub(super) fn phase(&self, name: &str) -> Option<&Phase> {
        self.start_up.iter().find(|phase| phase.phase == name)
    }
}

impl Runtime {
    pub(super) fn row(&self, bits: u32, name: &str) -> Option<&Row> {
        row(self.races.get(&bits)?, name)
    }
}

impl Phase {
    pub(super) fn row(&self, name: &str) -> Option<&Row> {
        row(&self.rows, name)
    }
}

fn row<'a>(rows: &'a [Row], name: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.name == name)
}
