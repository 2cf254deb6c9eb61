//! The evidence pack of a period.

use std::collections::BTreeMap;

use super::legal_holds::{self, LegalHoldView};
use super::retention::{self, RetentionView};
use super::{KeyView, Keystile, OperationError, api_tokens, audit_log, checkpoints, keys, users};
use crate::audit::Record;
use crate::domain::{Actor, Issuer, Permission, Timestamp};
use crate::evidence::{
    AccessEvidence, EvidencePack, IssuerEvidence, KeepingEvidence, KeyEvidence, Period, REQUIREMENTS,
    Signing, Spell, Story, Verification, Window, matters_later, tells,
};
use crate::store::HourCount;

const DAY_SECS: u64 = 86_400;
/// So many entries are read at once.
const PAGE: u32 = 1000;
const FORMAT: u32 = 1;

/// Tells the period from the log, which is verified as a whole.
pub async fn evidence(
    keystile: &Keystile,
    actor: &Actor,
    period: Period,
) -> Result<EvidencePack, OperationError> {
    actor.may(Permission::ReadAudit)?;
    if period.from >= period.to {
        let detail = format!("the period ends at {}, before it begins", period.to);
        return Err(OperationError::InvalidInput { field: "from", detail });
    }
    let verification = verify(keystile, actor).await?;
    let (records, tokens_minted) = entries(keystile, period).await?;
    let retained = retention::get(keystile, actor).await?;
    let story = match retained.deleted_until {
        None => Story::new(period, records),
        Some(_) => Story::new(period, records).going_on(signing(keystile, actor).await?),
    };
    let mut issuers = Vec::new();
    for id in keystile.store.read().await?.issuer_ids().await? {
        let mut snapshot = keystile.store.read().await?;
        let issuer = keystile.state(&mut snapshot, &id).await?.issuer;
        // What a rotation leads to may lie after the period.
        let hours = snapshot.edge_hours(&id, period.from, keystile.now().plus(1)).await?;
        let keys = keys::list(keystile, actor, &id).await?;
        // A key that signs has signed until now, also where the period is not over yet.
        let until_now = Period { to: period.to.min(keystile.now()), ..period };
        issuers.push(of_issuer(&issuer, &keys, &story, &hours, until_now));
    }
    let valid = |token: &api_tokens::ApiTokenView| {
        let ended = [token.revoked_at, token.expires_at].into_iter().flatten().min();
        token.created_at < period.to && ended.is_none_or(|at| at > period.from)
    };
    let known = |user: &users::UserView| {
        user.created_at < period.to && user.disabled_at.is_none_or(|at| at > period.from)
    };
    let access = AccessEvidence {
        api_tokens: api_tokens::all(keystile).await?.into_iter().filter(valid).collect(),
        users: users::all(keystile).await?.into_iter().filter(known).collect(),
        reviews: story.reviews(),
        acts: story.access(),
        tokens_minted,
    };
    Ok(EvidencePack {
        format: FORMAT,
        period,
        made_at: keystile.now(),
        made_by: actor.name().to_owned(),
        server_version: env!("CARGO_PKG_VERSION"),
        verification,
        issuers,
        approvals: story.approvals(),
        access,
        keeping: keeping(keystile, actor, &story, &retained, period).await?,
        requirements: &REQUIREMENTS,
    })
}

/// A pack that tells of a broken log says so, and is made all the same.
async fn verify(keystile: &Keystile, actor: &Actor) -> Result<Verification, OperationError> {
    let signed = checkpoints::key(keystile, actor).await.ok();
    let chain = audit_log::verify(keystile, actor).await?;
    let (verifier, checkpoint) = signed.map(|key| (key.verifier, key.checkpoint)).unzip();
    Ok(Verification {
        ok: chain.ok,
        entries: chain.entries,
        first: chain.first,
        head: chain.head,
        first_broken_seq: chain.first_broken_seq,
        checkpoint,
        verifier,
    })
}

async fn keeping(
    keystile: &Keystile,
    actor: &Actor,
    story: &Story,
    retained: &RetentionView,
    period: Period,
) -> Result<KeepingEvidence, OperationError> {
    let concerns = |hold: &LegalHoldView| {
        let stood = hold.set_at < period.to && hold.released_at.is_none_or(|at| at >= period.from);
        let covers = hold.from.is_none_or(|at| at < period.to) && hold.to.is_none_or(|at| at > period.from);
        stood || covers
    };
    Ok(KeepingEvidence {
        retention_days: retained.days,
        deleted_until: retained.deleted_until,
        period_is_incomplete: retained.deleted_until.is_some_and(|until| period.from <= until),
        holds: legal_holds::list(keystile, actor).await?.into_iter().filter(concerns).collect(),
        acts: story.keeping(),
    })
}

