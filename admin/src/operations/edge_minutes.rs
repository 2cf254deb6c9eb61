//! What the edges counted in the last hour, minute by minute.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Keystile, OperationError};
use crate::domain::{Actor, IssuerId, Permission, Timestamp};
use crate::store::REFUSED_BY_KID;

const MINUTE_SECS: u64 = 60;
/// An hour: a rotation with its propagation fits into it, and a screen shows it.
const MINUTES: usize = 60;

/// The last hour. Each list has one number a minute, oldest first, and ends with the minute under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EdgeMinutes {
    /// The first second of the first minute.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Tokens accepted.
    pub accepted: Vec<u64>,
    /// Requests refused, by code.
    pub refused: BTreeMap<String, Vec<u64>>,
    /// Tokens accepted, by the key that verified them.
    pub by_kid: BTreeMap<String, Vec<u64>>,
    /// Tokens refused that name a key, by that key and by code.
    pub refused_by_kid: BTreeMap<String, BTreeMap<String, Vec<u64>>>,
}

/// The last hour, counted when the reports came in, which is a few seconds after the requests.
pub async fn view(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<EdgeMinutes, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let mut snapshot = keystile.store.read().await?;
    keystile.state(&mut snapshot, issuer).await?;
    let now = keystile.now().as_secs();
    let span = MINUTE_SECS * (MINUTES as u64 - 1);
    let from = Timestamp::from_secs((now - now % MINUTE_SECS).saturating_sub(span));
    let none = || vec![0; MINUTES];
    let mut seen = EdgeMinutes {
        from,
        accepted: none(),
        refused: BTreeMap::new(),
        by_kid: BTreeMap::new(),
        refused_by_kid: BTreeMap::new(),
    };
    for counted in snapshot.edge_minutes(issuer, from).await? {
        let series = match counted.counter.split_once('/') {
            None if counted.counter == "accepted" => &mut seen.accepted,
            Some(("refused", code)) => seen.refused.entry(code.to_owned()).or_insert_with(none),
            Some((REFUSED_BY_KID, of)) => {
                let Some((kid, code)) = of.split_once('/') else { continue };
                let codes = seen.refused_by_kid.entry(kid.to_owned()).or_default();
                codes.entry(code.to_owned()).or_insert_with(none)
            }
            Some(("kid", kid)) => seen.by_kid.entry(kid.to_owned()).or_insert_with(none),
            _ => continue,
        };
        let minute = usize::try_from(counted.minute.since(from) / MINUTE_SECS).unwrap_or(MINUTES);
        if let Some(count) = series.get_mut(minute) {
            *count += counted.count;
        }
    }
    Ok(seen)
}
