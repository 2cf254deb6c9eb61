//! The master key: whether it is there, and another one in its place.

use serde::Serialize;
use serde_json::json;

use super::{Keystile, OperationError};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Permission, SecretBytes};
use crate::seal::{MasterKey, MasterKeySource, MasterKeys, SealContext, SealError, Sealed};
use crate::store::{Change, Snapshot};

/// What a rewrapping did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rewrapped {
    /// How many secrets are wrapped under the new key now.
    pub secrets: usize,
    /// The fingerprint of the key before.
    pub from: String,
    /// The fingerprint of the key now.
    pub to: String,
}

impl Keystile {
    /// Returns `Ok` only if the master key is the one that everything is sealed with. Without it the server is read-only:
    /// it signs, seals and publishes nothing. Asked again, it looks again.
    pub async fn unsealed(&self) -> Result<(), OperationError> {
        let expected = self.store.read().await?.master_key_fingerprint().await?;
        match expected {
            Some(fingerprint) => Ok(self.keys.keys_with(&fingerprint).map(drop)?),
            None => self.note_master_key().await,
        }
    }

    /// A database from before the fingerprint was noted: the key that opens what is sealed is the one.
    async fn note_master_key(&self) -> Result<(), OperationError> {
        let mut change = self.store.write().await?;
        let keys = self.keys.source().read()?;
        let (secrets, key) = (change.secrets().await?, keys.newest().ok_or(SealError::MasterKeyMalformed)?);
        for secret in &secrets {
            key.open(&secret.context(), &secret.sealed)?;
        }
        change.note_master_key(&key.fingerprint()).await?;
        Ok(change.commit().await?)
    }

    /// Seals a secret under the master key that the database is sealed with.
    pub(super) async fn seal(
        &self,
        change: &mut Change,
        context: &SealContext<'_>,
        secret: &SecretBytes,
    ) -> Result<Sealed, OperationError> {
        Ok(self.keys.seal(&fingerprint(change).await?, context, secret)?)
    }
}

/// Wraps every data key under a new master key, while the server goes on.
///
/// Where the key is in a file, the new one is made, and stands in the file before the old one until everything is wrapped
/// under it; a server that runs reads the file again when it needs to. Where the environment gives it, the new one must
/// stand there before the old one, for the server too.
pub async fn rewrap(keystile: &Keystile, actor: &Actor) -> Result<Rewrapped, OperationError> {
    actor.may(Permission::Administer)?;
    keystile.unsealed().await?;
    let mut change = keystile.store.write().await?;
    let from = fingerprint(&mut change).await?;
    let keys = new_keys(keystile, &from)?;
    let new = keys.newest().filter(|key| key.fingerprint() != from).ok_or_else(no_new_key)?;
    let to = new.fingerprint();
    let secrets = change.secrets().await?;
    for secret in &secrets {
        let context = secret.context();
        change.keep_rewrapped(&context, &keys.rewrap(new, &context, &secret.sealed)?).await?;
    }
    change.note_master_key(&to).await?;
    let record = Record::new(keystile.now(), actor, Action::MasterKeyReplaced, &to);
    let [before, after] = [&from, &to].map(|fingerprint| json!({ "fingerprint": fingerprint }));
    change.record(record.changing(Some(before), Some(after))).await?;
    change.commit().await?;
    keystile.store.scrub().await?;
    forget_old(keystile, &keys, &to).await?;
    Ok(Rewrapped { secrets: secrets.len(), from, to })
}

async fn fingerprint(snapshot: &mut Snapshot) -> Result<String, OperationError> {
    let noted = snapshot.master_key_fingerprint().await?;
    // Noted by the first start, and otherwise when the folder was opened with the right key.
    noted.ok_or_else(|| SealError::DoesNotOpen.into())
}

/// The keys with the new one in front, as the source has them from now on.
fn new_keys(keystile: &Keystile, from: &str) -> Result<MasterKeys, OperationError> {
    let keys = keystile.keys.keys_with(from)?;
    match keystile.keys.source() {
        MasterKeySource::Given(_) => Ok(keys),
        MasterKeySource::File(path) => {
            let new = MasterKey::generate()?;
            MasterKey::replace_file(path, std::iter::once(&new).chain(keys.with(from)))?;
            Ok(MasterKeySource::File(path.clone()).read()?)
        }
    }
}

/// Takes the old key out of the file, unless another process has gone on to a third meanwhile.
async fn forget_old(keystile: &Keystile, keys: &MasterKeys, to: &str) -> Result<(), OperationError> {
    let mut change = keystile.store.write().await?;
    let is_current = fingerprint(&mut change).await? == to;
    if let Some(path) = keystile.keys.source().file().filter(|_| is_current) {
        MasterKey::replace_file(path, keys.newest())?;
    }
    Ok(())
}

fn no_new_key() -> OperationError {
    OperationError::MasterKey {
        detail: "there is no new master key: put it before the old one in KEYSTILE__MASTER_KEY, with a space between, \
                 restart the server with both, and try again"
            .to_owned(),
    }
}
