//! What happens on which day.

use anyhow::{Result, ensure};
use keystile_admin::domain::{Actor, Role, SHORTEST_DAYS};
use keystile_admin::operations::approvals::{self, Deed};
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};
use keystile_admin::operations::environment::{PrivateKeyFormat, environment};
use keystile_admin::operations::legal_holds::{self, HoldOrder};
use keystile_admin::operations::rollback::{RollbackOrder, rollback};
use keystile_admin::operations::tokens::{TokenRequest, mint};
use keystile_admin::operations::{
    access_review, api_tokens, audit_deletion, issuers, keys, retention, rotation,
};
use keystile_admin::settings::IssuerChange;

use super::town::Town;
use super::{BEGIN, FROM};

const DAY: u64 = 86_400;

/// The quarter, from its first day to its last. Rotations by the calendar come of themselves.
pub(super) async fn pass(town: &Town) -> Result<()> {
    rules(town).await?;
    town.wait_for(14, 9, 0).await?;
    review(town, "second quarter: three tokens, all ours; the one of the old CI goes").await?;
    refused(town).await?;
    declared(town).await?;
    held(town).await?;
    rolled_back(town).await?;
    glass_broken(town).await?;
    town.wait_for(86, 9, 30).await?;
    review(town, "third quarter: nothing has changed").await
}

/// The hold ends, records are kept for a year from then on, and the year passes.
pub(super) async fn age(town: &Town) -> Result<()> {
    for hold in legal_holds::list(&town.server, &town.ada).await? {
        let reason = "the proceedings are closed";
        let deed = Deed::ReleaseHold { id: hold.id.clone(), reason: reason.to_owned() };
        legal_holds::release(&town.server, &approved(town, deed).await?, &hold.id, reason).await?;
    }
    let reason = "a year is what the contract asks";
    let deed = Deed::ShortenRetention { days: SHORTEST_DAYS, reason: reason.to_owned() };
    retention::set(&town.server, &approved(town, deed).await?, Some(SHORTEST_DAYS), reason).await?;
    town.skip(400 * DAY).await?;
    town.skip(DAY + 3600).await?;
    ensure!(audit_deletion::delete(&town.server).await? > 0, "nothing was old enough");
    Ok(())
}

/// Ada, with the approval of Grace.
async fn approved(town: &Town, deed: Deed) -> Result<Actor> {
    let asked = approvals::ask(&town.server, &town.ada, deed).await?;
    approvals::approve(&town.server, &town.grace, &asked.id, None).await?;
    Ok(town.ada.clone().with_approval(Some(asked.id)))
}

/// The first days: how long records are kept, who needs whom, a token for a backend.
async fn rules(town: &Town) -> Result<()> {
    town.wait_for(1, 8, 15).await?;
    retention::set(&town.server, &town.ada, Some(2_557), "HIPAA wants six years, we keep seven").await?;
    let backend = api_tokens::create(&town.server, &town.ada, "phone-manager", Role::Signer, None).await?;
    api_tokens::create(&town.server, &town.ada, "old CI", Role::Viewer, None).await?;
    let change = IssuerChange { approval_required: Some(true), ..IssuerChange::default() };
    issuers::change(&town.server, &town.ada, &town.issuer, change).await?;
    let signer = Actor::token_holder(&backend.view.id, "phone-manager", Role::Signer);
    for subject in ["u-1841", "u-1842", "u-1907"] {
        let request = TokenRequest {
            subject: subject.to_owned(),
            audience: None,
            lifetime_secs: None,
            claims: serde_json::Map::new(),
        };
        mint(&town.server, &signer, &town.issuer, request).await?;
    }
    Ok(())
}

async fn review(town: &Town, reason: &str) -> Result<()> {
    access_review::review(&town.server, &town.grace, reason).await?;
    let old = api_tokens::list(&town.server, &town.ada).await?;
    if let Some(old) = old.iter().find(|it| it.label == "old CI" && it.revoked_at.is_none()) {
        api_tokens::revoke(&town.server, &town.ada, &old.id).await?;
    }
    Ok(())
}

