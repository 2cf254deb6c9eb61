//! The first start: data folder, master key, root key, first key, first API tokens.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::keystile::{database, root_context, token_context};
use super::{Keystile, OperationError, api_tokens, issuers, keystile};
use crate::audit::{Action, Record};
use crate::domain::{
    Actor, BrokenRing, Clock, Epochs, Issuer, Key, KeyFacts, KeyRing, KeySetDocument, KeySetStamp, KeySize,
    KeySource, Policy, PublicJwk, PublishedRevocations, Role, SecretText, Timestamp,
};
use crate::fault::{self, FaultPoint};
use crate::publish::CloudflareKv;
use crate::seal::{LocalMasterKey, MasterKey, MasterKeys, NotedMasterKey, SealContext, SealError};
use crate::settings::{FirstIssuer, IssuerChange, Settings};
use crate::signing::{PrivateKey, SetSigner, sign_key_set};
use crate::store::{Change, Store, StoredKeySet};

/// The root outlives many token keys, and is read once per key set, not once per token.
const ROOT_KEY_SIZE: KeySize = KeySize::Rsa3072;
const FIRST_VERSION: u64 = 1;

/// What the first start made. The two tokens are shown this once.
pub struct FirstStart {
    /// An API token with the role admin.
    pub admin_token: SecretText,
    /// An API token with the role edge.
    pub edge_token: SecretText,
    /// The public root keys, a JWK Set, to be pinned at the edge.
    pub roots: serde_json::Value,
    /// The issuer.
    pub issuer_id: String,
    /// The key that signs.
    pub kid: String,
    /// The data folder.
    pub data: std::path::PathBuf,
}

/// Opens the data folder, and makes everything a first start needs where it is missing.
///
/// The second part of the answer is `None` where there was nothing to make. `first` then counts for nothing, except
/// that a key pair to adopt which is not known is warned about in the log: adopting happens once.
pub async fn init(
    settings: Settings,
    clock: Arc<dyn Clock>,
    first: FirstIssuer,
) -> Result<(Keystile, Option<FirstStart>), OperationError> {
    let founding = Founding::judge(first, &settings)?;
    make_private_folder(&settings.data)?;
    fault::reach(FaultPoint::DataFolder);
    let store = match &settings.database {
        Some(url) => Store::connect(url).await?,
        None => Store::open(&database(&settings.data), true).await?,
    };
    // Of two processes that start at once, one waits here and then finds everything made.
    let mut change = store.write().await?;
    if !change.issuer_ids().await?.is_empty() {
        drop(change);
        store.close().await;
        let keystile = Keystile::open(settings, clock).await?;
        warn_about_unknown_key(&keystile, &founding).await?;
        return Ok((keystile, None));
    }
    let keystile = Keystile::assemble(settings, clock, store)?;
    change.note_master_key(&first_master_key(&keystile).await?).await?;
    let made = found(&keystile, &mut change, founding).await?;
    change.commit().await?;
    Ok((keystile, Some(made)))
}

/// What a first start makes, judged before anything is written.
struct Founding {
    issuer: Issuer,
    adopted: Option<PrivateKey>,
}

impl Founding {
    fn judge(first: FirstIssuer, settings: &Settings) -> Result<Self, OperationError> {
        if let Some(text) = &settings.master_key {
            MasterKeys::from_text(text)?;
        }
        if let Some(kv) = &settings.kv {
            CloudflareKv::check(kv)?;
        }
        let issuer = Issuer { id: first.id, iss: first.iss, audience: first.audience, policy: first.policy };
        Ok(Self {
            issuer: issuers::changed(issuer, IssuerChange::default())?,
            adopted: first.adopt.as_ref().map(PrivateKey::from_pem).transpose()?,
        })
    }
}

/// Everything the database holds from the first moment on.
async fn found(
    keystile: &Keystile,
    change: &mut Change,
    Founding { issuer, adopted }: Founding,
) -> Result<FirstStart, OperationError> {
    let (now, actor) = (keystile.now(), Actor::local("first start"));
    let root = keystile.generate(ROOT_KEY_SIZE).await?;
    let (private, source) = match adopted {
        Some(key) => (key, KeySource::Adopted),
        None => (keystile.generate(issuer.policy.key_size).await?, KeySource::Generated),
    };
    let ring = first_ring(&private, source, &issuer.policy, now)?;
    let kid = ring.active().kid().to_owned();
    change.add_root_key(root.public(), now).await?;
    keep(keystile, change, &root_context(root.public()), &root).await?;
    change.save_issuer(&issuer).await?;
    keep(keystile, change, &token_context(&issuer.id, &kid), &private).await?;
    change.save_ring(&issuer.id, None, &ring).await?;
    record_founding(change, &actor, &root, ring.active(), &issuer).await?;
    let roots = json!({ "keys": [PublicJwk::of(root.public())] });
    add_first_key_set(change, &issuer, &ring, root, now).await?;
    let admin = api_tokens::issue(change, &actor, "first admin", Role::Admin, now, None).await?;
    let edge = api_tokens::issue(change, &actor, "first edge", Role::Edge, now, None).await?;
    Ok(FirstStart {
        admin_token: admin.secret,
        edge_token: edge.secret,
        roots,
        issuer_id: issuer.id.to_string(),
        kid,
        data: keystile.data().to_owned(),
    })
}

