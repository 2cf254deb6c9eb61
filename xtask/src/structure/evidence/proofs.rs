use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::super::source::Source;
use crate::wildcard;

/// What can be named as proof: the shared vectors, the tests of every room, and the checks of the test command.
pub(in super::super) struct Proofs {
    vectors: Vec<Vector>,
    tests: BTreeSet<String>,
}

/// A shared vector, as far as it matters here.
pub(super) struct Vector {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) accepted: bool,
}

#[derive(Deserialize)]
struct Content {
    source: String,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    #[serde(default)]
    ok: bool,
}

impl Proofs {
    pub(in super::super) fn read(root: &Path, sources: &[Source]) -> Result<Self> {
        let mut vectors = Vec::new();
        for entry in fs::read_dir(root.join("tests/vectors"))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                let content: Content =
                    serde_json::from_str(&fs::read_to_string(&path)?).with_context(|| name.clone())?;
                vectors.push(Vector { name, source: content.source, accepted: content.expect.ok });
            }
        }
        Ok(Self { vectors, tests: sources.iter().flat_map(tests).collect() })
    }

    #[cfg(test)]
    pub(super) fn of(vectors: &[(&str, bool, &str)], sources: &[Source]) -> Self {
        let vector = |&(name, accepted, source): &(&str, bool, &str)| Vector {
            name: name.to_owned(),
            source: source.to_owned(),
            accepted,
        };
        Self {
            vectors: vectors.iter().map(vector).collect(),
            tests: sources.iter().flat_map(tests).collect(),
        }
    }

    /// The vectors that `pattern` names, in which `*` stands for any text.
    pub(super) fn vectors(&self, pattern: &str) -> impl Iterator<Item = &Vector> {
        self.vectors.iter().filter(move |vector| wildcard::matches(&vector.name, pattern, '*'))
    }

    pub(in super::super) fn has_test(&self, name: &str) -> bool {
        self.tests.contains(name)
    }
}

/// The tests in a file: functions below an attribute `test`, titles of `node:test`, and checks of the test command.
fn tests(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_test = false;
    for (_, line) in source.lines() {
        let line = line.trim_start();
        if line.starts_with("#[") {
            is_test |= line.contains("test]") || line.contains("test(");
        } else if is_test {
            is_test = false;
            let name =
                line.trim_start_matches("async ").strip_prefix("fn ").and_then(|it| it.split('(').next());
            found.extend(name.map(str::to_owned));
        }
        let title =
            ["test(\"", "Check { name: \"", "name: \""].iter().find_map(|start| line.strip_prefix(start));
        found.extend(title.and_then(|title| title.split('"').next()).map(str::to_owned));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_a_function_below_its_attribute_or_a_title() {
        let rust = "#[test]\nfn one() {\n#[test]\n#[ignore]\nfn two() {\nfn three() {\n";
        assert_eq!(tests(&Source::of("a.rs", rust)), ["one", "two"]);
        let node = "  test(\"the first\", () => {\n  other(\"second\")\n";
        assert_eq!(tests(&Source::of("a.test.mjs", node)), ["the first"]);
        let check = "Check { name: \"advisories\", needs: &[], run: advisories },";
        assert_eq!(tests(&Source::of("checks.rs", check)), ["advisories"]);
    }
}
