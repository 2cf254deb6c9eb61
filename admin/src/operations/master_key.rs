//! The master key: whether it is there, and another one in its place.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use super::{Keystile, OperationError};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Permission, SecretBytes, SecretText};
use crate::fault::{self, FaultPoint};
use crate::seal::{
    LocalMasterKey, MasterKey, MasterKeys, NotedMasterKey, SealContext, SealError, Sealed, WrappedMasterKey,
};
use crate::settings::Settings;
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
    /// Who opens the key now; null where it is in a file or the environment.
    pub wrapped_by: Option<String>,
}

impl Keystile {
    /// Returns `Ok` only if the master key is the one that everything is sealed with. Without it the server is read-only:
    /// it signs, seals and publishes nothing. Asked again, it looks again.
    pub async fn unsealed(&self) -> Result<(), OperationError> {
        let noted = self.store.read().await?.master_key().await?;
        match noted {
            Some(noted) => Ok(self.keys.keys(&noted).await.map(drop)?),
            None => self.note_master_key().await,
        }
    }

    /// A database from before the fingerprint was noted: the key that opens what is sealed is the one.
    async fn note_master_key(&self) -> Result<(), OperationError> {
        let mut change = self.store.write().await?;
        let keys = self.keys.local().read()?;
        let (secrets, key) = (change.secrets().await?, keys.newest().ok_or(SealError::MasterKeyMalformed)?);
        for secret in &secrets {
            key.open(&secret.context(), &secret.sealed)?;
        }
        change.note_master_key(&NotedMasterKey { fingerprint: key.fingerprint(), wrapped: None }).await?;
        Ok(change.commit().await?)
    }

    /// Seals a secret under the master key that the database is sealed with.
    pub(super) async fn seal(
        &self,
        change: &mut Change,
        context: &SealContext<'_>,
        secret: &SecretBytes,
    ) -> Result<Sealed, OperationError> {
        let noted = noted(change).await?;
        let keys = self.keys.keys(&noted).await?;
        let key = keys.with(&noted.fingerprint).ok_or(SealError::DoesNotOpen)?;
        Ok(key.seal(context, secret)?)
    }

    /// Opens a secret of this snapshot, which says by which master key where the ones in memory do not.
    pub(super) async fn open_secret(
        &self,
        snapshot: &mut Snapshot,
        context: &SealContext<'_>,
        sealed: &Sealed,
    ) -> Result<SecretBytes, OperationError> {
        if let Some(secret) = self.keys.open(context, sealed) {
            return Ok(secret);
        }
        let noted = noted(snapshot).await?;
        Ok(self.keys.keys(&noted).await?.open(context, sealed)?)
    }

    /// What a restore on another machine would be told: keepers are asked anew there, and a key that is in no backup comes from
    /// where it is kept here.
    pub(super) fn to_restore(&self, data: PathBuf, in_backup: Option<SecretText>) -> Settings {
        Settings {
            master_key: in_backup.or_else(|| self.keys.local().text().ok()),
            master_key_from: self.keys.origins().clone(),
            credentials: self.keys.credentials().clone(),
            allowed_hosts: self.keys.outbound().allowed().clone(),
            ..Settings::at(data)
        }
    }
}

