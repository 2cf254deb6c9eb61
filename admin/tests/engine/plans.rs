//! What a step would do is told before it is done, and is refused for what would refuse the step.

use keystile_admin::operations::{OperationError, activate, retire, revoke, rotation};

use crate::rehearsal::Rehearsal;

impl Rehearsal {
    /// What a dry run must leave as it is.
    async fn trace(&self) -> (u64, u64, Vec<(String, &'static str)>) {
        let keys = self.keys().await.into_iter().map(|key| (key.kid, key.state)).collect();
        (self.version().await, self.entries().await, keys)
    }
}

fn code<T>(result: Result<T, OperationError>) -> &'static str {
    result.err().map_or("granted", |refusal| refusal.code())
}

#[tokio::test]
async fn a_rotation_says_what_it_waits_for_and_how_long_the_old_key_stays() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let before = rehearsal.trace().await;
    let silent = rotation::rehearse(keystile, admin, main, None).await.unwrap();
    assert_eq!((silent.version, silent.bits, &silent.old_kid), (2, 2048, &rehearsal.made.kid));
    // Nobody reports: the bound decides.
    assert_eq!((silent.waits_for_regions.len(), silent.signs_after_secs), (0, 130));
    assert_eq!(silent.old_key_stays_secs, 2_592_000 + 30 + 130);
    rehearsal.report("fra", 1).await;
    let heard = rotation::rehearse(keystile, admin, main, None).await.unwrap();
    assert_eq!((heard.waits_for_regions, heard.signs_after_secs), (vec!["fra".to_owned()], 30));
    assert_eq!(rehearsal.trace().await, before);

    let started = rotation::start(keystile, admin, main, None, None).await.unwrap();
    assert_eq!(started.version, silent.version);
    let again = rotation::rehearse(keystile, admin, main, None).await;
    assert_eq!(code(again), "rotation_in_progress");
}

#[tokio::test]
async fn each_step_of_a_key_is_rehearsed_and_leaves_no_trace() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let old = rehearsal.made.kid.clone();
    let new = rehearsal.new_key().await;
    rehearsal.settle().await;
    rehearsal.report("fra", 1).await;
    let before = rehearsal.trace().await;

    let early = activate::rehearse(keystile, admin, main, &new, None).await;
    assert_eq!(code(early), "not_yet_confirmed");
    let forced = activate::rehearse(keystile, admin, main, &new, Some("now".to_owned())).await.unwrap();
    assert_eq!((forced.key.state, &forced.active_kid), ("active", &new));
    assert_eq!((forced.regions_reporting, forced.regions_without_key), (1, vec!["fra".to_owned()]));
    assert_eq!(forced.arrival_bound_secs, 100);
    let thrown_out = revoke::rehearse(keystile, admin, main, &new).await.unwrap();
    assert_eq!((thrown_out.key.state, &thrown_out.active_kid), ("revoked", &old));
    assert_eq!(code(revoke::rehearse(keystile, admin, main, &old).await), "active_key_needs_emergency");
    assert_eq!(rehearsal.trace().await, before);

    activate::activate(keystile, admin, main, &new, Some("now".to_owned())).await.unwrap();
    assert_eq!(code(retire::rehearse(keystile, admin, main, &old).await), "retire_window_open");
    rehearsal.clock.advance(2_592_000 + 160);
    let before = rehearsal.trace().await;
    let plan = retire::rehearse(keystile, admin, main, &old).await.unwrap();
    assert_eq!((plan.key.state, plan.key.has_private_key), ("retired", false));
    assert_eq!(rehearsal.trace().await, before);
    assert_eq!(retire::retire(keystile, admin, main, &old).await.unwrap(), plan.key);
    assert_eq!(plan.version, rehearsal.version().await);
}

#[tokio::test]
async fn a_step_that_is_done_already_would_change_nothing() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let (keystile, admin, main) = (&rehearsal.keystile, &rehearsal.admin, &rehearsal.main);
    let kid = rehearsal.new_key().await;
    revoke::revoke(keystile, admin, main, &kid, "a test".to_owned()).await.unwrap();
    let plan = revoke::rehearse(keystile, admin, main, &kid).await.unwrap();
    assert_eq!(plan.version, rehearsal.version().await);
}

#[tokio::test]
async fn what_could_not_be_signed_is_not_promised_either() {
    let rehearsal = Rehearsal::begin().await;
    rehearsal.settle().await;
    let kid = rehearsal.new_key().await;
    let key = rehearsal.folder.path().join("master.key");
    std::fs::rename(&key, rehearsal.folder.path().join("lost")).unwrap();
    let keystile = rehearsal.second_process().await;
    let (admin, main) = (&rehearsal.admin, &rehearsal.main);
    let deed = revoke::revoke(&keystile, admin, main, &kid, "a test".to_owned()).await;
    let dry = revoke::rehearse(&keystile, admin, main, &kid).await;
    assert_eq!(code(dry), code(deed));
    assert_ne!(code(rotation::rehearse(&keystile, admin, main, None).await), "granted");
}
