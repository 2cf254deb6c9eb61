//! What a process does before it is killed.

use std::sync::Arc;

use anyhow::{Context, Result};
use keystile_admin::backup::age::Identity;
use keystile_admin::domain::{Actor, IssuerId, ManualClock, PublicJwk, Role};
use keystile_admin::hand_off::{FileFormat, Place, Target};
use keystile_admin::operations::backup::{BackupOrder, backup};
use keystile_admin::operations::drill::drill;
use keystile_admin::operations::edge::{EdgeReport, record_report};
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};
use keystile_admin::operations::environment::PrivateKeyFormat;
use keystile_admin::operations::keys::NewKey;
use keystile_admin::operations::overtake::{OvertakeOrder, overtake};
use keystile_admin::operations::revocation_import::{Import, ImportOrder};
use keystile_admin::operations::revocations::{MOST_AT_ONCE, RevocationOrder};
use keystile_admin::operations::rollback::{RollbackOrder, rollback};
use keystile_admin::operations::set_signer::{DelegationOrder, RequestOrder};
use keystile_admin::operations::tokens::TokenRequest;
use keystile_admin::operations::{
    Keystile, access_review, activate, api_tokens, audit_deletion, audit_export, environment, epochs,
    gateway_policy, hand_off, issuers, keys, master_key, publication, retire, revocations, revoke, roots,
    rotation, sessions, set_signer, steward, store_watch, tokens,
};
use keystile_admin::settings::{IssuerChange, KeyPairPem};
use keystile_admin::signing::{PrivateKey, sign_delegation};
use keystile_validator::RevokedClaim;
use serde_json::json;

use super::{records, two_people, users};
use crate::house::{KeyPool, START, main_issuer, operator};

/// The key of the pool that is handed in: no issuer comes to it.
const IMPORTED_KEY: usize = 5;
/// One more than the part that is committed at once.
const IMPORTED_SESSIONS: u64 = MOST_AT_ONCE as u64 + 1;
/// A policy of gateways.
const GATEWAY_POLICY: &str = r#"{ "format": 1, "providers": { "main": { "issuer": "https://issuer.example",
    "audience": "api", "keys": { "jwks": { "at": "https://issuer.example/jwks.json" } } } },
    "routes": [{ "id": "all", "require": { "provider": "main" } }] }"#;
/// For so long delegations and revocations are good.
const MONTH_SECS: u64 = 2_592_000;

/// An operation that changes something which outlives the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Operation {
    /// The first start.
    Init,
    /// A new pending key.
    CreateKey,
    /// The same with a key that was made elsewhere.
    ImportKey,
    /// The active key is handed to a backend.
    HandOff,
    /// A file becomes a target of the hand-off.
    SetHandOffTargets,
    /// What is due at the targets is done.
    HandOver,
    /// A rotation begins.
    StartRotation,
    /// It is held up.
    PauseRotation,
    /// It goes on.
    ResumeRotation,
    /// It is called off.
    CancelRotation,
    /// What is in the outbox is written to the store and read back.
    Push,
    /// The steward takes every step that is due: what that is, is a matter of the stage.
    Advance,
    /// The first pending key signs, without waiting.
    Activate,
    /// The first retiring key leaves.
    Retire,
    /// The first pending key is thrown out.
    Revoke,
    /// The active key is replaced and thrown out.
    Emergency,
    /// The key that signed before signs again.
    Rollback,
    /// Another policy.
    ChangeIssuer,
    /// The server looks what the store holds.
    Look,
    /// A key that is to sign key sets in the root's place is made.
    RequestDelegation,
    /// What the second root has signed is installed.
    InstallDelegation,
    /// The server goes on above what another history has left in the store.
    Overtake,
    /// A second root is made known.
    AnnounceRoot,
    /// The first root that vouches for nothing is withdrawn.
    WithdrawRoot,
    /// A token is revoked by its `jti`.
    RevokeToken,
    /// A session is revoked by its `sid`.
    RevokeSession,
    /// A long list of sessions is revoked, in two parts.
    ImportSessions,
    /// The epochs of a client, a subject, a session, the active key and everything are raised, one after the other.
    RaiseEpochs,
    /// A token is signed.
    MintToken,
    /// An edge reports.
    Report,
    /// A new API token.
    CreateApiToken,
    /// The newest API token is revoked.
    RevokeApiToken,
    /// Somebody signs in to the console, and out again.
    SignIn,
    /// The audit log is exported, under a checkpoint whose key is made for it.
    ExportAudit,
    /// Somebody notes that they went through who has access.
    ReviewAccess,
    /// A user is made, invited, let in, given another role, shut out and let in again.
    LookAfterUser,
    /// From now on it takes two people to take a key out, and somebody asks.
    Ask,
    /// Somebody asks and is refused, asks again, and does what was approved; at last goes on alone, which is looked at.
    TakeTwo,
    /// Everything is wrapped under a new master key.
    ReplaceMasterKey,
    /// A backup is made, and proved by a drill.
    BackUp,
    /// A policy of gateways is signed and brought to the store.
    PublishPolicy,
    /// From now on entries of the audit log are kept for a year; a legal hold is set, and released.
    KeepRecords,
    /// Entries of the audit log that are old enough are deleted.
    DeleteEntries,
}

