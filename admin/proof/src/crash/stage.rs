//! Where an operation begins: what was done before it, and how long ago.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use keystile_admin::domain::{Audience, Clock, ManualClock, Policy, Timestamp};
use keystile_admin::operations::{Keystile, first_start, keys};
use keystile_admin::settings::{FirstIssuer, KeyPairPem, KvSettings};
use tempfile::TempDir;

use super::Operation;
use super::store::OneValue;
use crate::house::{
    AUDIENCE, ISS, KeyPool, START, SeededChance, copy_folder, main_issuer, operator, settings,
};

const DAY: u64 = 86_400;
/// Tokens live for a minute, so that a retire window is over in minutes.
const TOKEN_SECS: u64 = 60;

/// One thing that was done before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// An operation.
    Done(Operation),
    /// So many seconds passed.
    Passed(u64),
    /// Somebody else wrote to the store.
    Disturbed,
    /// The data folder was saved.
    Saved,
    /// It was put back as it had been saved.
    Restored,
}

use Operation::{
    Activate, Advance, AnnounceRoot, CancelRotation, ChangeIssuer, CreateApiToken, CreateKey, Emergency,
    Init, InstallDelegation, Look, MintToken, PauseRotation, Push, Report, RequestDelegation, ResumeRotation,
    Retire, Revoke, RevokeApiToken, Rollback, StartRotation,
};
use Scene::{Disturbed, Done, Passed, Restored, Saved};

const BEGUN: &[Scene] = &[Done(Init), Done(Push)];
const ROTATING: &[Scene] = &[Done(Init), Done(Push), Done(StartRotation)];
const CONFIRMED: &[Scene] = &[Done(Init), Done(Push), Done(StartRotation), Done(Push), Passed(150)];
const RETIRING: &[Scene] =
    &[Done(Init), Done(Push), Done(StartRotation), Done(Push), Passed(150), Done(Advance), Done(Push)];
const CLOSED: &[Scene] = &[
    Done(Init),
    Done(Push),
    Done(StartRotation),
    Done(Push),
    Passed(150),
    Done(Advance),
    Done(Push),
    Passed(400),
];
const SEALED: &[Scene] = &[
    Done(Init),
    Done(Push),
    Done(StartRotation),
    Done(Push),
    Passed(150),
    Done(Advance),
    Done(Push),
    Passed(400),
    Done(Retire),
    Done(Push),
];

const OLD: &[Scene] = &[Done(Init), Done(Push), Passed(89 * DAY), Done(Advance), Done(Push)];

const DELEGATED: &[Scene] =
    &[Done(Init), Done(Push), Done(AnnounceRoot), Done(RequestDelegation), Done(Push)];

/// An operation, and what was done before it.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// What it is called.
    pub name: &'static str,
    /// What was done before.
    pub before: &'static [Scene],
    /// So many seconds before the operation.
    pub pause_secs: u64,
    /// The operation.
    pub operation: Operation,
}

const fn stage(name: &'static str, before: &'static [Scene], pause_secs: u64, operation: Operation) -> Stage {
    Stage { name, before, pause_secs, operation }
}