/// The key that signed where the log begins, of each issuer, as the keys themselves say.
async fn signing(keystile: &Keystile, actor: &Actor) -> Result<Signing, OperationError> {
    let mut snapshot = keystile.store.read().await?;
    let first = snapshot.audit_after(0, 1).await?.pop();
    let begins = first.and_then(|line| Record::from_text(&line.entry).ok()).map(|first| first.timestamp());
    let issuers = snapshot.issuer_ids().await?;
    drop(snapshot);
    let mut signing = Signing::new();
    for id in issuers {
        let known = keys::list(keystile, actor, &id).await?;
        let signed = |key: &KeyView| {
            let [ended, left] = [key.superseded_at, key.revoked_at].map(|at| at.or(begins) >= begins);
            key.activated_at.filter(|at| Some(*at) <= begins && ended && left)
        };
        let newest = known.iter().filter_map(|key| Some((signed(key)?, key))).max_by_key(|(at, _)| *at);
        signing.extend(newest.map(|(at, key)| (id.to_string(), (key.kid.clone(), at))));
    }
    Ok(signing)
}

/// Every entry from the beginning of the period on, who signed before, and how many tokens were minted in it.
async fn entries(keystile: &Keystile, period: Period) -> Result<(Vec<Record>, u64), OperationError> {
    let mut snapshot = keystile.store.read().await?;
    let (mut records, mut minted, mut seq) = (Vec::new(), 0, 0);
    loop {
        let lines = snapshot.audit_after(seq, PAGE).await?;
        let Some(last) = lines.last() else { return Ok((records, minted)) };
        seq = last.seq;
        // An entry that cannot be read has been tampered with, which the verification tells.
        for record in lines.iter().filter_map(|line| Record::from_text(&line.entry).ok()) {
            match tells(&record) {
                true if record.timestamp() >= period.from || matters_later(&record) => records.push(record),
                false if period.contains(record.timestamp()) => minted += 1,
                _ => {}
            }
        }
    }
}

fn of_issuer(
    issuer: &Issuer,
    keys: &[KeyView],
    story: &Story,
    hours: &[HourCount],
    until_now: Period,
) -> IssuerEvidence {
    let counted = |from: Timestamp, to: Timestamp| {
        let mut sums = BTreeMap::new();
        for it in hours.iter().filter(|it| it.touches(from, to)) {
            *sums.entry(it.counter.clone()).or_default() += it.count;
        }
        Window::of(&sums)
    };
    let (id, policy) = (issuer.id.as_str(), &issuer.policy);
    let days = policy.rotation_interval_days;
    let (rotations, emergencies) = (story.rotations(id, &counted), story.emergencies(id, &counted));
    IssuerEvidence {
        id: id.to_owned(),
        issuer: issuer.iss.clone(),
        rotation_interval_days: days,
        propagation_bound_secs: policy.propagation_bound_secs(),
        keys: keys
            .iter()
            .filter_map(|view| key(view, story.spells(id, &view.kid), days, until_now))
            .collect(),
        decisions: story.decisions(id, &rotations, &emergencies),
        rotations,
        emergencies,
    }
}

/// A key that was there in the period.
fn key(view: &KeyView, signed: Vec<Spell>, interval_days: u32, period: Period) -> Option<KeyEvidence> {
    let left_at = [view.retired_at, view.revoked_at].into_iter().flatten().min();
    if view.created_at >= period.to || left_at.is_some_and(|at| at < period.from) {
        return None;
    }
    let secs = signed.iter().map(|it| it.to.unwrap_or(period.to).min(period.to).since(it.from)).sum::<u64>();
    let signed_days = secs / DAY_SECS;
    let is_judged = interval_days > 0 && !signed.is_empty();
    Some(KeyEvidence {
        kid: view.kid.clone(),
        state: view.state,
        bits: view.bits,
        created_at: view.created_at,
        signed,
        signed_days,
        within_policy: is_judged.then_some(signed_days <= u64::from(interval_days)),
        has_private_key: view.has_private_key,
    })
}
