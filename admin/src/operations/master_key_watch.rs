//! Whether a server that started now would get its master key.
//!
//! One that runs has it in memory, and would notice nothing until the day on which it is started anew, which is a bad one to
//! learn that the key file is gone or that the keeper lets it in no more.

use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::master_key::noted;
use super::{Keystile, OperationError};

/// A keeper is asked so often: it is one request, and what was taken away is known before the next release.
const LOOK_EVERY: Duration = Duration::from_secs(3600);
/// Where it was refused: a keeper that is only away for a moment is soon back.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// What the last look has found.
#[derive(Default)]
pub(super) struct MasterKeyWatch {
    trouble: Mutex<Option<String>>,
}

/// Looks again and again. Never returns; drop it to stop it.
pub async fn run(keystile: &Keystile) -> Infallible {
    let mut pause = LOOK_EVERY;
    loop {
        tokio::time::sleep(pause).await;
        pause = match look(keystile).await {
            Ok(()) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, code = error.code(), "a server that started now would be read-only");
                AGAIN_AFTER
            }
        };
    }
}

/// Looks once, and keeps in mind what it has found.
pub async fn look(keystile: &Keystile) -> Result<(), OperationError> {
    let noted = noted(&mut keystile.store.read().await?).await?;
    let found = keystile.keys.would_be_found(&noted).await;
    let mut trouble = keystile.master_key_watch.trouble.lock().unwrap_or_else(PoisonError::into_inner);
    *trouble = found.as_ref().err().map(ToString::to_string);
    Ok(found?)
}

/// Why it would not get it, as far as is known. Asks nobody.
pub(super) fn trouble(keystile: &Keystile) -> Option<String> {
    keystile.master_key_watch.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
