//! For how long copies of the public keys may be kept: until the keys are planned to change.

use keystile_admin::domain::Policy;
use keystile_admin::operations::key_set::{current, jwks};
use keystile_admin::operations::rotation;

use crate::rehearsal::{Rehearsal, START};

impl Rehearsal {
    /// The seconds of the plain copy, which are those of the signed one, here and at the edge.
    async fn copy_secs(&self) -> u64 {
        let (_, secs) = jwks(&self.keystile, &self.main).await.unwrap();
        assert_eq!(current(&self.keystile, &self.main).await.unwrap().copy_secs, secs);
        assert_eq!(self.believed().await.copy_secs(self.keystile.now().into()), Some(secs));
        secs
    }
}

#[tokio::test]
async fn a_copy_is_kept_for_half_a_minute_and_never_beyond_a_planned_change() {
    let policy =
        Policy { rotation_interval_days: 1, key_set_lifetime_secs: 86_400 * 20, ..Policy::default() };
    let rehearsal = Rehearsal::begin_with(None, policy, None).await;
    rehearsal.settle().await;
    rehearsal.new_key().await;
    assert_eq!(rehearsal.copy_secs().await, 5, "a key that is pending may sign at any moment");
    let kid = rehearsal.keys().await.into_iter().find(|key| key.state == "pending").unwrap().kid;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    keystile_admin::operations::revoke::revoke(keystile, admin, main, &kid, "a test".to_owned())
        .await
        .unwrap();
    assert_eq!(rehearsal.copy_secs().await, 30);
    let due = rehearsal.status().await.next_rotation_at.unwrap();
    rehearsal.clock.advance(due.since(START) - 20);
    assert_eq!(rehearsal.copy_secs().await, 20);
    rehearsal.clock.advance(18);
    assert_eq!(rehearsal.copy_secs().await, 5, "nobody asks more often than an edge does");
}

#[tokio::test]
async fn while_a_rotation_is_under_way_copies_are_short_lived() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    rotation::start(keystile, admin, main, None, None).await.unwrap();
    assert_eq!(rehearsal.copy_secs().await, 5);
    rehearsal.settle().await;
    rehearsal.pass(130).await;
    assert_eq!(rehearsal.copy_secs().await, 30);
}
