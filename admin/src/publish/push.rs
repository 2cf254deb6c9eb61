use crate::publish::{CloudflareKv, PublishError};

/// How a push ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The value was written and read back.
    Written,
    /// An earlier try, whose answer was lost, had brought it there already.
    AlreadyThere,
}

/// Brings `document`, which is version `ours`, to `key`, and returns once it was read back.
///
/// `genuine_version` tells the version of a value found in the store, or `None` when our root did not sign it. A
/// genuine version as high as ours is never overwritten; whatever is not genuine is, since only an attacker or an accident can
/// have put it there. KV has no compare-and-swap, so this check narrows a race that the lease in the database closes.
pub async fn push(
    kv: &CloudflareKv,
    key: &str,
    document: &[u8],
    ours: u64,
    genuine_version: impl Fn(&[u8]) -> Option<u64>,
) -> Result<Pushed, PublishError> {
    if let Some(found) = kv.read(key).await? {
        if found == document {
            return Ok(Pushed::AlreadyThere);
        }
        if let Some(remote) = genuine_version(&found).filter(|remote| *remote >= ours) {
            return Err(PublishError::NewerThanOurs { remote, ours });
        }
    }
    kv.write(key, document).await?;
    match kv.read(key).await? {
        Some(read) if read == document => Ok(Pushed::Written),
        _ => Err(PublishError::ReadBackDiffers),
    }
}
