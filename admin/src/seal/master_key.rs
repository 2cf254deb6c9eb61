use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::domain::{SecretBytes, SecretText};
use crate::seal::SealError;
use crate::seal::envelope::{SealContext, Sealed, decrypt, encrypt, without_traces};

const KEY_BYTES: usize = 32;
const WRAP: &str = "keystile/data-key/1";
const SEAL: &str = "keystile/secret/1";

/// The key above all others: it opens the data keys, and they open the secrets. It has 32 bytes, which stay in one place: what
/// is moved leaves a copy behind.
pub struct MasterKey(Zeroizing<Box<[u8]>>);

impl MasterKey {
    /// A new one.
    pub fn generate() -> Result<Self, SealError> {
        let mut bytes = Zeroizing::new(vec![0; KEY_BYTES].into_boxed_slice());
        rand::fill(&mut bytes).map_err(|_| SealError::Randomness)?;
        Ok(Self(bytes))
    }

    /// Reads 32 bytes of base64, as `openssl rand -base64 32` prints them.
    pub fn from_base64(text: &SecretText) -> Result<Self, SealError> {
        let bytes = STANDARD.decode(text.reveal().trim()).map_err(|_| SealError::MasterKeyMalformed)?;
        let bytes = Zeroizing::new(bytes.into_boxed_slice());
        if bytes.len() == KEY_BYTES { Ok(Self(bytes)) } else { Err(SealError::MasterKeyMalformed) }
    }

    /// Reads the key file. Refused when other users could read it too.
    pub fn read_file(path: &Path) -> Result<SecretText, SealError> {
        let metadata = fs::metadata(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => SealError::MasterKeyMissing { path: path.display().to_string() },
            _ => file_error(path, &error),
        })?;
        let mode = metadata.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(SealError::MasterKeyExposed { path: path.display().to_string(), mode });
        }
        fs::read_to_string(path).map(SecretText::new).map_err(|error| file_error(path, &error))
    }

    /// Makes a new key and writes it where nothing is yet, readable by the owner alone and on the disk before this
    /// returns: what is sealed with it must not outlive it.
    pub fn create_file(path: &Path) -> Result<Self, SealError> {
        let key = Self::generate()?;
        Self::put_file(path, &key.to_text())?;
        Ok(key)
    }

    /// The key in base64, to be kept elsewhere.
    pub fn to_text(&self) -> SecretText {
        SecretText::from(self.line())
    }

    /// Writes a key as it was kept into a file that does not exist yet.
    pub fn put_file(path: &Path, text: &SecretText) -> Result<(), SealError> {
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| file.write_all(text.reveal().as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|error| file_error(path, &error))
    }

    /// Puts these keys into the file in place of what is there: all at once and on the disk, or not at all.
    pub fn replace_file<'k>(path: &Path, keys: impl IntoIterator<Item = &'k Self>) -> Result<(), SealError> {
        let beside = path.with_extension("key.new");
        let text: Zeroizing<String> =
            Zeroizing::new(keys.into_iter().map(|key| key.line().to_string()).collect());
        let mut options = fs::OpenOptions::new();
        let write = options.write(true).create(true).truncate(true).mode(0o600).open(&beside);
        write
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&beside, path))
            .and_then(|()| fs::File::open(path.parent().unwrap_or(Path::new("."))))
            .and_then(|folder| folder.sync_all())
            .map_err(|error| file_error(path, &error))
    }

    /// The beginning of a hash of the key: which one it is, without what it is. It has 256 random bits, so that nothing
    /// can be guessed from it.
    pub fn fingerprint(&self) -> String {
        let mut named = Zeroizing::new(b"keystile/master-key/1".to_vec());
        named.extend_from_slice(&self.0);
        let hash = without_traces(|| digest(&SHA256, &named));
        hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Wraps the data key of a secret under `to`.
    pub(super) fn rewrap(
        &self,
        to: &Self,
        context: &SealContext<'_>,
        sealed: &Sealed,
    ) -> Result<Sealed, SealError> {
        let data_key = decrypt(&self.0, WRAP, context, &sealed.wrapped_key)?;
        let wrapped_key = encrypt(&to.0, WRAP, context, data_key.reveal())?;
        Ok(Sealed { wrapped_key, ciphertext: sealed.ciphertext.clone() })
    }

    /// The key as a line of its file.
    fn line(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(&self.0) + "\n")
    }

    /// Encrypts a secret under a new data key.
    pub fn seal(&self, context: &SealContext<'_>, secret: &SecretBytes) -> Result<Sealed, SealError> {
        let data_key = Self::generate()?.0;
        Ok(Sealed {
            wrapped_key: encrypt(&self.0, WRAP, context, &data_key)?,
            ciphertext: encrypt(&data_key, SEAL, context, secret.reveal())?,
        })
    }

    /// Decrypts a secret that was sealed for this very context.
    pub fn open(&self, context: &SealContext<'_>, sealed: &Sealed) -> Result<SecretBytes, SealError> {
        let data_key = decrypt(&self.0, WRAP, context, &sealed.wrapped_key)?;
        decrypt(data_key.reveal(), SEAL, context, &sealed.ciphertext)
    }
}