impl Stage {
    /// Every operation, the steward's by what is due.
    pub const ALL: [Self; 29] = [
        stage("the first start", &[], 0, Init),
        stage("a first push", &[Done(Init)], 0, Push),
        stage("a new key", BEGUN, 0, CreateKey),
        stage("a push over an older set", &[Done(Init), Done(Push), Done(CreateKey)], 0, Push),
        stage("an activation without waiting", &[Done(Init), Done(Push), Done(CreateKey)], 0, Activate),
        stage("a revocation", &[Done(Init), Done(Push), Done(CreateKey)], 0, Revoke),
        stage("the start of a rotation", BEGUN, 0, StartRotation),
        stage("a pause", ROTATING, 0, PauseRotation),
        stage(
            "a resumption",
            &[Done(Init), Done(Push), Done(StartRotation), Done(PauseRotation)],
            0,
            ResumeRotation,
        ),
        stage("a cancellation", ROTATING, 0, CancelRotation),
        stage("a confirmation and the activation", CONFIRMED, 0, Advance),
        stage("a retirement by hand", CLOSED, 0, Retire),
        stage("a retirement by the steward", CLOSED, 0, Advance),
        stage("the destruction of a sealed key", SEALED, 2 * DAY, Advance),
        stage("a rollback to a retiring key", RETIRING, 0, Rollback),
        stage("a rollback to a retired key", SEALED, 0, Rollback),
        stage("an emergency", BEGUN, 0, Emergency),
        stage("an emergency during a rotation", ROTATING, 0, Emergency),
        stage("a key set signed again", BEGUN, DAY, Advance),
        stage("a rotation by the calendar", OLD, DAY, Advance),
        stage("another policy", BEGUN, 0, ChangeIssuer),
        stage("a look at a store that was disturbed", &[Done(Init), Done(Push), Disturbed], 60, Look),
        stage("a set-signing key is asked for", BEGUN, 0, RequestDelegation),
        stage("a delegation is installed", DELEGATED, 0, InstallDelegation),
        stage("a root is announced", BEGUN, 0, AnnounceRoot),
        stage("a token", BEGUN, 0, MintToken),
        stage("a report", BEGUN, 0, Report),
        stage("a new API token", BEGUN, 0, CreateApiToken),
        stage("an API token revoked", BEGUN, 0, RevokeApiToken),
    ];

    /// Does everything that comes before the operation. Returns the time at which it begins.
    pub(super) async fn set(&self, data: &Path, store: &OneValue, pool: &Arc<KeyPool>) -> Result<Timestamp> {
        let (mut now, backup) = (START, TempDir::new()?);
        for scene in self.before {
            match scene {
                Passed(secs) => now = now.plus(*secs),
                Saved => copy_folder(data, backup.path())?,
                Restored => {
                    for entry in std::fs::read_dir(data)? {
                        std::fs::remove_file(entry?.path())?;
                    }
                    copy_folder(backup.path(), data)?;
                }
                Disturbed => store.set(Some(b"somebody else was here".to_vec())),
                Done(operation) => run(*operation, data, store.settings(), pool, now).await?,
            }
        }
        Ok(now.plus(self.pause_secs))
    }
}

/// Opens the data folder and does one operation, as a process of its own would.
pub async fn run(
    operation: Operation,
    data: &Path,
    kv: KvSettings,
    pool: &Arc<KeyPool>,
    now: Timestamp,
) -> Result<()> {
    let server = open(operation, data, kv, pool, now).await?;
    let done = operation.perform(&server, pool).await;
    // The files are copied next, and a connection that closes late would take one away meanwhile.
    server.close().await;
    done
}

/// Opens the data folder; the first start makes it.
pub(super) async fn open(
    operation: Operation,
    data: &Path,
    kv: KvSettings,
    pool: &Arc<KeyPool>,
    now: Timestamp,
) -> Result<Keystile> {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(now));
    let settings = settings(data, Some(kv));
    if operation == Init {
        return Ok(first_start::init(settings, clock, first(pool)?).await?.0);
    }
    let server = Keystile::open(settings, clock).await?;
    // Goes on with the first key of the pool that the server does not know yet. What signs sets must not sign tokens.
    let known = match operation {
        RequestDelegation => pool.len().saturating_sub(2),
        _ => keys::list(&server, &operator(), &main_issuer()?).await?.len(),
    };
    Ok(server.with_chance(SeededChance::after(Arc::clone(pool), known, 1)))
}

fn first(pool: &KeyPool) -> Result<FirstIssuer> {
    Ok(FirstIssuer {
        id: main_issuer()?,
        iss: ISS.to_owned(),
        audience: Some(Audience::One(AUDIENCE.to_owned())),
        policy: Policy {
            access_token_expiry_secs: TOKEN_SECS,
            refresh_token_expiry_secs: TOKEN_SECS,
            retired_key_sealed_days: 1,
            ..Policy::default()
        },
        adopt: Some(KeyPairPem { private_key: pool.key(0)?.to_pkcs8_pem()?, public_key: None }),
    })
}
