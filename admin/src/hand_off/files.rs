use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::digest::hex_digest;
use super::{HandOffError, Standing};

/// More than any file of ours has; what is larger is not ours.
const LARGEST: u64 = 1 << 20;

/// What stands in the file, against what is to stand there. Its version is the digest of what it holds.
pub(super) fn look(path: &Path, text: &str) -> Result<Standing, HandOffError> {
    let mut bytes = Zeroizing::new(Vec::new());
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Standing::default()),
        Err(error) => return Err(failed(path, &error)),
    };
    let readable_by_others =
        file.metadata().map_err(|error| failed(path, &error))?.permissions().mode() & 0o077 != 0;
    file.take(LARGEST).read_to_end(&mut bytes).map_err(|error| failed(path, &error))?;
    let digest = hex_digest(&bytes);
    // One that others may read is written anew.
    let is_content = !readable_by_others && digest == hex_digest(text.as_bytes());
    Ok(Standing { is_content, version: Some(digest) })
}

/// Puts `text` in the place of whatever the file holds: readers see the one or the other, whole.
pub(super) fn write(path: &Path, text: &str, token: &str) -> Result<(), HandOffError> {
    let beside = path.with_extension(format!("{token}.new"));
    let written = write_beside(&beside, text).and_then(|()| fs::rename(&beside, path));
    if let Err(error) = written {
        // What is half written is of no use to anybody; it may not be there at all.
        let _ = fs::remove_file(&beside);
        return Err(failed(path, &error));
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| failed(folder, &error))
}

fn write_beside(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn failed(path: &Path, error: &std::io::Error) -> HandOffError {
    HandOffError::File { path: path.display().to_string(), cause: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_its_owner_alone_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backend.env");
        assert_eq!(look(&path, "A=1\n").unwrap(), Standing::default());
        for text in ["A=1\n", "A=2\n"] {
            write(&path, text, "t").unwrap();
            assert!(look(&path, text).unwrap().is_content);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert!(!look(&path, "A=1\n").unwrap().is_content);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_file_that_others_may_read_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("backend.env");
        fs::write(&path, "A=1\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(!look(&path, "A=1\n").unwrap().is_content);
    }

    #[test]
    fn a_missing_folder_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let refused = write(&folder.path().join("apps/backend.env"), "A=1\n", "t").unwrap_err();
        assert!(matches!(refused, HandOffError::File { .. }), "{refused}");
    }
}
