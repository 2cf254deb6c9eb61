use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::json;

use crate::inputs::Input;
use crate::keys::Key;
use crate::peers::Answer;

/// Where a peer may answer otherwise, and why: its name, the start of the key's name, and the reason.
const DIFFERENCES: [(&str, &str, &str); 0] = [];

/// How many disagreements are told; one is as bad as many.
const TOLD: usize = 20;

/// What was compared, and what came of it.
#[derive(Default)]
pub(crate) struct Tally {
    kinds: BTreeMap<&'static str, [u64; 2]>,
    peers: BTreeMap<&'static str, u64>,
    engines: BTreeMap<&'static str, u64>,
    differences: BTreeMap<&'static str, u64>,
    disagreements: BTreeSet<String>,
}

impl Tally {
    pub(crate) fn judged(&mut self, kind: &'static str, ours: Answer) {
        let [accepted, refused] = self.kinds.entry(kind).or_default();
        *(if ours == Answer::Accepted { accepted } else { refused }) += 1;
    }

    pub(crate) fn compared(
        &mut self,
        peer: &'static str,
        key: &Key,
        input: &Input,
        ours: Answer,
        theirs: Answer,
    ) {
        *self.peers.entry(peer).or_default() += 1;
        if ours == theirs {
            return;
        }
        match DIFFERENCES.iter().find(|(name, keys, _)| *name == peer && key.name.starts_with(keys)) {
            Some((.., reason)) => *self.differences.entry(reason).or_default() += 1,
            None => self.disagree(format!("{peer}, {}, {}: {theirs:?}, not {ours:?}", key.name, input.kind)),
        }
    }

    pub(crate) fn power(&mut self, engine: &'static str, key: &str, is_equal: bool) {
        *self.engines.entry(engine).or_default() += 1;
        if !is_equal {
            self.disagree(format!("{engine}, {key}: another power than that of big integers"));
        }
    }

    fn disagree(&mut self, what: String) {
        if self.disagreements.len() < TOLD {
            self.disagreements.insert(what);
        }
    }

    /// Both together.
    pub(crate) fn with(mut self, other: Self) -> Self {
        for (kind, [accepted, refused]) in other.kinds {
            let [ours, theirs] = self.kinds.entry(kind).or_default();
            *ours += accepted;
            *theirs += refused;
        }
        let counts = [
            (&mut self.peers, other.peers),
            (&mut self.engines, other.engines),
            (&mut self.differences, other.differences),
        ];
        for (sums, others) in counts {
            for (name, count) in others {
                *sums.entry(name).or_default() += count;
            }
        }
        self.disagreements.extend(other.disagreements);
        self
    }

    pub(crate) fn disagreements(&self) -> Vec<&str> {
        self.disagreements.iter().map(String::as_str).collect()
    }

    pub(crate) fn accepted(&self) -> u64 {
        self.kinds.values().map(|[accepted, _]| accepted).sum()
    }

    pub(crate) fn refused(&self) -> u64 {
        self.kinds.values().map(|[_, refused]| refused).sum()
    }

    pub(crate) fn to_json(&self) -> String {
        json!({
            "accepted": self.accepted(), "refused": self.refused(), "kinds": self.kinds, "peers": self.peers,
            "powers": self.engines, "differences": self.differences, "disagreements": self.disagreements,
        })
        .to_string()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>9} {:>9}", "accepted", "refused")?;
        for (kind, [accepted, refused]) in &self.kinds {
            writeln!(f, "{accepted:>9} {refused:>9}  {kind}")?;
        }
        writeln!(f, "{:>9} {:>9}  in all", self.accepted(), self.refused())?;
        for (peer, count) in &self.peers {
            writeln!(f, "{count:>9} answers compared with {peer}")?;
        }
        for (engine, count) in &self.engines {
            writeln!(f, "{count:>9} powers of {engine} compared with big integers")?;
        }
        for (reason, count) in &self.differences {
            writeln!(f, "{count:>9} known differences: {reason}")?;
        }
        for disagreement in &self.disagreements {
            writeln!(f, "DISAGREEMENT {disagreement}")?;
        }
        write!(f, "{:>9} disagreements", self.disagreements.len())
    }
}