async fn record_founding(
    change: &mut Change,
    actor: &Actor,
    root: &PrivateKey,
    key: &Key,
    issuer: &Issuer,
) -> Result<(), OperationError> {
    let now = key.facts().created_at;
    let root = root.public().thumbprint().as_str();
    let action = match key.facts().source {
        KeySource::Adopted => Action::KeyAdopted,
        KeySource::Generated | KeySource::Imported => Action::KeyCreated,
    };
    change.record(Record::new(now, actor, Action::ServerInitialised, root)).await?;
    Ok(change.record(Record::new(now, actor, action, key.kid()).of_issuer(&issuer.id)).await?)
}

fn first_ring(
    private: &PrivateKey,
    source: KeySource,
    policy: &Policy,
    now: Timestamp,
) -> Result<KeyRing, OperationError> {
    let facts = KeyFacts::new(private.public().clone(), source, now, FIRST_VERSION);
    let broken = |error: BrokenRing| OperationError::Internal { detail: error.to_string() };
    KeyRing::restored(vec![Key::first(facts, policy, now)]).map_err(broken)
}

async fn add_first_key_set(
    change: &mut Change,
    issuer: &Issuer,
    ring: &KeyRing,
    root: PrivateKey,
    now: Timestamp,
) -> Result<(), OperationError> {
    let stamp = KeySetStamp {
        version: FIRST_VERSION,
        issued_at: now,
        expires_at: now.plus(issuer.policy.key_set_lifetime_secs),
    };
    let epochs = Epochs::default();
    let revoked = PublishedRevocations::default();
    let document = KeySetDocument::compose(issuer, ring, &epochs, &revoked, stamp);
    let signer = SetSigner { roots: keystile::roots(change).await?, delegation: None, key: root };
    let document = sign_key_set(&signer, &document, &issuer.iss, stamp)?;
    Ok(change.add_key_set(&issuer.id, &StoredKeySet { stamp, document }).await?)
}

async fn keep(
    keystile: &Keystile,
    change: &mut Change,
    context: &SealContext<'_>,
    key: &PrivateKey,
) -> Result<(), OperationError> {
    let sealed = keystile.seal(change, context, &key.to_pkcs8()?).await?;
    Ok(change.keep_secret(context, &sealed).await?)
}

/// The folder is the last line of defence, so it is closed to others even where it was open before.
pub(super) fn make_private_folder(data: &Path) -> Result<(), OperationError> {
    let closed = fs::Permissions::from_mode(0o700);
    fs::create_dir_all(data).and_then(|()| fs::set_permissions(data, closed)).map_err(|error| {
        OperationError::DataFolder {
            detail: format!(
                "the data folder `{}` cannot be made or closed to others: {error}",
                data.display()
            ),
        }
    })
}

/// The configured master key, the one an interrupted first start left behind, or a new one.
async fn first_master_key(keystile: &Keystile) -> Result<NotedMasterKey, OperationError> {
    if let Some(keeper) = keystile.keys.first_keeper() {
        let (keys, wrapped) = keystile.keys.wrap_new(keeper).await?;
        let fingerprint = fingerprint(&keystile.keys.hold(keys))?;
        return Ok(NotedMasterKey { fingerprint, wrapped: Some(wrapped) });
    }
    let fingerprint = match keystile.keys.local() {
        LocalMasterKey::File(file) if !file.exists() => new_file(file, keystile.data())?,
        there => fingerprint(&there.read()?)?,
    };
    Ok(NotedMasterKey { fingerprint, wrapped: None })
}

fn fingerprint(keys: &MasterKeys) -> Result<String, SealError> {
    keys.newest().map(MasterKey::fingerprint).ok_or(SealError::MasterKeyMalformed)
}

/// Makes a master key in a file, and answers which it is.
fn new_file(file: &Path, data: &Path) -> Result<String, OperationError> {
    let key = MasterKey::create_file(file)?;
    // The file's name must be on the disk too before anything is sealed with it.
    fault::reach(FaultPoint::MasterKey);
    fs::File::open(data).and_then(|folder| folder.sync_all()).map_err(|error| {
        OperationError::DataFolder { detail: format!("`{}` cannot be synced: {error}", data.display()) }
    })?;
    Ok(key.fingerprint())
}

async fn warn_about_unknown_key(keystile: &Keystile, founding: &Founding) -> Result<(), OperationError> {
    let Some(configured) = &founding.adopted else { return Ok(()) };
    let kid = configured.public().thumbprint().as_str();
    let state = keystile.state(&mut keystile.store.read().await?, &founding.issuer.id).await?;
    if state.ring.get(kid).is_err() {
        tracing::warn!(
            kid,
            "the configured key pair is not known, and adopting happens at the first start alone; import it with `keystile keys import`"
        );
    }
    Ok(())
}
