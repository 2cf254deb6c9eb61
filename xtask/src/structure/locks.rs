use std::fs;
use std::path::Path;

use anyhow::Result;

use super::Crossing;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Lock files name versions and hashes, and no host but the public index of crates.
pub(super) fn crossings(root: &Path) -> Result<Vec<Crossing>> {
    let cargo = fs::read_to_string(root.join("Cargo.lock"))?;
    let mut found =
        foreign("Cargo.lock", &cargo, |line| line.starts_with("source = ") && !line.contains(CRATES_IO));
    for path in ["xtask/package-lock.json", "xtask/runtimes/package-lock.json"] {
        let npm = fs::read_to_string(root.join(path))?;
        found.extend(foreign(path, &npm, |line| line.trim_start().starts_with("\"resolved\"")));
    }
    Ok(found)
}

fn foreign(path: &str, lock: &str, is_foreign: impl Fn(&str) -> bool) -> Vec<Crossing> {
    lock.lines()
        .enumerate()
        .filter(|(_, line)| is_foreign(line))
        .map(|(index, line)| Crossing {
            path: path.to_owned(),
            line: index + 1,
            what: format!("names a host: {}", line.trim()),
            why: "everybody installs from the registry they are set to use".to_owned(),
        })
        .collect()
}
