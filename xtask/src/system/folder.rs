use std::fs::{self, OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The data folder: the admin server's own files, and below `up` what starting the whole takes besides.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A folder that is there already or will be made.
    pub fn new(path: &Path) -> Result<Self> {
        Ok(Self(std::path::absolute(path)?))
    }

    /// The data folder itself.
    pub fn data(&self) -> &Path {
        &self.0
    }

    /// Where the local KV keeps its values.
    pub fn kv(&self) -> PathBuf {
        self.0.join("up/kv")
    }

    /// The log of a part.
    pub fn log(&self, part: &str) -> PathBuf {
        self.0.join("up/logs").join(format!("{part}.log"))
    }

    /// The path of a secret.
    pub fn secret(&self, name: &str) -> PathBuf {
        self.0.join("up").join(name)
    }

    /// A secret that was kept, if it was.
    pub fn kept(&self, name: &str) -> Result<Option<String>> {
        match fs::read_to_string(self.secret(name)) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(error).with_context(|| format!("cannot read `{}`", self.secret(name).display()))
            }
        }
    }

    /// Keeps a secret for the next run, readable by its owner alone.
    pub fn keep(&self, name: &str, secret: &str) -> Result<PathBuf> {
        let path = self.secret(name);
        let folder = path.parent().context("a path without a folder")?;
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        // The mode above holds for a new file only.
        file.set_permissions(Permissions::from_mode(0o600))?;
        file.write_all(secret.as_bytes())?;
        Ok(path)
    }
}
