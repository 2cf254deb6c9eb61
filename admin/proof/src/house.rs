//! A server in a temporary folder, whose time, keys and dice are given.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use keystile_admin::domain::{
    Actor, Audience, Clock, IssuerId, KeySize, ManualClock, Policy, SecretBytes, SecretText, Timestamp,
};
use keystile_admin::operations::{Chance, Keystile, OperationError, first_start};
use keystile_admin::settings::{FirstIssuer, KeyPairPem, KvSettings, Settings};
use keystile_admin::signing::{PrivateKey, SigningError};
use keystile_validator::RootKeys;
use tempfile::TempDir;

/// When everything begins.
pub const START: Timestamp = Timestamp::from_secs(1_700_000_000);
/// `iss` of the tokens.
pub const ISS: &str = "https://issuer.example";
/// `aud` of the tokens.
pub const AUDIENCE: &str = "api";

/// Keys that were made beforehand, because making one takes a tenth of a second, and a thousand rotations need a
/// thousand. Real keys of 2048 bits, handed out in turn; each world begins with the first again.
pub struct KeyPool {
    keys: Vec<SecretBytes>,
}

impl KeyPool {
    /// Makes so many keys.
    pub fn make(size: usize) -> Result<Arc<Self>> {
        let make = |_| PrivateKey::generate(KeySize::Rsa2048)?.to_pkcs8();
        let keys = (0..size).map(make).collect::<Result<_, SigningError>>()?;
        Ok(Arc::new(Self { keys }))
    }

    /// Keeps the keys in a folder, one a file, for the processes of a test.
    pub fn write(&self, folder: &Path) -> Result<()> {
        for (number, key) in self.keys.iter().enumerate() {
            std::fs::write(folder.join(format!("{number}.der")), key.reveal())?;
        }
        Ok(())
    }

    /// Reads what [`write`](Self::write) kept.
    pub fn read(folder: &Path) -> Result<Arc<Self>> {
        let read = |number| std::fs::read(folder.join(format!("{number}.der"))).ok().map(SecretBytes::new);
        Ok(Arc::new(Self { keys: (0..).map_while(read).collect() }))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// One of them.
    pub fn key(&self, number: usize) -> Result<PrivateKey, SigningError> {
        let der = self.keys.get(number).ok_or(SigningError::Library("take another key from the pool"))?;
        PrivateKey::from_der(der)
    }

    /// All of them, for a signer.
    pub fn all(&self) -> Result<Vec<PrivateKey>, SigningError> {
        (0..self.len()).map(|number| self.key(number)).collect()
    }
}

/// Chance that can be repeated: keys from the pool, dice from a seed.
pub struct SeededChance {
    pool: Arc<KeyPool>,
    next: AtomicUsize,
    dice: Mutex<fastrand::Rng>,
}

impl SeededChance {
    /// Begins after the first `known` keys of the pool; the very first one is adopted at the first start.
    pub fn after(pool: Arc<KeyPool>, known: usize, seed: u64) -> Arc<Self> {
        let dice = Mutex::new(fastrand::Rng::with_seed(seed));
        Arc::new(Self { pool, next: AtomicUsize::new(known), dice })
    }
}

impl Chance for SeededChance {
    fn key(&self, _: KeySize) -> Result<PrivateKey, SigningError> {
        self.pool.key(self.next.fetch_add(1, Ordering::SeqCst))
    }

    fn byte(&self) -> Result<u8, OperationError> {
        Ok(self.dice.lock().unwrap_or_else(PoisonError::into_inner).u8(..))
    }
}

/// A data folder after its first start, to be copied for every world: making a root key takes half a second.
pub struct Foundation {
    folder: TempDir,
    /// The roots that the edge pins.
    pub roots: RootKeys,
}

impl Foundation {
    /// Makes the folder; the server adopts the first key of the pool.
    pub async fn lay(pool: &KeyPool, policy: Policy) -> Result<Self> {
        let folder = temporary_folder()?;
        let first = FirstIssuer {
            id: main_issuer()?,
            iss: ISS.to_owned(),
            audience: Some(Audience::One(AUDIENCE.to_owned())),
            policy,
            adopt: Some(KeyPairPem { private_key: pool.key(0)?.to_pkcs8_pem()?, public_key: None }),
        };
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(START));
        let (server, made) = first_start::init(settings(folder.path(), None), clock, first).await?;
        // The folder is copied from now on: nothing may be written late.
        server.close().await;
        let made = made.context("the folder was not empty")?;
        Ok(Self { folder, roots: RootKeys::from_jwks(made.roots.to_string().as_bytes())? })
    }

    /// A copy of the folder.
    pub fn copy(&self) -> Result<TempDir> {
        let copy = temporary_folder()?;
        copy_folder(self.folder.path(), copy.path())?;
        Ok(copy)
    }
}

/// Copies the files of a data folder.
pub fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Opens a data folder.
pub async fn open(
    data: &Path,
    kv: Option<KvSettings>,
    clock: Arc<ManualClock>,
    chance: Arc<dyn Chance>,
) -> Result<Keystile, OperationError> {
    Ok(Keystile::open(settings(data, kv), clock).await?.with_chance(chance))
}

/// The settings of a data folder.
pub fn settings(data: &Path, kv: Option<KvSettings>) -> Settings {
    Settings { kv, hand_off_folder: Some(data.to_owned()), ..Settings::at(data.to_owned()) }
}

/// How to reach a stand-in for Workers KV.
pub fn kv_settings(base_url: &str) -> KvSettings {
    KvSettings {
        base_url: base_url.to_owned(),
        namespace_id: "ns".to_owned(),
        api_token: SecretText::new("kv-token".to_owned()),
    }
}

/// Whoever gives orders.
pub fn operator() -> Actor {
    Actor::local("proof")
}

/// The only issuer.
pub fn main_issuer() -> Result<IssuerId> {
    Ok("main".parse()?)
}

/// In memory where the machine has such a folder: what a power cut would lose is nobody's question here, and what a killed
/// process has written is kept by the system.
pub fn temporary_folder() -> Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() };
    made.or_else(|_| TempDir::new()).context("no temporary folder can be made")
}
