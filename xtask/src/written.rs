//! The files of the repository that people write.

use std::fs;
use std::path::Path;

use anyhow::Result;

/// Folders that hold what others wrote, or tools made.
const NOT_OURS: [&str; 6] = ["target", "node_modules", "dist", "build", "vectors", "keystile-data"];

/// Path from the root, with `/`, and text of every file whose name has one of these endings, in the order of the paths.
pub fn files(root: &Path, endings: &[&str]) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    collect(root, root, endings, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(root: &Path, folder: &Path, endings: &[&str], found: &mut Vec<(String, String)>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !name.starts_with('.') && !NOT_OURS.contains(&name.as_ref()) {
                collect(root, &path, endings, found)?;
            }
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let path_from_root = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            found.push((path_from_root, fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
