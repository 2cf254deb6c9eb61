use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::Mutex;

use super::envelope::{SealContext, Sealed};
use super::keepers::Keepers;
use super::origin::{Keeper, MasterKeyOrigin, MasterKeyOrigins};
use super::{MasterKey, MasterKeys, NotedMasterKey, SealError, WrappedMasterKey};
use crate::domain::{Clock, SecretBytes, SecretText, Timestamp};
use crate::managers::Credentials;
use crate::outbound::Outbound;

/// A keeper that has refused is asked again after so long: the steward alone would ask it three times a second, and whoever
/// writes meanwhile would wait for it.
const AGAIN_AFTER_SECS: u64 = 5;

/// The place of a master key that nobody has wrapped.
pub enum LocalMasterKey {
    /// A file that its owner alone may read.
    File(PathBuf),
    /// The environment.
    Given(SecretText),
}

impl LocalMasterKey {
    /// Reads it as it is now.
    pub fn read(&self) -> Result<MasterKeys, SealError> {
        MasterKeys::from_text(&self.text()?)
    }

    /// The text of it as it is now.
    pub fn text(&self) -> Result<SecretText, SealError> {
        match self {
            Self::File(path) => MasterKey::read_file(path),
            Self::Given(text) => Ok(SecretText::new(text.reveal().to_owned())),
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Given(_) => None,
        }
    }
}

/// The master keys of a running server. Where the ones in memory do not fit, where they come from is asked again: so a server
/// goes on when another process has wrapped everything anew, and comes back by itself when a lost key file is put back, or a
/// keeper answers again.
pub struct KeyHolder {
    local: LocalMasterKey,
    origins: MasterKeyOrigins,
    keepers: Keepers,
    held: RwLock<Option<MasterKeys>>,
    /// Whoever has it asks the keepers; the others wait, and then know.
    refused: Mutex<Option<Refusal>>,
    clock: Arc<dyn Clock>,
}

struct Refusal {
    of: NotedMasterKey,
    at: Timestamp,
    why: SealError,
}

impl KeyHolder {
    /// Holds nothing yet. Refused where a keeper cannot be asked as the settings name it.
    pub fn new(
        local: LocalMasterKey,
        origins: MasterKeyOrigins,
        outbound: Outbound,
        credentials: Credentials,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SealError> {
        let (context, kms_endpoint) = (origins.context.clone(), origins.kms_endpoint.clone());
        let keepers = Keepers { outbound, credentials, context, kms_endpoint };
        keepers.check(&origins)?;
        Ok(Self { local, origins, keepers, held: RwLock::new(None), refused: Mutex::new(None), clock })
    }

    /// What is in a file or the environment, whether or not it counts.
    pub fn local(&self) -> &LocalMasterKey {
        &self.local
    }

    /// Where master keys come from.
    pub fn origins(&self) -> &MasterKeyOrigins {
        &self.origins
    }

    /// What the names of credentials stand for.
    pub fn credentials(&self) -> &Credentials {
        &self.keepers.credentials
    }

    /// Where requests may go.
    pub fn outbound(&self) -> &Outbound {
        &self.keepers.outbound
    }

    /// What makes new ones; `None` where they are local.
    pub fn first_keeper(&self) -> Option<&Keeper> {
        self.origins.list.first().and_then(MasterKeyOrigin::keeper)
    }

    /// Decrypts a secret that was sealed for this very context, if the keys in memory do.
    pub fn open(&self, context: &SealContext<'_>, sealed: &Sealed) -> Option<SecretBytes> {
        self.held()?.open(context, sealed).ok()
    }

    /// The keys, among which is the one that the database is sealed with.
    pub async fn keys(&self, noted: &NotedMasterKey) -> Result<MasterKeys, SealError> {
        let fits = |keys: &MasterKeys| keys.with(&noted.fingerprint).is_some();
        if let Some(keys) = self.held().filter(fits) {
            return Ok(keys);
        }
        match (self.local_keys(&noted.fingerprint), &noted.wrapped) {
            (Ok(keys), _) => Ok(self.hold(keys)),
            (_, Some(wrapped)) => self.ask(noted, wrapped).await,
            (Err(why), None) => Err(why),
        }
    }

    /// Whether a process that started now would get them. Nothing in memory counts, and nothing there is changed.
    pub async fn would_be_found(&self, noted: &NotedMasterKey) -> Result<(), SealError> {
        match (self.local_keys(&noted.fingerprint), &noted.wrapped) {
            (Ok(_), _) => Ok(()),
            (_, Some(wrapped)) => self.opened(noted, wrapped).await.map(drop),
            (Err(why), None) => Err(why),
        }
    }

    /// A new master key, as the first keeper has wrapped it.
    pub async fn wrap_new(&self, keeper: &Keeper) -> Result<(MasterKeys, WrappedMasterKey), SealError> {
        let key = MasterKey::generate()?;
        let wrapped = self.keepers.wrap(keeper, &key, self.clock.now()).await?;
        Ok((MasterKeys::new(vec![key]), wrapped))
    }

    /// From now on these are in memory, and no others.
    pub fn hold(&self, keys: MasterKeys) -> MasterKeys {
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(keys.clone());
        keys
    }

    fn held(&self) -> Option<MasterKeys> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn local_keys(&self, fingerprint: &str) -> Result<MasterKeys, SealError> {
        if !self.origins.has_local() {
            return Err(SealError::NotWrapped { expected: fingerprint.to_owned() });
        }
        let keys = self.local.read()?;
        let found = keys.newest().map(MasterKey::fingerprint).unwrap_or_default();
        let another = SealError::AnotherMasterKey { expected: fingerprint.to_owned(), found };
        if keys.with(fingerprint).is_some() { Ok(keys) } else { Err(another) }
    }

    async fn ask(&self, noted: &NotedMasterKey, wrapped: &WrappedMasterKey) -> Result<MasterKeys, SealError> {
        let mut refused = self.refused.lock().await;
        if let Some(keys) = self.held().filter(|keys| keys.with(&noted.fingerprint).is_some()) {
            return Ok(keys);
        }
        let now = self.clock.now();
        // Also where the clock was set back.
        let is_fresh = |it: &Refusal| now.since(it.at).max(it.at.since(now)) < AGAIN_AFTER_SECS;
        if let Some(refusal) = refused.as_ref().filter(|it| it.of == *noted && is_fresh(it)) {
            return Err(refusal.why.clone());
        }
        match self.opened(noted, wrapped).await {
            Ok(keys) => {
                *refused = None;
                Ok(self.hold(keys))
            }
            Err(why) => {
                *refused = Some(Refusal { of: noted.clone(), at: self.clock.now(), why: why.clone() });
                Err(why)
            }
        }
    }

    /// The master key as one of the keepers opens it.
    async fn opened(
        &self,
        noted: &NotedMasterKey,
        wrapped: &WrappedMasterKey,
    ) -> Result<MasterKeys, SealError> {
        let mut why = SealError::WrappedElsewhere { by: wrapped.by.clone() };
        // The one that says it has wrapped it comes first. Its name is not believed: it may have another one by now.
        let (named, others): (Vec<_>, Vec<_>) =
            self.origins.keepers().partition(|keeper| keeper.to_string() == wrapped.by);
        for (index, keeper) in named.into_iter().chain(others).enumerate() {
            match self.keepers.open(keeper, wrapped, &noted.fingerprint, self.clock.now()).await {
                Ok(key) => return Ok(MasterKeys::new(vec![key])),
                Err(refusal) if index == 0 => why = refusal,
                Err(_) => {}
            }
        }
        Err(why)
    }
}
