//! The copy of the repository that mutants are made in.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::place::Place;
use crate::process;
use crate::progress::step;

/// The tests of the public interface, made a part of the crate: so there is one program to build for each mutant, where
/// there would be ten.
const TESTS_WITHIN: &str = r#"
#[cfg(test)]
extern crate self as keystile_validator;
"#;

/// Where the mutated sources lie.
const SOURCES: &str = "validator/src";

/// The copy.
pub(super) struct Tree {
    pub(super) root: PathBuf,
    /// The sources as they were copied the last time: those in `root` may be left with a mutant in them.
    known: PathBuf,
    changed: BTreeSet<String>,
}

impl Tree {
    /// Whether a source is another than in the copy before.
    pub(super) fn is_changed(&self, file: &str) -> bool {
        self.changed.contains(file)
    }
}

/// Copies the repository, and notes which sources have changed since it was copied the last time. What is as it was keeps
/// its time, so that it need not be built again.
pub(super) fn copied(place: &Place, folder: &Path) -> Result<Tree> {
    step("copying the repository for its mutants");
    let root = folder.join("tree");
    let listed =
        process::read(place.command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    let files: BTreeSet<_> = listed.lines().filter(|file| place.root().join(file).is_file()).collect();
    let mut tree = Tree { root, known: folder.join("known"), changed: BTreeSet::new() };
    tree.keep_only(&files, &folder.join("files.txt"))?;
    for file in &files {
        let mut content = fs::read(place.root().join(file))?;
        if *file == format!("{SOURCES}/lib.rs") {
            content.extend((TESTS_WITHIN.to_owned() + &modules(&files)).bytes());
        }
        tree.put(file, &content)?;
    }
    Ok(tree)
}

impl Tree {
    /// Removes what was copied the last time and is not there any more. `list` is what was.
    fn keep_only(&self, files: &BTreeSet<&str>, list: &Path) -> Result<()> {
        let copied = fs::read_to_string(list).unwrap_or_default();
        for gone in copied.lines().filter(|file| !files.contains(file)) {
            fs::remove_file(self.root.join(gone))
                .with_context(|| format!("cannot remove the copy of `{gone}`"))?;
        }
        fs::create_dir_all(&self.root)?;
        fs::write(list, files.iter().map(|file| format!("{file}\n")).collect::<String>())
            .context("cannot note what is copied")
    }

    fn put(&mut self, file: &str, content: &[u8]) -> Result<()> {
        if file.starts_with(SOURCES) && written(&self.known.join(file), content)? {
            self.changed.insert(file.to_owned());
        }
        written(&self.root.join(file), content).map(drop)
    }
}

/// Writes `content` unless it stands there, and says whether it did not.
fn written(file: &Path, content: &[u8]) -> Result<bool> {
    if fs::read(file).is_ok_and(|present| present == content) {
        return Ok(false);
    }
    fs::create_dir_all(file.parent().context("a path without a folder")?)?;
    fs::write(file, content).with_context(|| format!("cannot write `{}`", file.display()))?;
    Ok(true)
}

/// A module for each program of tests.
fn modules(files: &BTreeSet<&str>) -> String {
    let mut modules = String::new();
    for name in files.iter().filter_map(|file| file.strip_prefix("validator/tests/")?.strip_suffix(".rs")) {
        if !name.contains('/') || name.ends_with("/main") {
            let module = name.replace('/', "_");
            modules += &format!("#[cfg(test)]\n#[path = \"../tests/{name}.rs\"]\nmod public_{module};\n");
        }
    }
    modules
}