/// Somebody wants an emergency for a suspicion, and somebody else says no.
async fn refused(town: &Town) -> Result<()> {
    town.wait_for(33, 16, 40).await?;
    let deed = declare(town, "a log line looks odd").await?;
    let asked = approvals::ask(&town.server, &town.ada, deed).await?;
    town.wait_for(33, 16, 55).await?;
    let reason = "the line is a health check; rotate in the usual way if in doubt";
    approvals::refuse(&town.server, &town.grace, &asked.id, reason).await?;
    Ok(())
}

/// A laptop with a private key is stolen.
async fn declared(town: &Town) -> Result<()> {
    town.wait_for(40, 14, 30).await?;
    let reason = "a laptop with the private key was stolen from a car, INC-2217";
    let deed = declare(town, reason).await?;
    let asked = approvals::ask(&town.server, &town.ada, deed).await?;
    town.wait_for(40, 14, 32).await?;
    approvals::approve(&town.server, &town.grace, &asked.id, Some("confirmed by phone".to_owned())).await?;
    let actor = town.ada.clone().with_approval(Some(asked.id));
    let order = EmergencyOrder { reason: reason.to_owned(), confirm: active(town).await? };
    emergency(&town.server, &actor, &town.issuer, order).await?;
    town.work().await
}

/// The theft goes to court, and what concerns it must stay.
async fn held(town: &Town) -> Result<()> {
    town.wait_for(50, 10, 0).await?;
    let order = HoldOrder {
        reason: "criminal complaint about the laptop, file 41 Js 1187/26".to_owned(),
        from: Some(BEGIN),
        to: Some(FROM.plus(60 * DAY)),
    };
    legal_holds::set(&town.server, &town.grace, order).await?;
    Ok(())
}

/// A rotation by hand, after which a backend cannot read the new key.
async fn rolled_back(town: &Town) -> Result<()> {
    town.wait_for(63, 9, 0).await?;
    let reason = Some("new hardware for the key ceremony".to_owned());
    rotation::start(&town.server, &town.ada, &town.issuer, None, reason).await?;
    town.work().await?;
    town.wait_for(63, 9, 20).await?;
    let reason = "the billing backend cannot read the new key";
    let deed = Deed::Rollback {
        issuer: town.issuer.to_string(),
        kid: None,
        reason: reason.to_owned(),
        override_reason: None,
    };
    let actor = approved(town, deed).await?;
    let order = RollbackOrder { reason: reason.to_owned(), override_reason: None, dry_run: false };
    rollback(&town.server, &actor, &town.issuer, order).await?;
    town.work().await
}

/// A backend must be set up anew in the night, and nobody answers.
async fn glass_broken(town: &Town) -> Result<()> {
    town.wait_for(71, 2, 10).await?;
    let deed = Deed::ExportKey { issuer: town.issuer.to_string(), kid: None };
    let reason = "the phone manager is down and nobody of the second shift answers";
    let alone = approvals::break_glass(&town.server, &town.ada, deed, reason).await?;
    let actor = town.ada.clone().with_approval(Some(alone.id.clone()));
    environment(&town.server, &actor, &town.issuer, "PM", PrivateKeyFormat::Pkcs8).await?;
    town.wait_for(71, 8, 45).await?;
    let finding = "right in the circumstances; the on-call list is corrected";
    approvals::review(&town.server, &town.grace, &alone.id, finding).await?;
    Ok(())
}

async fn declare(town: &Town, reason: &str) -> Result<Deed> {
    let (issuer, confirm) = (town.issuer.to_string(), active(town).await?);
    Ok(Deed::Emergency { issuer, confirm, reason: reason.to_owned() })
}

async fn active(town: &Town) -> Result<String> {
    let known = keys::list(&town.server, &town.ada, &town.issuer).await?;
    let active = known.into_iter().find(|key| key.state == "active");
    Ok(active.map(|key| key.kid).unwrap_or_default())
}
