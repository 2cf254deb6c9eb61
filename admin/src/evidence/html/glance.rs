//! The period in ten lines.

use super::sheet::Sheet;
use crate::audit::Action;
use crate::domain::Actor;
use crate::evidence::{EmergencyEvidence, EvidencePack, IssuerEvidence, RotationEvidence};

pub(super) fn section(page: &mut Sheet, pack: &EvidencePack) {
    page.section("At a glance");
    let log = match pack.verification.ok {
        true => "holds: every entry is the one that was written",
        false => "DOES NOT HOLD: see Audit log",
    };
    let mut facts = vec![("Audit log", log.to_owned())];
    for issuer in &pack.issuers {
        let bound = issuer.propagation_bound_secs;
        facts.push(("Keys", keys(issuer)));
        facts.push(("Rotations", rotations(&issuer.rotations, bound)));
        facts.push(("Emergencies", emergencies(&issuer.emergencies, bound)));
    }
    facts.push(("Two people", approvals(pack)));
    facts.push(("Access reviews", pack.access.reviews.len().to_string()));
    let standing = pack.keeping.holds.iter().filter(|hold| hold.released_at.is_none()).count();
    facts.push(("Legal holds that stand", standing.to_string()));
    page.facts(&facts);
    if pack.keeping.period_is_incomplete {
        page.warning(
            "Entries from this period were deleted, because they were older than records are kept: this pack does not tell \
             all of it. See Keeping of records.",
        );
    }
}

fn keys(issuer: &IssuerEvidence) -> String {
    let over = issuer.keys.iter().filter(|key| key.within_policy == Some(false)).count();
    let told = match over {
        0 => "none signed for longer than the rotation interval".to_owned(),
        over => format!("SIGNED FOR LONGER than the rotation interval: {over}"),
    };
    format!("{} of issuer {}; {told}", issuer.keys.len(), issuer.id)
}

fn rotations(rotations: &[RotationEvidence], bound: u64) -> String {
    let steward = Actor::steward();
    let by_schedule = rotations.iter().filter(|it| it.started.actor == steward.name()).count();
    let overridden = rotations.iter().filter(|it| it.override_reason.is_some()).count();
    let slowest = rotations.iter().filter_map(|it| it.propagation_secs).max();
    let slowest = slowest.map(|secs| {
        format!("; every region had the new key after {secs} s at most (the bound is {bound} s)")
    });
    let overridden = (overridden > 0).then(|| format!("; {overridden} WITHOUT WAITING for every region"));
    format!(
        "{}, {by_schedule} of them by schedule{}{}",
        rotations.len(),
        slowest.unwrap_or_default(),
        overridden.unwrap_or_default()
    )
}

fn emergencies(emergencies: &[EmergencyEvidence], bound: u64) -> String {
    let slowest = emergencies.iter().filter_map(|it| it.seconds_to_last_region).max();
    let told =
        slowest.map(|secs| format!("; refused everywhere after {secs} s at most (the bound is {bound} s)"));
    format!("{}{}", emergencies.len(), told.unwrap_or_default())
}

fn approvals(pack: &EvidencePack) -> String {
    let answered = |action: Action| {
        let is = |answer: &crate::evidence::Act| answer.action == action.as_str();
        pack.approvals.iter().filter(|it| it.answered.as_ref().is_some_and(is)).count()
    };
    let broken: Vec<_> =
        pack.approvals.iter().filter(|it| it.asked.action == Action::GlassBroken.as_str()).collect();
    let unseen = broken.iter().filter(|it| it.reviewed.is_none()).count();
    let unseen = (unseen > 0).then(|| format!(", {unseen} of them NOT LOOKED AT since"));
    format!(
        "{} requests: {} approved, {} refused. Somebody went on alone (broken glass): {}{}",
        pack.approvals.len() - broken.len(),
        answered(Action::ApprovalGiven),
        answered(Action::ApprovalRefused),
        broken.len(),
        unseen.unwrap_or_default()
    )
}
