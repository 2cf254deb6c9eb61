//! The evidence pack of a quarter: two rotations, an emergency, a rollback, refusals, a review of access.

use std::collections::BTreeMap;
use std::path::Path;

use keystile_admin::audit::{Kept, verify_export};
use keystile_admin::domain::Actor;
use keystile_admin::evidence::{EvidencePack, Period, page};
use keystile_admin::operations::approvals::{self, Deed};
use keystile_admin::operations::edge::{EdgeCounters, EdgeReport};
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};
use keystile_admin::operations::evidence::evidence;
use keystile_admin::operations::rollback::{RollbackOrder, rollback};
use keystile_admin::operations::{OperationError, access_review, audit_export, issuers, rotation};
use keystile_admin::settings::IssuerChange;

use crate::rehearsal::{Rehearsal, START, report};

const DAY: u64 = 86_400;
/// A reason that a page must show and not obey.
const MARKUP: &str = "<script>alert('x')</script> & the \"quarterly\" turn";

fn quarter() -> Period {
    Period { from: START, to: START.plus(92 * DAY) }
}

impl Rehearsal {
    /// A region reports the current version, and what it has counted since it started.
    async fn count(&self, accepted: u64, refused: &[(&str, u64)]) {
        let refused: BTreeMap<_, _> =
            refused.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect();
        let counters = EdgeCounters { accepted, refused, ..EdgeCounters::default() };
        let said = EdgeReport { counters, ..report("fra", self.version().await) };
        self.try_report(said).await.unwrap();
        self.settle().await;
    }

    async fn turn(&self, reason: &str) -> String {
        let reason = Some(reason.to_owned());
        rotation::start(&self.keystile, &self.admin, &self.main, None, reason).await.unwrap().new_kid
    }

    async fn pack(&self) -> EvidencePack {
        evidence(&self.keystile, &self.admin, quarter()).await.unwrap()
    }
}

/// What happens in the quarter. Answers the keys that came by rotation.
async fn live_through(rehearsal: &Rehearsal) -> [String; 2] {
    rehearsal.settle().await;
    let first = rehearsal.turn(MARKUP).await;
    rehearsal.settle().await;
    rehearsal.clock.advance(40);
    rehearsal.count(900, &[]).await;
    rehearsal.pass(3 * 3600).await;
    rehearsal.count(1_000, &[("kid_unknown", 2), ("token_expired", 5)]).await;
    rehearsal.pass(40 * DAY).await;
    let order = RollbackOrder { reason: "a backend cannot read it".to_owned(), ..RollbackOrder::default() };
    let nothing_to_go_back_to = rollback(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, order).await;
    assert!(nothing_to_go_back_to.is_err());
    let second = rehearsal.turn("a second turn").await;
    rehearsal.settle().await;
    rehearsal.pass(130).await;
    let order = RollbackOrder { reason: "a backend cannot read it".to_owned(), ..RollbackOrder::default() };
    rollback(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, order).await.unwrap();
    rehearsal.pass(DAY).await;
    declare_with_another(rehearsal).await;
    rehearsal.settle().await;
    rehearsal.clock.advance(25);
    rehearsal.count(1_500, &[("kid_unknown", 2), ("token_expired", 5), ("key_revoked", 70)]).await;
    access_review::review(&rehearsal.keystile, &rehearsal.admin, "second quarter").await.unwrap();
    rehearsal.pass(45 * DAY).await;
    [first, second]
}

/// One request is refused, and the emergency declared with another.
async fn declare_with_another(rehearsal: &Rehearsal) {
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let change = IssuerChange { approval_required: Some(true), ..IssuerChange::default() };
    issuers::change(keystile, admin, main, change).await.unwrap();
    let confirm = rehearsal.status().await.active_kid;
    let order = EmergencyOrder { reason: "laptop stolen".to_owned(), confirm: confirm.clone() };
    let deed = |reason: &str| Deed::Emergency {
        issuer: "main".to_owned(),
        confirm: confirm.clone(),
        reason: reason.to_owned(),
    };
    let bob = Actor::local("bob");
    let hasty = approvals::ask(keystile, admin, deed("a bad feeling")).await.unwrap().id;
    approvals::refuse(keystile, &bob, &hasty, "rotate instead").await.unwrap();
    let id = approvals::ask(keystile, admin, deed("laptop stolen")).await.unwrap().id;
    approvals::approve(keystile, &bob, &id, None).await.unwrap();
    let admin = admin.clone().with_approval(Some(id));
    emergency(keystile, &admin, main, order).await.unwrap();
}

