//! Bringing the current key sets to the emergency channel, beside the store: what was committed to the outbox goes both
//! ways, and neither waits for the other.

use tracing::{Instrument, field};

use super::{Keystile, OperationError};
use crate::domain::IssuerId;
use crate::telemetry::{SPANS, note};

/// Brings every current key set that the channel is not known to have. What fails is tried again in a few seconds.
/// Does nothing without a channel.
pub(super) async fn bring(keystile: &Keystile) -> Result<(), OperationError> {
    let Some(channel) = &keystile.emergency_channel else { return Ok(()) };
    for (issuer, version, document) in current(keystile).await? {
        let now = keystile.now();
        if !channel.wants(issuer.as_str(), version, now) {
            continue;
        }
        let span = tracing::info_span!(
            target: SPANS,
            "emergency_channel.bring",
            keystile.issuer = issuer.as_str(),
            keystile.key_set.version = version,
            otel.status_code = field::Empty,
        );
        keystile.origins.resume(issuer.as_str(), version, &span);
        let brought = channel.bring(issuer.as_str(), version, document, now).instrument(span.clone()).await;
        note(&span, brought.is_ok());
        match brought {
            Ok(()) => tracing::info!(%issuer, version, "key set brought to the emergency channel"),
            Err(error) => tracing::warn!(%issuer, version, %error, "the emergency channel"),
        }
    }
    Ok(())
}

async fn current(keystile: &Keystile) -> Result<Vec<(IssuerId, u64, String)>, OperationError> {
    let mut snapshot = keystile.store.read().await?;
    let mut current = Vec::new();
    for issuer in snapshot.issuer_ids().await? {
        if let Some(set) = snapshot.current_key_set(&issuer).await? {
            current.push((issuer, set.stamp.version, set.document));
        }
    }
    Ok(current)
}