fn file_error(path: &Path, error: &std::io::Error) -> SealError {
    SealError::MasterKeyFile { path: path.display().to_string(), cause: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::MasterKeys;

    const CONTEXT: SealContext<'static> = SealContext { purpose: "token-key", owner: "main", name: "kid" };

    fn sealed(key: &MasterKey) -> Sealed {
        key.seal(&CONTEXT, &SecretBytes::new(b"private".to_vec())).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_and_is_not_in_clear() {
        let key = MasterKey::generate().unwrap();
        let sealed = sealed(&key);
        assert_eq!(key.open(&CONTEXT, &sealed).unwrap().reveal(), b"private");
        assert!(!sealed.ciphertext.windows(7).any(|window| window == b"private"));
    }

    #[test]
    fn the_same_secret_never_seals_to_the_same_bytes() {
        let key = MasterKey::generate().unwrap();
        assert_ne!(sealed(&key), sealed(&key));
    }

    #[test]
    fn another_master_key_does_not_open() {
        let sealed = sealed(&MasterKey::generate().unwrap());
        let other = MasterKey::generate().unwrap();
        assert_eq!(other.open(&CONTEXT, &sealed).err(), Some(SealError::DoesNotOpen));
    }

    #[test]
    fn a_value_moved_to_another_context_does_not_open() {
        let key = MasterKey::generate().unwrap();
        let sealed = sealed(&key);
        for moved in [
            SealContext { purpose: "root-key", ..CONTEXT },
            SealContext { owner: "other", ..CONTEXT },
            SealContext { name: "kid2", ..CONTEXT },
            SealContext { owner: "mai", name: "nkid", ..CONTEXT },
        ] {
            assert_eq!(key.open(&moved, &sealed).err(), Some(SealError::DoesNotOpen));
        }
    }

    #[test]
    fn one_changed_bit_anywhere_does_not_open() {
        let key = MasterKey::generate().unwrap();
        let whole = sealed(&key);
        for index in 0..whole.wrapped_key.len() {
            let mut changed = whole.clone();
            changed.wrapped_key[index] ^= 1;
            assert_eq!(key.open(&CONTEXT, &changed).err(), Some(SealError::DoesNotOpen));
        }
        for index in 0..whole.ciphertext.len() {
            let mut changed = whole.clone();
            changed.ciphertext[index] ^= 1;
            assert_eq!(key.open(&CONTEXT, &changed).err(), Some(SealError::DoesNotOpen));
        }
    }

    #[test]
    fn a_truncated_value_is_refused_without_a_panic() {
        let key = MasterKey::generate().unwrap();
        let whole = sealed(&key);
        for length in 0..whole.wrapped_key.len() {
            let cut = Sealed { wrapped_key: whole.wrapped_key[..length].to_vec(), ..whole.clone() };
            assert_eq!(key.open(&CONTEXT, &cut).err(), Some(SealError::DoesNotOpen));
        }
    }

    #[test]
    fn the_key_file_belongs_to_its_owner_alone_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let made = MasterKey::create_file(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let read = MasterKeys::from_text(&MasterKey::read_file(&path).unwrap()).unwrap();
        assert_eq!(read.open(&CONTEXT, &sealed(&made)).unwrap().reveal(), b"private");
        assert!(matches!(MasterKey::create_file(&path), Err(SealError::MasterKeyFile { .. })));
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::create_file(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(MasterKey::read_file(&path), Err(SealError::MasterKeyExposed { mode: 0o640, .. })));
    }

    #[test]
    fn a_missing_or_malformed_master_key_is_named_as_such() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("master.key");
        assert!(matches!(MasterKey::read_file(&missing), Err(SealError::MasterKeyMissing { .. })));
        for text in ["", "AAAA", "not base64!", &STANDARD.encode([0; 31]), &STANDARD.encode([0; 33])] {
            let key = MasterKey::from_base64(&SecretText::new(text.to_owned()));
            assert_eq!(key.err(), Some(SealError::MasterKeyMalformed), "`{text}`");
        }
    }

    #[test]
    fn a_rewrapped_secret_opens_with_the_new_key_alone_and_was_not_sealed_again() {
        let (old, new) = (MasterKey::generate().unwrap(), MasterKey::generate().unwrap());
        let before = sealed(&old);
        let after = old.rewrap(&new, &CONTEXT, &before).unwrap();
        assert_eq!(after.ciphertext, before.ciphertext);
        assert_eq!(new.open(&CONTEXT, &after).unwrap().reveal(), b"private");
        assert_eq!(old.open(&CONTEXT, &after).err(), Some(SealError::DoesNotOpen));
        let moved = SealContext { name: "kid2", ..CONTEXT };
        assert_eq!(old.rewrap(&new, &moved, &before).err(), Some(SealError::DoesNotOpen));
    }

    #[test]
    fn a_replaced_file_has_the_new_keys_and_is_still_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let old = MasterKey::create_file(&path).unwrap();
        let new = MasterKey::generate().unwrap();
        MasterKey::replace_file(&path, [&new, &old]).unwrap();
        let keys = MasterKeys::from_text(&MasterKey::read_file(&path).unwrap()).unwrap();
        assert_eq!(keys.newest().map(MasterKey::fingerprint), Some(new.fingerprint()));
        assert!(keys.with(&old.fingerprint()).is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
