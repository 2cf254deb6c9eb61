//! Where an operation begins: what was done before it, and how long ago.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use keystile_admin::domain::{Audience, Clock, ManualClock, Policy, Timestamp};
use keystile_admin::operations::{Keystile, first_start, keys};
use keystile_admin::settings::{FirstIssuer, KeyPairPem, KvSettings};

use super::Operation;
use crate::house::{
    AUDIENCE, ISS, KeyPool, START, SeededChance, copy_folder, main_issuer, operator, settings,
    temporary_folder,
};
use crate::shelf::ShelfStore;

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
    Activate, Advance, AnnounceRoot, Ask, BackUp, CancelRotation, ChangeIssuer, CreateApiToken, CreateKey,
    DeleteEntries, Emergency, ExportAudit, HandOff, HandOver, ImportKey, ImportSessions, Init,
    InstallDelegation, KeepRecords, Look, LookAfterUser, MintToken, Overtake, PauseRotation, PublishPolicy,
    Push, RaiseEpochs, ReplaceMasterKey, Report, RequestDelegation, ResumeRotation, Retire, ReviewAccess,
    Revoke, RevokeApiToken, RevokeSession, RevokeToken, Rollback, SetHandOffTargets, SignIn, StartRotation,
    TakeTwo, WithdrawRoot,
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

/// The second root vouches for the key set, which every edge has.
const HANDED_OVER: &[Scene] = &[
    Done(Init),
    Done(Push),
    Done(AnnounceRoot),
    Done(RequestDelegation),
    Done(Push),
    Done(InstallDelegation),
    Done(Push),
    Passed(150),
];

/// The store holds a key and a revocation that the restored database knows nothing of.
const RESTORED: &[Scene] =
    &[Done(Init), Done(Push), Saved, Done(CreateKey), Done(RevokeSession), Done(Push), Restored, Passed(60)];

/// The same with a filter that it knows nothing of.
const RESTORED_BESIDE_FILTER: &[Scene] =
    &[Done(Init), Done(Push), Saved, Done(ImportSessions), Done(Push), Restored, Passed(60)];

const FILTERED: &[Scene] =
    &[Done(Init), Done(Push), Done(ImportSessions), Done(Push), Passed(29 * DAY), Done(Advance), Done(Push)];
const DISTURBED: &[Scene] = &[Done(Init), Done(Push), Disturbed, Passed(60), Done(Look)];
const DECLARED: &[Scene] = &[Done(Init), Done(Push), Done(Emergency), Done(Push), Passed(150)];

const ASKED: &[Scene] = &[Done(Init), Done(Push), Done(Ask), Done(Push)];

/// Entries from before the last twelve months, and a server that has lived for two days since.
const OLD_RECORDS: &[Scene] = &[
    Done(Init),
    Done(Push),
    Done(KeepRecords),
    Done(ExportAudit),
    Passed(400 * DAY),
    Done(ExportAudit),
    Passed(2 * DAY),
    Done(Advance),
    Done(Push),
];

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
    pub const ALL: [Self; 57] = [
        stage("the first start", &[], 0, Init),
        stage("a first push", &[Done(Init)], 0, Push),
        stage("a new key", BEGUN, 0, CreateKey),
        stage("a key that was made elsewhere", BEGUN, 0, ImportKey),
        stage("a hand-off", BEGUN, 0, HandOff),
        stage("the targets of the hand-off", BEGUN, 0, SetHandOffTargets),
        stage("a hand-over", &[Done(Init), Done(Push), Done(SetHandOffTargets)], 0, HandOver),
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
        stage("the confirmation of an emergency", DECLARED, 0, Advance),
        stage("a key set signed again", BEGUN, DAY, Advance),
        stage("a rotation by the calendar", OLD, DAY, Advance),
        stage("another policy", BEGUN, 0, ChangeIssuer),
        stage("a look at a store that was disturbed", &[Done(Init), Done(Push), Disturbed], 60, Look),
        stage("a push that repairs the store", DISTURBED, 0, Push),
        stage("a set-signing key is asked for", BEGUN, 0, RequestDelegation),
        stage("a delegation is installed", DELEGATED, 0, InstallDelegation),
        stage("a root is announced", BEGUN, 0, AnnounceRoot),
        stage(
            "a root is taken back that was announced",
            &[Done(Init), Done(Push), Done(AnnounceRoot), Passed(150)],
            0,
            WithdrawRoot,
        ),
        stage("the first root is withdrawn", HANDED_OVER, 0, WithdrawRoot),
        stage("another history is overtaken", RESTORED, 0, Overtake),
        stage("another history with a filter is overtaken", RESTORED_BESIDE_FILTER, 0, Overtake),
        stage("a token is revoked", BEGUN, 0, RevokeToken),
        stage("a session is revoked", BEGUN, 0, RevokeSession),
        stage("a list of sessions is revoked", BEGUN, 0, ImportSessions),
        stage("a push with a filter", &[Done(Init), Done(Push), Done(ImportSessions)], 0, Push),
        stage("a filter runs out", FILTERED, 2 * DAY, Advance),
        stage("epochs are raised", BEGUN, 0, RaiseEpochs),
        stage("a token", BEGUN, 0, MintToken),
        stage("a report", BEGUN, 0, Report),
        stage("a new API token", BEGUN, 0, CreateApiToken),
        stage("an API token revoked", BEGUN, 0, RevokeApiToken),
        stage("a user", BEGUN, 0, LookAfterUser),
        stage("a session of the console", BEGUN, 0, SignIn),
        stage("an export of the audit log", BEGUN, 0, ExportAudit),
        stage("a review of who has access", BEGUN, 0, ReviewAccess),
        stage("the first request of one who may not go on alone", BEGUN, 0, Ask),
        stage("what takes two people", ASKED, 0, TakeTwo),
        stage("a request that nobody answers", ASKED, 2 * DAY, Advance),
        stage("another master key", BEGUN, 0, ReplaceMasterKey),
        stage("a backup and its drill", BEGUN, 0, BackUp),
        stage("a policy of gateways", BEGUN, 0, PublishPolicy),
        stage("the keeping of records", BEGUN, 0, KeepRecords),
        stage("the deletion of old entries", OLD_RECORDS, 0, DeleteEntries),
    ];

    /// Does everything that comes before the operation. Returns the time at which it begins.
    pub(super) async fn set(
        &self,
        data: &Path,
        store: &ShelfStore,
        pool: &Arc<KeyPool>,
    ) -> Result<Timestamp> {
        let (mut now, backup) = (START, temporary_folder()?);
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
                Disturbed => store.disturb(),
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