impl Operation {
    /// Does it on an opened data folder; [`Init`](Self::Init) is done by whoever opens it.
    pub async fn perform(self, server: &Keystile, pool: &KeyPool) -> Result<()> {
        let (actor, issuer) = (operator(), main_issuer()?);
        let reason = || Some("a test".to_owned());
        match self {
            Self::Init => {}
            Self::CreateKey => {
                keys::create(server, &actor, &issuer, NewKey::Generate { size: None }, None).await?;
            }
            Self::ImportKey => {
                let private_key = pool.key(IMPORTED_KEY)?.to_pkcs8_pem()?;
                let pair = NewKey::Import(KeyPairPem { private_key, public_key: None });
                keys::create(server, &actor, &issuer, pair, None).await?;
            }
            Self::HandOff => {
                environment::environment(server, &actor, &issuer, "KEYSTILE", PrivateKeyFormat::Pkcs8)
                    .await?;
            }
            Self::SetHandOffTargets => drop(hand_off::configure(server, &actor, &issuer, targets()).await?),
            Self::HandOver => drop(hand_off::round(server).await?),
            Self::StartRotation => drop(rotation::start(server, &actor, &issuer, None, None).await?),
            Self::PauseRotation => drop(rotation::pause(server, &actor, &issuer, None).await?),
            Self::ResumeRotation => drop(rotation::resume(server, &actor, &issuer, None).await?),
            Self::CancelRotation => drop(rotation::cancel(server, &actor, &issuer).await?),
            Self::Push => drop(publication::drain(server).await?),
            Self::Advance => drop(steward::advance(server).await?),
            Self::Activate => {
                let kid = first(server, "pending").await?;
                activate::activate(server, &actor, &issuer, &kid, reason()).await?;
            }
            Self::Retire => {
                retire::retire(server, &actor, &issuer, &first(server, "retiring").await?).await?;
            }
            Self::Revoke => {
                let kid = first(server, "pending").await?;
                revoke::revoke(server, &actor, &issuer, &kid, "a test".to_owned()).await?;
            }
            Self::Emergency => {
                let confirm = first(server, "active").await?;
                let order = EmergencyOrder { reason: "a test".to_owned(), confirm };
                emergency(server, &actor, &issuer, order).await?;
            }
            Self::Rollback => {
                let order =
                    RollbackOrder { reason: "a test".to_owned(), override_reason: reason(), dry_run: false };
                rollback(server, &actor, &issuer, order).await?;
            }
            Self::ChangeIssuer => {
                let change = IssuerChange { leeway_secs: Some(20), ..IssuerChange::default() };
                issuers::change(server, &actor, &issuer, change).await?;
            }
            Self::Look => drop(store_watch::look(server).await?),
            Self::RequestDelegation => drop(
                set_signer::request(server, &actor, &issuer, RequestOrder { new_key: true, above: None })
                    .await?,
            ),
            Self::InstallDelegation => {
                let request = set_signer::request(server, &actor, &issuer, RequestOrder::default()).await?;
                let (from, until) = (server.now(), server.now().plus(MONTH_SECS));
                let delegation = sign_delegation(&another_root(pool)?, &request, from, until)?;
                let order = DelegationOrder { delegation, override_reason: reason() };
                set_signer::install(server, &actor, &issuer, order).await?;
            }
            Self::Overtake => {
                let order = OvertakeOrder { reason: "a test".to_owned(), dry_run: false };
                overtake(server, &actor, &issuer, order).await?;
            }
            Self::AnnounceRoot => {
                let jwks = json!({ "keys": [PublicJwk::of(another_root(pool)?.public())] }).to_string();
                roots::announce(server, &actor, &jwks, reason()).await?;
            }
            Self::WithdrawRoot => {
                let known = roots::list(server, &actor).await?;
                let idle = known.iter().find(|it| it.withdrawn_at.is_none() && it.vouches_for.is_empty());
                let kid = &idle.context("every root vouches for something")?.kid;
                roots::withdraw(server, &actor, kid, "a test".to_owned()).await?;
            }
            Self::RevokeToken => by_name(server, RevokedClaim::TokenId).await?,
            Self::RevokeSession => by_name(server, RevokedClaim::SessionId).await?,
            Self::ImportSessions => import(server).await?,
            Self::RaiseEpochs => raise_epochs(server).await?,
            Self::MintToken => drop(mint(server, &actor, &issuer).await?),
            Self::Report => record_report(server, &edge(), &issuer, report()).await?,
            Self::CreateApiToken => {
                api_tokens::create(server, &actor, "test", Role::Edge, None).await?;
            }
            Self::RevokeApiToken => {
                let known = api_tokens::list(server, &actor).await?;
                let newest = known.first().context("there is no API token")?;
                api_tokens::revoke(server, &actor, &newest.id).await?;
            }
            Self::SignIn => {
                let made = api_tokens::create(server, &actor, "test", Role::Viewer, None).await?;
                let session = sessions::create(server, made.secret.reveal()).await?;
                sessions::end(server, session.cookie.reveal()).await?;
            }
            Self::ExportAudit => drop(audit_export::export(server, &actor, &mut Vec::new()).await?),
            Self::ReplaceMasterKey => drop(master_key::rewrap(server, &actor).await?),
            Self::BackUp => back_up(server).await?,
            Self::PublishPolicy => {
                gateway_policy::publish(server, &actor, &issuer, GATEWAY_POLICY).await?;
            }
            Self::LookAfterUser => users::look_after(server).await?,
            Self::KeepRecords => records::keep(server).await?,
            Self::DeleteEntries => drop(audit_deletion::delete(server).await?),
            Self::TakeTwo => two_people::take_two(server).await?,
            Self::Ask => two_people::ask(server).await?,
            Self::ReviewAccess => drop(access_review::review(server, &actor, "a test").await?),
        }
        Ok(())
    }

