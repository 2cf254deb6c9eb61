//! Going to the targets: each by itself, so that one that is slow holds nobody else up.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::time::Duration;

use futures_util::future::try_join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::delivery::{Due, take_step};
use crate::operations::{Keystile, OperationError};

/// How soon a change of what is wanted is noticed.
const TICK: Duration = Duration::from_millis(300);

/// The server's second background loop, beside the steward's. Never returns; drop it to stop it: a key that was on its way is
/// looked for by the next one.
pub async fn run(keystile: &Keystile) -> Infallible {
    let mut under_way = FuturesUnordered::new();
    let mut busy = BTreeSet::new();
    let mut last_error = None;
    loop {
        let outcome = due(keystile).await;
        if outcome.as_ref().err() != last_error.as_ref() {
            if let Err(error) = &outcome {
                tracing::error!(%error, code = error.code(), "nothing can be handed over");
            }
            last_error = outcome.as_ref().err().cloned();
        }
        for due in outcome.unwrap_or_default() {
            if busy.insert(due.place()) {
                under_way.push(async move { (due.place(), take_step(keystile, &due).await) });
            }
        }
        tokio::select! {
            Some((place, ended)) = under_way.next() => {
                busy.remove(&place);
                if let Err(error) = ended {
                    tracing::error!(%error, code = error.code(), target = place.1, "the hand-off cannot go on");
                    tokio::time::sleep(TICK).await;
                }
            }
            () = tokio::time::sleep(TICK) => {}
        }
    }
}

/// Takes the step that is due at each target once, and says how many there were.
pub async fn round(keystile: &Keystile) -> Result<usize, OperationError> {
    let due = due(keystile).await?;
    try_join_all(due.iter().map(|due| take_step(keystile, due))).await?;
    Ok(due.len())
}

async fn due(keystile: &Keystile) -> Result<Vec<Due>, OperationError> {
    let mut snapshot = keystile.store.read().await?;
    let (mut due, now) = (Vec::new(), keystile.now());
    for issuer in snapshot.issuer_ids().await? {
        let targets = snapshot.hand_off_targets(&issuer).await?;
        if targets.is_empty() {
            continue;
        }
        // Without the master key there is nothing to hand over, and nobody need be asked.
        keystile.unsealed().await?;
        let state = keystile.state(&mut snapshot, &issuer).await?;
        let is_due = |target: &&_| Due::step(&state, target, now).is_some();
        let found: Vec<_> = targets.iter().filter(is_due).cloned().collect();
        due.extend(found.into_iter().map(|target| Due { issuer: issuer.clone(), target }));
    }
    Ok(due)
}
