use std::fmt;

use crate::publish::{CloudflareKv, PublishError};

/// A key set as it is to stand in the store.
#[derive(Debug, Clone, Copy)]
pub struct Shipment<'a> {
    /// The key of its value.
    pub key: &'a str,
    /// The compact JWS.
    pub document: &'a [u8],
    /// Its version.
    pub version: u64,
}

/// What stands in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The very document.
    Ours,
    /// No value at all.
    Nothing,
    /// A genuine set of a lower version.
    Older(u64),
    /// A genuine set of the same version or a higher one, which this history does not know.
    OtherHistory(u64),
    /// A value that no root of ours vouches for.
    Foreign,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ours => f.write_str("what was pushed"),
            Self::Nothing => f.write_str("no value"),
            Self::Older(version) => write!(f, "the older version {version}"),
            Self::OtherHistory(version) => write!(f, "version {version} of another history"),
            Self::Foreign => f.write_str("a value that no root of this server vouches for"),
        }
    }
}

/// How a push ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The value was written and read back.
    Written,
    /// An earlier try, whose answer was lost, had brought it there already.
    AlreadyThere,
}

/// Looks what stands where `shipment` belongs. `genuine_version` tells the version of a value that one of our roots
/// vouches for, and `None` of any other.
pub async fn look(
    kv: &CloudflareKv,
    shipment: Shipment<'_>,
    genuine_version: impl Fn(&[u8]) -> Option<u64>,
) -> Result<Found, PublishError> {
    let Some(value) = kv.read(shipment.key).await? else { return Ok(Found::Nothing) };
    if value == shipment.document {
        return Ok(Found::Ours);
    }
    Ok(match genuine_version(&value) {
        None => Found::Foreign,
        Some(version) if version < shipment.version => Found::Older(version),
        Some(version) => Found::OtherHistory(version),
    })
}

/// Brings `shipment` to its place, and returns once it was read back.
///
/// A genuine version as high as ours is never overwritten; whatever is not genuine is, since only an attacker or an
/// accident can have put it there. KV has no compare-and-swap: `may_write` is asked last of all before the write, and
/// what a process does that falls asleep just then is found by its fence, or by looking again.
pub async fn push(
    kv: &CloudflareKv,
    shipment: Shipment<'_>,
    genuine_version: impl Fn(&[u8]) -> Option<u64>,
    may_write: impl AsyncFnOnce() -> bool,
) -> Result<Pushed, PublishError> {
    match look(kv, shipment, &genuine_version).await? {
        Found::Ours => return Ok(Pushed::AlreadyThere),
        Found::OtherHistory(remote) => {
            return Err(PublishError::NewerThanOurs { remote, ours: shipment.version });
        }
        Found::Nothing | Found::Older(_) | Found::Foreign => {}
    }
    if !may_write().await {
        return Err(PublishError::Overtaken);
    }
    kv.write(shipment.key, shipment.document).await?;
    match look(kv, shipment, genuine_version).await? {
        Found::Ours => Ok(Pushed::Written),
        found => Err(PublishError::ReadBackDiffers { found }),
    }
}