/// Wraps every data key under a new master key, while the server goes on.
///
/// Where a keeper makes it, all of it is one transaction. Where the key is in a file, the new one stands in the file before
/// the old one until everything is wrapped under it; a server that runs reads the file again when it needs to. Where the
/// environment gives it, the new one must stand there before the old one, for the server too.
pub async fn rewrap(keystile: &Keystile, actor: &Actor) -> Result<Rewrapped, OperationError> {
    actor.may(Permission::Administer)?;
    keystile.unsealed().await?;
    // Nobody waits for a keeper that takes its time: it is asked before the database is held.
    let wrapped = match keystile.keys.first_keeper() {
        Some(keeper) => Some(keystile.keys.wrap_new(keeper).await?),
        None => None,
    };
    let mut change = keystile.store.write().await?;
    let before = noted(&mut change).await?;
    let old = keystile.keys.keys(&before).await?;
    let (new, wrapped) = match wrapped {
        Some((keys, wrapped)) => (keys, Some(wrapped)),
        None => (new_local(keystile, &before, &old)?, None),
    };
    let key = new.newest().filter(|key| key.fingerprint() != before.fingerprint).ok_or_else(no_new_key)?;
    let after = NotedMasterKey { fingerprint: key.fingerprint(), wrapped };
    let secrets = change.secrets().await?;
    for secret in &secrets {
        let context = secret.context();
        change.keep_rewrapped(&context, &old.rewrap(key, &context, &secret.sealed)?).await?;
    }
    change.note_master_key(&after).await?;
    let record = Record::new(keystile.now(), actor, Action::MasterKeyReplaced, &after.fingerprint);
    let [was, is] =
        [&before, &after].map(|it| json!({ "fingerprint": it.fingerprint, "wrapped_by": by(it) }));
    change.record(record.changing(Some(was), Some(is))).await?;
    change.commit().await?;
    keystile.keys.hold(new.clone());
    keystile.store.scrub().await?;
    forget_old(keystile, &before, &after, &new).await?;
    let wrapped_by = by(&after).map(str::to_owned);
    Ok(Rewrapped { secrets: secrets.len(), from: before.fingerprint, to: after.fingerprint, wrapped_by })
}

/// What the database says about the master key.
pub(super) async fn noted(snapshot: &mut Snapshot) -> Result<NotedMasterKey, OperationError> {
    // Noted by the first start, and otherwise when the folder was opened with the right key.
    snapshot.master_key().await?.ok_or_else(|| SealError::DoesNotOpen.into())
}

fn by(noted: &NotedMasterKey) -> Option<&str> {
    noted.wrapped.as_ref().map(|wrapped: &WrappedMasterKey| wrapped.by.as_str())
}

/// The keys with the new one in front, as file or environment have them from now on.
fn new_local(
    keystile: &Keystile,
    before: &NotedMasterKey,
    old: &MasterKeys,
) -> Result<MasterKeys, OperationError> {
    match keystile.keys.local() {
        given @ LocalMasterKey::Given(_) => Ok(given.read()?),
        file @ LocalMasterKey::File(path) => {
            let new = MasterKey::generate()?;
            // A key that a keeper has wrapped was in no file, and need not be in one now.
            let old = old.with(&before.fingerprint).filter(|_| before.wrapped.is_none());
            MasterKey::replace_file(path, std::iter::once(&new).chain(old))?;
            Ok(file.read()?)
        }
    }
}

/// Takes the old key out of the file, unless another process has gone on to a third meanwhile.
async fn forget_old(
    keystile: &Keystile,
    before: &NotedMasterKey,
    after: &NotedMasterKey,
    new: &MasterKeys,
) -> Result<(), OperationError> {
    let mut change = keystile.store.write().await?;
    let Some(path) = keystile.keys.local().file() else { return Ok(()) };
    if noted(&mut change).await? != *after {
        return Ok(());
    }
    if after.wrapped.is_none() {
        return Ok(MasterKey::replace_file(path, new.newest())?);
    }
    let is_old = before.wrapped.is_none() && keystile.keys.origins().has_local() && path.exists();
    fault::reach(FaultPoint::File);
    if is_old { remove(path) } else { Ok(()) }
}

fn remove(path: &Path) -> Result<(), OperationError> {
    let unusable = |error: std::io::Error| OperationError::DataFolder {
        detail: format!(
            "everything is wrapped anew, and `{}` can be removed, which failed: {error}",
            path.display()
        ),
    };
    fs::remove_file(path).map_err(unusable)
}

fn no_new_key() -> OperationError {
    OperationError::MasterKey {
        detail: "there is no new master key: put it before the old one in KEYSTILE__MASTER_KEY, with a space between, \
                 restart the server with both, and try again"
            .to_owned(),
    }
}
