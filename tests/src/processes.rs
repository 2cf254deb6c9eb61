use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use anyhow::{Result, ensure};

/// The processes that this one started, and those that they started.
pub fn descendants(ancestor: u32) -> Result<BTreeSet<u32>> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")?
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().parse().ok())
        .filter_map(|id| Some((id, parent(id)?)))
        .collect();
    let mut found = BTreeSet::from([ancestor]);
    loop {
        let before = found.len();
        found.extend(
            parents
                .iter()
                .filter(|(_, parent)| found.contains(parent))
                .map(|(id, _)| *id)
                .collect::<Vec<_>>(),
        );
        if found.len() == before {
            found.remove(&ancestor);
            return Ok(found);
        }
    }
}

/// Whether the process runs. One that has ended and was not reaped does not.
pub fn is_running(id: u32) -> bool {
    state(id).is_some_and(|state| !state.starts_with('Z'))
}

/// Sends a signal, by its name.
pub fn signal(name: &str, id: u32) -> Result<()> {
    let sent = Command::new("kill").args(["-s", name, &id.to_string()]).status()?;
    ensure!(sent.success(), "cannot signal {id}");
    Ok(())
}

fn parent(id: u32) -> Option<u32> {
    state(id)?.split_whitespace().nth(1)?.parse().ok()
}

/// What stands after the name in `/proc/<id>/stat`: the state, then the parent.
fn state(id: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(") ").map(|(_, after)| after.to_owned())
}
