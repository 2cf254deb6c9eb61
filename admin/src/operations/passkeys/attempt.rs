//! A challenge, from the question to its one answer.

use crate::domain::{ATTEMPT_SECS, AttemptKind, SecretText, Timestamp};
use crate::operations::api_tokens::hash;
use crate::operations::{Keystile, OperationError, random};
use crate::passkeys::Descriptor;
use crate::store::{Change, PasskeyAttempt, StoredPasskey};

use super::PasskeyRefusal;

/// So many wait for one user. The oldest gives way: whoever knows the password can fill no table, and shuts nobody out for
/// longer than he goes on.
const MOST: usize = 8;

/// A question that was just asked.
pub(super) struct Asked {
    /// What the answer must come with.
    pub(super) secret: SecretText,
    pub(super) stored: PasskeyAttempt,
    pub(super) known: Vec<StoredPasskey>,
}

impl Asked {
    /// The passkeys that the user has.
    pub(super) fn descriptors(&self) -> Vec<Descriptor> {
        self.known.iter().map(|it| Descriptor::of(&it.credential_id, it.transports.clone())).collect()
    }
}

/// Asks this user. Nothing is committed yet.
pub(super) async fn ask(
    keystile: &Keystile,
    change: &mut Change,
    user: &str,
    kind: AttemptKind,
) -> Result<Asked, OperationError> {
    let now = keystile.now();
    let known = change.passkeys_of(user).await?;
    // The same for all passkeys of a user, so that an authenticator keeps one for each of them.
    let user_handle = match known.first() {
        Some(passkey) => passkey.user_handle.clone(),
        None => random::bytes::<32>()?.to_vec(),
    };
    let secret = SecretText::new(random::text::<32>()?);
    let stored = PasskeyAttempt {
        secret_hash: hash(secret.reveal()),
        user: user.to_owned(),
        kind,
        challenge: random::bytes()?,
        user_handle,
        ends_at: now.plus(ATTEMPT_SECS),
    };
    change.forget_attempts_before(now).await?;
    change.save_attempt(&stored, MOST).await?;
    Ok(Asked { secret, stored, known })
}

/// The question that this answers. It is gone from then on, whatever comes of the answer, once the change is committed.
pub(super) async fn take(
    change: &mut Change,
    secret: &str,
    kind: AttemptKind,
    now: Timestamp,
) -> Result<PasskeyAttempt, OperationError> {
    let found = change.take_attempt(&hash(secret)).await?;
    Ok(found.filter(|it| it.kind == kind && now < it.ends_at).ok_or(PasskeyRefusal::AttemptOver)?)
}
