//! PEM from a file, or from standard input as `-`.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::failure::Failure;

/// More than any key pair in PEM: a larger file is not one.
const LIMIT: u64 = 1024 * 1024;

/// Reads the file that `path` names.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    let failed = |source| Failure::File { path: PathBuf::from(path), source };
    let mut text = String::new();
    if path.as_os_str() == "-" {
        io::stdin().lock().take(LIMIT).read_to_string(&mut text).map_err(failed)?;
    } else {
        fs::File::open(path).map_err(failed)?.take(LIMIT).read_to_string(&mut text).map_err(failed)?;
    }
    Ok(text)
}
