//! What becomes of a request that died, or slept, with an idempotency key in its hand.

use keystile_admin::domain::Actor;
use keystile_admin::operations::idempotency::{Repeatable, Turn, answered, claim};
use keystile_admin::operations::rotation::{get, start};
use keystile_admin::operations::{ErrorKind, OperationError};

use crate::rehearsal::Rehearsal;

/// Longer than any request is believed to be at work.
const LONG: u64 = 61;

fn request(request_id: &str) -> Repeatable<'_> {
    Repeatable { credential: "ks_secret", key: "k", fingerprint: b"the same", request_id }
}

impl Rehearsal {
    async fn claims(&self, request_id: &str) -> Result<Turn, OperationError> {
        claim(&self.keystile, &request(request_id)).await
    }

    async fn rotates_within(&self, request_id: &str) -> Result<(), OperationError> {
        let actor: Actor = self.admin.clone().within_request(request_id.to_owned());
        start(&self.keystile, &actor, &self.main, None, None).await.map(|_| ())
    }
}

#[tokio::test]
async fn a_request_that_died_before_it_changed_anything_gives_its_place_to_the_next() {
    let rehearsal = Rehearsal::begin().await;
    assert!(matches!(rehearsal.claims("first").await, Ok(Turn::Do)));
    assert_eq!(rehearsal.claims("second").await.err(), Some(OperationError::IdempotencyInFlight));
    rehearsal.pass(LONG).await;
    assert!(matches!(rehearsal.claims("second").await, Ok(Turn::Do)));
    rehearsal.rotates_within("second").await.unwrap();
}

#[tokio::test]
async fn a_request_that_wakes_up_after_it_was_overtaken_changes_nothing() {
    let rehearsal = Rehearsal::begin().await;
    assert!(matches!(rehearsal.claims("first").await, Ok(Turn::Do)));
    rehearsal.pass(LONG).await;
    assert!(matches!(rehearsal.claims("second").await, Ok(Turn::Do)));
    let refused = rehearsal.rotates_within("first").await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Internal, "{refused}");
    assert_eq!(get(&rehearsal.keystile, &rehearsal.admin, &rehearsal.main).await.unwrap(), None);
}

#[tokio::test]
async fn a_request_that_died_after_its_commit_is_never_done_again() {
    let rehearsal = Rehearsal::begin().await;
    assert!(matches!(rehearsal.claims("first").await, Ok(Turn::Do)));
    rehearsal.rotates_within("first").await.unwrap();
    rehearsal.pass(LONG).await;
    assert_eq!(rehearsal.claims("second").await.err(), Some(OperationError::IdempotencyAnswerLost));
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day_and_forgotten_then() {
    let rehearsal = Rehearsal::begin().await;
    assert!(matches!(rehearsal.claims("first").await, Ok(Turn::Do)));
    answered(&rehearsal.keystile, &request("first"), b"yes").await.unwrap();
    rehearsal.pass(24 * 3600 - 1).await;
    assert!(matches!(rehearsal.claims("second").await, Ok(Turn::Done(kept)) if kept.reveal() == b"yes"));
    rehearsal.pass(1).await;
    assert!(matches!(rehearsal.claims("second").await, Ok(Turn::Do)));
}
