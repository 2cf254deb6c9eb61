//! Copies of the database that a killed process has left in the data folder.

use std::ffi::OsStr;
use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io};

/// What a copy for a backup is called, before its random part.
pub(super) const COPY: &str = "backup-";
/// What the folder of a drill is called, before its random part.
pub(super) const DRILL: &str = "drill-";

/// No backup and no drill takes so long, so that none that is under way loses its copy.
const ABANDONED_AFTER: Duration = Duration::from_secs(86_400);

/// Removes those that are a day older than what was `made` just now. What cannot be removed is tried again the next time;
/// it is closed to others, like the database.
pub(super) fn sweep(data: &Path, made: &Path) {
    let (Ok(now), Ok(entries)) = (modified(made), fs::read_dir(data)) else { return };
    for path in entries.flatten().map(|entry| entry.path()).filter(|path| is_abandoned(path, now)) {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if let Err(error) = removed {
            tracing::warn!(path = %path.display(), %error, "what an interrupted backup left cannot be removed");
        }
    }
}

fn is_abandoned(path: &Path, now: SystemTime) -> bool {
    let is_ours = path
        .file_name()
        .and_then(OsStr::to_str)
        .is_some_and(|name| (name.starts_with(COPY) && name.ends_with(".db")) || name.starts_with(DRILL));
    is_ours && modified(path).is_ok_and(|at| now.duration_since(at).is_ok_and(|age| age > ABANDONED_AFTER))
}

fn modified(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_day_old_goes_and_everything_else_stays() {
        let data = tempfile::tempdir().unwrap();
        let file = |name: &str| data.path().join(name);
        for name in ["backup-old.db", "backup-notes.txt", "keystile.db", "backup-new.db"] {
            fs::write(file(name), "x").unwrap();
        }
        fs::create_dir(file("drill-old")).unwrap();
        let kept = |name: &&str| file(name).exists();
        let all = ["backup-new.db", "backup-notes.txt", "backup-old.db", "drill-old", "keystile.db"];
        sweep(data.path(), &file("backup-new.db"));
        assert!(all.iter().all(kept));
        let a_day_ago = modified(&file("backup-new.db")).unwrap() - ABANDONED_AFTER - Duration::from_secs(60);
        for name in ["backup-old.db", "backup-notes.txt", "keystile.db", "drill-old"] {
            fs::File::open(file(name)).unwrap().set_modified(a_day_ago).unwrap();
        }
        sweep(data.path(), &file("backup-new.db"));
        let left: Vec<_> = all.into_iter().filter(kept).collect();
        assert_eq!(left, ["backup-new.db", "backup-notes.txt", "keystile.db"]);
    }
}
