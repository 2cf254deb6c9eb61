//! What the tables of attacks, of clauses and of threats name as proof exists, and refuses what it is said to refuse.

mod clauses;
mod proofs;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Crossing;
use super::source::Source;
pub(super) use proofs::Proofs;

const ATTACKS: &str = "tests/attacks.json";
/// Pages whose numbered rows name what shows them.
const PROVED_PAGES: [&str; 4] =
    ["docs/conformance.md", "docs/threats.md", "docs/runbook.md", "docs/sign-in.md"];

/// One way to fool a verifier, by whatever names it is known, and what shows that it fails here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attack {
    attacks: Vec<String>,
    mechanism: String,
    /// Vectors that must be refused; `*` stands for any text.
    #[serde(default)]
    vectors: Vec<String>,
    /// Vectors that carry the same thing and must be accepted.
    #[serde(default)]
    harmless: Vec<String>,
    #[serde(default)]
    tests: Vec<String>,
}

pub(super) fn crossings(root: &Path, sources: &[Source]) -> Result<Vec<Crossing>> {
    let proofs = Proofs::read(root, sources)?;
    let read =
        |path: &str| fs::read_to_string(root.join(path)).with_context(|| format!("cannot read `{path}`"));
    let table: BTreeMap<String, Vec<Attack>> =
        serde_json::from_str(&read(ATTACKS)?).with_context(|| ATTACKS.to_owned())?;
    let attacks: Vec<_> = table.into_values().flatten().collect();
    let faults = attacks.iter().flat_map(|attack| attack.faults(&proofs)).chain(unlisted(&attacks, &proofs));
    let mut found: Vec<_> = faults.map(|what| crossing(ATTACKS, 1, what)).collect();
    for path in PROVED_PAGES {
        let page = read(path)?;
        found.extend(clauses::faults(&page, &proofs).map(|(line, what)| crossing(path, line, what)));
    }
    Ok(found)
}

fn crossing(path: &str, line: usize, what: String) -> Crossing {
    let why = "what is said to hold is shown by a vector or a test that exists".to_owned();
    Crossing { path: path.to_owned(), line, what, why }
}

impl Attack {
    fn faults(&self, proofs: &Proofs) -> Vec<String> {
        let name = self.attacks.first().map_or("an attack without a name", String::as_str);
        let mut faults = Vec::new();
        if self.vectors.is_empty() && self.tests.is_empty() {
            faults.push(format!("{name}, where {}, has neither vector nor test", self.mechanism));
        }
        let absent = |pattern: &&String| proofs.vectors(pattern).next().is_none();
        let patterns = self.vectors.iter().chain(&self.harmless);
        faults.extend(patterns.filter(absent).map(|it| format!("{name}: no vector is named `{it}`")));
        let tests = self.tests.iter().filter(|test| !proofs.has_test(test));
        faults.extend(tests.map(|test| format!("{name}: no test is named `{test}`")));
        for (patterns, accepted) in [(&self.vectors, false), (&self.harmless, true)] {
            let vectors = patterns.iter().flat_map(|pattern| proofs.vectors(pattern));
            let wrong = vectors.filter(|vector| vector.accepted != accepted);
            faults.extend(wrong.map(|vector| format!("{name}: `{}` is decided otherwise", vector.name)));
        }
        faults
    }
}

/// The attacks that vectors cite as their source, and the table does not know.
fn unlisted(attacks: &[Attack], proofs: &Proofs) -> Vec<String> {
    let listed = |source: &str| attacks.iter().any(|attack| attack.attacks.iter().any(|it| it == source));
    let cited =
        proofs.vectors("*").filter(|vector| ["CVE-", "GHSA-"].iter().any(|it| vector.source.starts_with(it)));
    cited
        .filter(|vector| !listed(&vector.source))
        .map(|vector| format!("`{}` cites {}, which is in no row", vector.name, vector.source))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attack(json: &str) -> Attack {
        serde_json::from_str(json).unwrap()
    }

    fn proofs() -> Proofs {
        let source = Source::of("validator/tests/a.rs", "#[test]\nfn a_rule_holds() {\n");
        Proofs::of(&[("001-a-is-refused", false, "CVE-1"), ("002-b-is-accepted", true, "policy")], &[source])
    }

    #[test]
    fn a_row_names_vectors_and_tests_that_exist() {
        let row = r#"{"attacks":["CVE-1"],"mechanism":"m","vectors":["*-a-*"],"tests":["a_rule_holds"]}"#;
        assert_eq!(attack(row).faults(&proofs()), [""; 0]);
        let row = r#"{"attacks":["CVE-1"],"mechanism":"m","vectors":["*-c-*"],"tests":["no_rule"]}"#;
        assert_eq!(
            attack(row).faults(&proofs()),
            ["CVE-1: no vector is named `*-c-*`", "CVE-1: no test is named `no_rule`"]
        );
    }

    #[test]
    fn a_row_without_proof_and_one_that_is_not_refused_are_found() {
        let row = r#"{"attacks":["CVE-1"],"mechanism":"m"}"#;
        assert_eq!(attack(row).faults(&proofs()), ["CVE-1, where m, has neither vector nor test"]);
        let row = r#"{"attacks":["CVE-1"],"mechanism":"m","vectors":["*-b-*"]}"#;
        assert_eq!(attack(row).faults(&proofs()), ["CVE-1: `002-b-is-accepted` is decided otherwise"]);
    }

    #[test]
    fn an_attack_that_a_vector_cites_is_in_a_row() {
        let row = r#"{"attacks":["CVE-2"],"mechanism":"m","vectors":["*-a-*"]}"#;
        assert_eq!(
            unlisted(&[attack(row)], &proofs()),
            ["`001-a-is-refused` cites CVE-1, which is in no row"]
        );
    }
}