    /// How many tokens and sessions are revoked by name once it was done, from nothing.
    pub(super) fn revokes(self) -> u64 {
        match self {
            Self::RevokeToken | Self::RevokeSession => 1,
            Self::ImportSessions => IMPORTED_SESSIONS,
            _ => 0,
        }
    }
}

fn targets() -> hand_off::Configuration {
    let target = Target {
        name: "disk".to_owned(),
        place: Place::File { file: "backend.env".to_owned(), format: FileFormat::Env },
        prefix: "PM".to_owned(),
        private_key: PrivateKeyFormat::Pkcs8,
        reload_secs: 60,
    };
    vec![target].into()
}

async fn by_name(server: &Keystile, claim: RevokedClaim) -> Result<()> {
    let values = vec!["one".to_owned()];
    let expires_at = Some(START.plus(MONTH_SECS));
    let order = RevocationOrder { claim, values, expires_at, reason: "a test".to_owned() };
    revocations::revoke(server, &operator(), &main_issuer()?, order).await?;
    Ok(())
}

async fn import(server: &Keystile) -> Result<()> {
    let (actor, issuer) = (operator(), main_issuer()?);
    let expires_at = Some(START.plus(MONTH_SECS));
    let order = ImportOrder { claim: RevokedClaim::SessionId, expires_at, reason: "a test".to_owned() };
    let mut import = Import::begin(server, &actor, &issuer, order).await?;
    for number in 0..IMPORTED_SESSIONS {
        import.take(&format!("session-{number}")).await?;
    }
    import.finish().await?;
    Ok(())
}

async fn back_up(server: &Keystile) -> Result<()> {
    let (actor, identity) = (operator(), Identity::generate()?);
    let (to, recipients) = (server.data().join("kept.age"), vec![identity.recipient()?]);
    backup(server, &actor, BackupOrder { to: to.clone(), recipients, with_master_key: true }).await?;
    drill(server, &actor, &to, identity, Arc::new(ManualClock::at(server.now()))).await?;
    Ok(())
}

async fn raise_epochs(server: &Keystile) -> Result<()> {
    let active = first(server, "active").await?;
    let scopes = [("client_id", "app"), ("sub", "user"), ("sid", "one"), ("kid", &active), ("all", "")];
    for (name, value) in scopes {
        let scope = epochs::scope(name, Some(value))?;
        epochs::raise(server, &operator(), &main_issuer()?, scope, None, "a test").await?;
    }
    Ok(())
}

/// A token of the key that signs now.
pub(super) async fn mint(server: &Keystile, actor: &Actor, issuer: &IssuerId) -> Result<String> {
    let request = TokenRequest {
        subject: "user".to_owned(),
        audience: None,
        lifetime_secs: None,
        claims: serde_json::Map::new(),
    };
    Ok(tokens::mint(server, actor, issuer, request).await?.token)
}

async fn first(server: &Keystile, state: &str) -> Result<String> {
    let known = keys::list(server, &operator(), &main_issuer()?).await?;
    let key = known.into_iter().find(|key| key.state == state);
    Ok(key.with_context(|| format!("no key is {state}"))?.kid)
}

/// The last key of the pool, which no issuer comes to.
fn another_root(pool: &KeyPool) -> Result<PrivateKey> {
    Ok(pool.key(pool.len().saturating_sub(1))?)
}

fn edge() -> Actor {
    Actor::token_holder("e", "edge", Role::Edge)
}

fn report() -> EdgeReport {
    EdgeReport {
        region: "fra".to_owned(),
        instance: "i1".to_owned(),
        version: Some(1),
        key_set_age_seconds: Some(3),
        counters: Default::default(),
        roots: None,
        last_seen_kids: Default::default(),
    }
}