#[tokio::test]
async fn a_quarter_is_told_with_what_was_measured_in_it() {
    let rehearsal = Rehearsal::begin().await;
    let [first, second] = live_through(&rehearsal).await;
    let pack = rehearsal.pack().await;
    assert!(pack.verification.ok && pack.verification.checkpoint.is_some());
    let main = &pack.issuers[0];
    let told: Vec<_> = main.rotations.iter().map(|it| it.new_kid.clone()).collect();
    assert_eq!(told, [first, second]);
    let rotation = &main.rotations[0];
    assert_eq!((rotation.propagation_secs, rotation.override_reason.as_deref()), (Some(40), None));
    assert!(rotation.activated_at.is_some() && rotation.retired_at.is_some());
    assert_eq!((rotation.window.accepted, rotation.window.refused_for_the_key), (1_000, 2));
    assert_eq!(rotation.window.refused["token_expired"], 5);
    let emergency = &main.emergencies[0];
    assert_eq!((emergency.seconds_to_last_region, emergency.window.refused["key_revoked"]), (Some(25), 70));
    let approval = emergency.approval.as_ref().and_then(|used| used.after.as_ref()).unwrap();
    assert_eq!(
        (&approval["asked_by"], &approval["answered_by"]),
        (&"local:test".into(), &"local:bob".into())
    );
    let answers: Vec<_> = pack
        .approvals
        .iter()
        .map(|it| (it.answered.as_ref().unwrap().action.as_str(), it.used.is_some()))
        .collect();
    assert_eq!(answers, [("approval.refused", false), ("approval.approved", true)]);
    assert!(main.decisions.iter().any(|act| act.action == "rotation.rolled_back"));
    assert_eq!(pack.access.reviews.len(), 1);
    assert_eq!(pack.access.api_tokens.len(), 2);
    // The key of the emergency signs to the end of the quarter.
    let signing = main.keys.iter().find(|key| key.state == "active").unwrap();
    assert_eq!((signing.signed_days, signing.within_policy), (45, Some(true)));
    // The one before signed twice: until the second turn, and again after the rollback.
    let rolled_back_to = main.keys.iter().find(|key| key.kid == told[0]).unwrap();
    assert_eq!((rolled_back_to.signed.len(), rolled_back_to.signed_days), (2, 41));
}

#[tokio::test]
async fn the_page_shows_what_people_wrote_as_text() {
    let rehearsal = Rehearsal::begin().await;
    live_through(&rehearsal).await;
    let page = page(&rehearsal.pack().await);
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{page}");
    for part in
        ["Audit log", "Keys", "Rotations", "Emergencies", "Approvals", "Access reviews", "HIPAA 164.312(b)"]
    {
        assert!(page.contains(part), "{part}");
    }
    // For whoever wants to look at it.
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("evidence.html"), page).unwrap();
}

#[tokio::test]
async fn every_act_in_the_pack_stands_in_an_export_that_holds() {
    let rehearsal = Rehearsal::begin().await;
    live_through(&rehearsal).await;
    let pack = rehearsal.pack().await;
    let mut export = Vec::new();
    audit_export::export(&rehearsal.keystile, &rehearsal.admin, &mut export).await.unwrap();
    let kept = Kept { verifier: pack.verification.verifier, checkpoint: pack.verification.checkpoint };
    assert!(verify_export(export.as_slice(), &kept).unwrap().contains_kept_checkpoint);
    let lines: Vec<serde_json::Value> =
        String::from_utf8(export).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for act in pack.issuers[0].decisions.iter().chain(&pack.access.acts) {
        let entry = lines.iter().find(|line| line["entry"]["seq"] == act.seq).unwrap();
        assert!(entry["entry"]["text"].as_str().unwrap().contains(&act.action), "{}", act.seq);
    }
}

#[tokio::test]
async fn a_log_that_was_tampered_with_is_told_as_such() {
    let rehearsal = Rehearsal::begin().await;
    live_through(&rehearsal).await;
    let change = "DROP TRIGGER audit_is_not_rewritten;
                  UPDATE audit SET entry = replace(entry, 'laptop', 'office') WHERE entry LIKE '%laptop%'";
    rehearsal.tamper(change).await.unwrap();
    let pack = rehearsal.pack().await;
    assert!(!pack.verification.ok && pack.verification.first_broken_seq.is_some());
    assert_eq!(pack.verification.checkpoint, None);
    assert!(page(&pack).contains("DOES NOT HOLD"));
}

#[tokio::test]
async fn a_period_that_ends_before_it_begins_is_refused() {
    let rehearsal = Rehearsal::begin().await;
    let period = Period { from: START, to: START };
    let refused = evidence(&rehearsal.keystile, &rehearsal.admin, period).await.unwrap_err();
    assert!(matches!(refused, OperationError::InvalidInput { field: "from", .. }));
}
