//! The steward goes on with what was asked before: it needs nobody's presence, and takes no shortcut.

use std::convert::Infallible;

use super::{Keystile, OperationError};

/// Takes every step that is due now, each in a transaction of its own, and says how many.
///
/// Records confirmations, activates the keys of rotations, retires keys whose window has closed, signs key sets
/// again before they expire, and starts the rotations that the calendar asks for.
pub async fn advance(keystile: &Keystile) -> Result<u32, OperationError> {
    let _ = keystile;
    Err(super::unwritten())
}

/// The server's background loop: advances and drains every 300 ms, and at once after an operation of this process.
///
/// Never returns; drop it to stop it. It leaves nothing half done, because every step is one transaction.
pub async fn run(keystile: &Keystile) -> Infallible {
    let _ = keystile;
    std::future::pending().await
}
