//! A rotation goes on by itself, and takes no shortcut.

use keystile_admin::domain::Policy;
use keystile_admin::operations::activate::activate;
use keystile_admin::operations::rotation::{cancel, get, pause, resume, start};
use keystile_admin::operations::{OperationError, RotationStage, RotationView};

use crate::rehearsal::{Rehearsal, START};

impl Rehearsal {
    async fn rotate(&self) -> Result<RotationView, OperationError> {
        start(&self.keystile, &self.admin, &self.main, None, Some("a test".to_owned())).await
    }

    async fn stage(&self) -> Option<RotationStage> {
        get(&self.keystile, &self.admin, &self.main).await.unwrap().map(|rotation| rotation.stage)
    }
}

#[tokio::test]
async fn a_rotation_passes_through_its_stages_without_a_human() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let rotation = rehearsal.rotate().await.unwrap();
    assert_eq!(rotation.stage, RotationStage::Publishing);
    rehearsal.settle().await;
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Confirming));
    rehearsal.pass(129).await;
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Confirming));
    rehearsal.pass(1).await;
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Retiring));
    assert_eq!(rehearsal.key(&rotation.new_kid).await.state, "active");
    rehearsal.pass(2_592_000 + 30 + 129).await;
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Retiring));
    rehearsal.pass(1).await;
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Done));
    assert_eq!(rehearsal.published().await, [rotation.new_kid]);
    assert!(!rehearsal.key(&rotation.old_kid).await.has_private_key);
}

#[tokio::test]
async fn reports_of_every_region_activate_sooner_than_the_bound() {
    let rehearsal = Rehearsal::begin().await;
    let rotation = rehearsal.rotate().await.unwrap();
    rehearsal.settle().await;
    rehearsal.report("fra", rotation.version).await;
    rehearsal.settle().await;
    // An edge that nobody hears of may have looked for a made-up kid just before, and looks again only in half a minute.
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Activating));
    assert_eq!(rehearsal.key(&rotation.new_kid).await.safe_to_activate_at, Some(START.plus(30)));
    rehearsal.pass(29).await;
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Activating));
    rehearsal.pass(1).await;
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Retiring));
}

#[tokio::test]
async fn a_second_rotation_waits_for_the_activation_of_the_first() {
    let rehearsal = Rehearsal::begin().await;
    let first = rehearsal.rotate().await.unwrap();
    let refused = rehearsal.rotate().await.unwrap_err();
    assert_eq!(refused, OperationError::RotationInProgress { new_kid: first.new_kid });
    assert_eq!(rehearsal.keys().await.len(), 2);
    rehearsal.settle().await;
    rehearsal.pass(130).await;
    rehearsal.rotate().await.unwrap();
}

#[tokio::test]
async fn a_cancelled_rotation_leaves_the_old_key_signing_and_the_new_one_out() {
    let rehearsal = Rehearsal::begin().await;
    let rotation = rehearsal.rotate().await.unwrap();
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    assert_eq!(cancel(keystile, admin, main).await.unwrap().stage, RotationStage::Cancelled);
    rehearsal.settle().await;
    rehearsal.pass(1_000).await;
    assert_eq!(rehearsal.key(&rotation.new_kid).await.state, "revoked");
    assert_eq!(rehearsal.key(&rotation.old_kid).await.state, "active");
    assert_eq!(cancel(keystile, admin, main).await.unwrap_err(), OperationError::RotationNotFound);
}

#[tokio::test]
async fn a_rollback_ends_the_rotation() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let rotation = rehearsal.rotate().await.unwrap();
    rehearsal.settle().await;
    rehearsal.pass(130).await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    activate(keystile, admin, main, &rotation.old_kid, None).await.unwrap();
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Cancelled));
    rehearsal.pass(1_000).await;
    assert_eq!(rehearsal.key(&rotation.old_kid).await.state, "active");
}

#[tokio::test]
async fn a_paused_rotation_is_confirmed_but_activates_only_when_it_is_resumed() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let rotation = rehearsal.rotate().await.unwrap();
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let paused = pause(keystile, admin, main, Some("release day".to_owned())).await.unwrap();
    assert!(!paused.automatic);
    let entries = rehearsal.entries().await;
    assert_eq!(pause(keystile, admin, main, None).await.unwrap(), paused);
    assert_eq!(rehearsal.entries().await, entries);
    rehearsal.settle().await;
    rehearsal.pass(1_000).await;
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Activating));
    assert_eq!(rehearsal.key(&rotation.old_kid).await.state, "active");
    assert!(resume(keystile, admin, main, None).await.unwrap().automatic);
    rehearsal.settle().await;
    assert_eq!(rehearsal.key(&rotation.new_kid).await.state, "active");
    assert_eq!(pause(keystile, admin, main, None).await.unwrap_err(), OperationError::RotationNotFound);
}

#[tokio::test]
async fn the_calendar_starts_a_rotation() {
    let policy = Policy { rotation_interval_days: 1, ..Policy::default() };
    let rehearsal = Rehearsal::begin_with(None, policy, None).await;
    // It comes early by up to a hundredth, which the active kid decides.
    let due = rehearsal.status().await.next_rotation_at.unwrap();
    assert!((START.plus(86_400 - 864)..=START.plus(86_400)).contains(&due), "{due}");
    rehearsal.pass(due.since(START) - 1).await;
    assert_eq!(rehearsal.stage().await, None);
    rehearsal.pass(1).await;
    assert_eq!(rehearsal.stage().await, Some(RotationStage::Confirming));
}

#[tokio::test]
async fn a_key_set_is_signed_again_long_before_it_expires() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    rehearsal.pass(86_399).await;
    assert_eq!(rehearsal.version().await, 1);
    rehearsal.pass(1).await;
    assert_eq!(rehearsal.version().await, 2);
    let expires_at = rehearsal.believed().await.expires_at().unwrap();
    assert_eq!(expires_at.as_secs() - rehearsal.keystile.now().as_secs(), 604_800);
}
