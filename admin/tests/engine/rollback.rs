//! The key that signed before signs again.

use keystile_admin::domain::{Policy, TransitionError};
use keystile_admin::operations::emergency::{EmergencyOrder, emergency};
use keystile_admin::operations::rollback::{RollbackOrder, RollbackView, rollback};
use keystile_admin::operations::{OperationError, RotationStage, RotationView, audit_log, rotation};

use crate::rehearsal::Rehearsal;

impl Rehearsal {
    async fn roll_back(&self, dry_run: bool) -> Result<RollbackView, OperationError> {
        let order = RollbackOrder { reason: "a partner breaks".to_owned(), override_reason: None, dry_run };
        rollback(&self.keystile, &self.admin, &self.main, order).await
    }

    /// A rotation whose new key signs.
    async fn rotated(&self) -> RotationView {
        self.settle().await;
        let rotation = rotation::start(&self.keystile, &self.admin, &self.main, None, None).await.unwrap();
        self.settle().await;
        self.pass(130).await;
        rotation
    }
}

async fn keeping_retired_keys(days: u32) -> Rehearsal {
    let policy = Policy { retired_key_sealed_days: days, ..Policy::default() };
    Rehearsal::begin_with(None, policy, None).await
}

const WINDOW: u64 = 2_592_000 + 30 + 130;

#[tokio::test]
async fn a_retiring_key_signs_again_at_once_in_a_higher_version() {
    let rehearsal = Rehearsal::begin().await;
    let rotation = rehearsal.rotated().await;
    let before = rehearsal.version().await;
    let view = rehearsal.roll_back(false).await.unwrap();
    assert!(view.signs_at_once);
    assert_eq!((&view.kid, &view.from_kid), (&rotation.old_kid, &rotation.new_kid));
    assert_eq!((view.version, rehearsal.version().await), (before + 1, before + 1));
    assert_eq!(rehearsal.key(&rotation.old_kid).await.state, "active");
    assert_eq!(rehearsal.key(&rotation.new_kid).await.state, "retiring");
    let log = audit_log::list(&rehearsal.keystile, &rehearsal.admin, 1, None).await.unwrap();
    assert_eq!(
        (log[0].action.as_str(), log[0].reason.as_deref()),
        ("rotation.rolled_back", Some("a partner breaks"))
    );
}

#[tokio::test]
async fn a_dry_run_says_what_would_happen_and_does_nothing() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.rotated().await;
    let (version, entries) = (rehearsal.version().await, rehearsal.entries().await);
    let view = rehearsal.roll_back(true).await.unwrap();
    assert!(view.dry_run && view.signs_at_once && view.cancelled_kid.is_none());
    assert_eq!((rehearsal.version().await, rehearsal.entries().await), (version, entries));

    let next =
        rotation::start(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, None, None).await.unwrap();
    let entries = rehearsal.entries().await;
    let view = rehearsal.roll_back(true).await.unwrap();
    assert_eq!(view.cancelled_kid.as_ref(), Some(&next.new_kid));
    assert_eq!((rehearsal.entries().await, rehearsal.key(&next.new_kid).await.state), (entries, "pending"));
}

#[tokio::test]
async fn a_retired_key_that_is_still_sealed_comes_back_through_a_rotation() {
    let rehearsal = keeping_retired_keys(7).await;
    let rotation = rehearsal.rotated().await;
    rehearsal.pass(WINDOW).await;
    let retired = rehearsal.key(&rotation.old_kid).await;
    assert_eq!((retired.state, retired.has_private_key), ("retired", true));
    let view = rehearsal.roll_back(false).await.unwrap();
    assert!(!view.signs_at_once);
    rehearsal.settle().await;
    assert_eq!(rehearsal.key(&rotation.new_kid).await.state, "active");
    assert!(rehearsal.published().await.contains(&rotation.old_kid));
    rehearsal.pass(130).await;
    assert_eq!(rehearsal.key(&rotation.old_kid).await.state, "active");
}

#[tokio::test]
async fn the_sealed_half_is_destroyed_when_its_time_is_over_and_no_rollback_works_then() {
    let rehearsal = keeping_retired_keys(7).await;
    let rotation = rehearsal.rotated().await;
    rehearsal.pass(WINDOW).await;
    let until = rehearsal.key(&rotation.old_kid).await.sealed_until.unwrap();
    assert_eq!(until, rehearsal.keystile.now().plus(7 * 86_400));
    rehearsal.pass(7 * 86_400 - 1).await;
    assert!(rehearsal.key(&rotation.old_kid).await.has_private_key);
    rehearsal.pass(1).await;
    let gone = rehearsal.key(&rotation.old_kid).await;
    assert_eq!((gone.has_private_key, gone.sealed_until), (false, None));
    let refused = rehearsal.roll_back(false).await.unwrap_err();
    let missing = TransitionError::PrivateKeyMissing { kid: rotation.old_kid };
    assert_eq!(refused, OperationError::Transition(missing));
}

#[tokio::test]
async fn a_sealed_key_can_still_be_revoked() {
    let rehearsal = keeping_retired_keys(7).await;
    let rotation = rehearsal.rotated().await;
    rehearsal.pass(WINDOW).await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let why = "a copy was found".to_owned();
    let revoke = keystile_admin::operations::revoke::revoke;
    let key = revoke(keystile, admin, main, &rotation.old_kid, why).await.unwrap();
    assert_eq!((key.state, key.has_private_key), ("revoked", false));
}

#[tokio::test]
async fn after_an_emergency_there_is_no_way_back_and_the_refusal_says_why() {
    let rehearsal = Rehearsal::begin().await;
    let stolen = rehearsal.made.kid.clone();
    let order = EmergencyOrder { reason: "laptop stolen".to_owned(), confirm: stolen[..8].to_owned() };
    emergency(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main, order).await.unwrap();
    let (version, entries) = (rehearsal.version().await, rehearsal.entries().await);
    let refused = rehearsal.roll_back(false).await.unwrap_err();
    assert_eq!(refused.code(), "previous_key_revoked");
    assert_eq!(
        refused.to_string(),
        format!("the key `{stolen}` signed before, and it was revoked: laptop stolen")
    );
    assert_eq!((rehearsal.version().await, rehearsal.entries().await), (version, entries));
}

#[tokio::test]
async fn without_a_key_that_signed_before_there_is_nothing_to_go_back_to() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.new_key().await;
    let refused = rehearsal.roll_back(false).await.unwrap_err();
    assert_eq!(refused, OperationError::Transition(TransitionError::NothingToRollBackTo));
}

#[tokio::test]
async fn a_rotation_that_is_under_way_is_called_off_by_a_rollback() {
    let rehearsal = keeping_retired_keys(7).await;
    let first = rehearsal.rotated().await;
    rehearsal.pass(WINDOW).await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let second = rotation::start(keystile, admin, main, None, None).await.unwrap();
    rehearsal.roll_back(false).await.unwrap();
    assert_eq!(rehearsal.key(&second.new_kid).await.state, "revoked");
    let latest = rotation::get(keystile, admin, main).await.unwrap().unwrap();
    assert_eq!((latest.new_kid, latest.stage), (first.old_kid, RotationStage::Publishing));
}
