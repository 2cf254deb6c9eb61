use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::age::{self, AgeError, Identity, Recipient};
use crate::domain::SecretText;
use crate::fault::{self, FaultPoint};

/// The only format there is.
const FORMAT: u32 = 1;
/// A manifest holds a few numbers and, at most, a key.
const LONGEST_MANIFEST: usize = 64 * 1024;

/// The first line of a backup, in clear only for who may read the rest. The database follows.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// When the backup was made, in seconds since 1970.
    pub made_at: u64,
    /// The program that made it.
    pub server_version: String,
    /// The fingerprint of the master key that its secrets are sealed with.
    pub master_key_fingerprint: String,
    /// That key, where the backup was asked to hold it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    master_key: Option<String>,
}

impl Manifest {
    /// What is said about a backup that is made now.
    pub fn new(made_at: u64, master_key_fingerprint: String, master_key: Option<&SecretText>) -> Self {
        Self {
            format: FORMAT,
            made_at,
            server_version: env!("CARGO_PKG_VERSION").to_owned(),
            master_key_fingerprint,
            master_key: master_key.map(|key| key.reveal().to_owned()),
        }
    }

    /// The master key, if the backup holds it.
    pub fn take_master_key(&mut self) -> Option<SecretText> {
        self.master_key.take().map(SecretText::new)
    }
}

/// Encrypts manifest and database into a new file, which is there whole and on the disk, or not at all.
pub fn write(
    manifest: &Manifest,
    database: &Path,
    recipients: &[Recipient],
    to: &Path,
) -> Result<u64, AgeError> {
    if to.exists() {
        return Err(io::Error::from(io::ErrorKind::AlreadyExists).into());
    }
    let beside = to.with_extension("incomplete");
    let written = write_whole(manifest, database, recipients, &beside).and_then(|bytes| {
        fault::reach(FaultPoint::File);
        Ok(fs::rename(&beside, to).map(|()| bytes)?)
    });
    if written.is_err() {
        // Where it was not made, there is nothing to remove.
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write_whole(
    manifest: &Manifest,
    database: &Path,
    recipients: &[Recipient],
    to: &Path,
) -> Result<u64, AgeError> {
    let mut line = zeroize::Zeroizing::new(serde_json::to_string(manifest).map_err(io::Error::from)?);
    line.push('\n');
    let plain = line.as_bytes().chain(BufReader::new(File::open(database)?));
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(to)?;
    let mut out = BufWriter::new(file);
    age::encrypt(recipients, plain, &mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    Ok(file.metadata()?.len())
}

/// Decrypts a backup: the database into a new file, and the manifest. On an error the file is gone again.
pub fn read(from: &Path, identity: &Identity, database: &Path) -> Result<Manifest, AgeError> {
    let source = BufReader::new(File::open(from)?);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(database)?;
    let mut split =
        Split { line: zeroize::Zeroizing::new(Vec::new()), is_over: false, rest: BufWriter::new(file) };
    let read = age::decrypt(identity, source, &mut split).and_then(|()| split.manifest());
    if read.is_err() {
        // What was written before the error is not to be believed.
        let _ = fs::remove_file(database);
    }
    read
}

/// Keeps the first line, and writes the rest.
struct Split<W: Write> {
    line: zeroize::Zeroizing<Vec<u8>>,
    is_over: bool,
    rest: BufWriter<W>,
}

impl Split<File> {
    fn manifest(self) -> Result<Manifest, AgeError> {
        let file = self.rest.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        let manifest: Manifest = serde_json::from_slice(&self.line).map_err(|_| AgeError::NotABackup)?;
        if self.is_over && manifest.format == FORMAT { Ok(manifest) } else { Err(AgeError::NotABackup) }
    }
}

impl<W: Write> Write for Split<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.is_over {
            return self.rest.write(bytes);
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let (line, rest) = bytes.split_at(end.unwrap_or(bytes.len()));
        self.line.extend_from_slice(line);
        if self.line.len() > LONGEST_MANIFEST {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no backup of keystile"));
        }
        self.is_over = end.is_some();
        self.rest.write_all(rest.get(1..).unwrap_or_default())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.rest.flush()
    }
}
