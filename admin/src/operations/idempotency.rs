//! The same request, sent again, happens once: `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header).
//!
//! A request claims its key before it does anything. The transaction that changes something notes that in the same
//! commit, beside the audit entry, and the answer is kept afterwards. A process that dies before the commit has changed
//! nothing, so that the next request may have its place; one that dies after it has, and the next is told so. A process
//! that only slept finds its place taken, in its own transaction.

use aws_lc_rs::digest::{SHA256, digest};

use super::{Keystile, OperationError};
use crate::domain::{SecretBytes, Timestamp};
use crate::seal::{open_answer, seal_answer};
use crate::store::StoredKey;

/// Twice as long as any request may take.
const AT_WORK_SECS: u64 = 60;
/// Longer than clients retry; a client that still does not know what became of its request asks a person.
const REMEMBERED_SECS: u64 = 24 * 3600;
/// So many keys a caller may have in a day: more than one every ten seconds is no retry of what people do.
const KEYS_OF_A_CALLER: u64 = 10_000;

/// A request that may have come before.
pub struct Repeatable<'a> {
    /// The secret that its caller presented, and that was found to be valid.
    pub credential: &'a str,
    /// The key.
    pub key: &'a str,
    /// SHA-256 of everything that tells this request from another.
    pub fingerprint: &'a [u8],
    /// The id of this request.
    pub request_id: &'a str,
}

/// What to do with a request.
pub enum Turn {
    /// Do it, and say afterwards what came of it: [`answered`] or [`refused`].
    Do,
    /// It was done, and this was the answer.
    Done(SecretBytes),
}

/// Whose turn it is.
///
/// Refused with `idempotency_key_reused` where the key came with another request, `idempotency_in_flight` while the
/// first is at work, and `idempotency_answer_lost` where it did its work and died before its answer was kept.
pub async fn claim(keystile: &Keystile, request: &Repeatable<'_>) -> Result<Turn, OperationError> {
    let (now, caller) = (keystile.now(), caller_of(request));
    let mut change = keystile.store.write().await?;
    change.forget_idempotency_keys_before(now).await?;
    match change.idempotency_key(&caller, request.key).await? {
        Some(first) => match after(first, request, now)? {
            After::Answer(answer) => return Ok(Turn::Done(answer)),
            After::InPlaceOf(dead) => change.overtake_request(&dead, now.plus(REMEMBERED_SECS)).await?,
        },
        None if change.idempotency_keys_of(&caller).await? >= KEYS_OF_A_CALLER => {
            return Err(OperationError::TooManyIdempotencyKeys);
        }
        None => {}
    }
    let claimed = StoredKey {
        fingerprint: request.fingerprint.to_vec(),
        request_id: request.request_id.to_owned(),
        claimed_until: now.plus(AT_WORK_SECS),
        changed: false,
        answer: None,
    };
    change.save_idempotency_key(&caller, request.key, &claimed, now.plus(REMEMBERED_SECS)).await?;
    change.commit().await?;
    Ok(Turn::Do)
}

/// What a request may do that comes after another with its key.
enum After {
    Answer(SecretBytes),
    /// The first died before it changed anything.
    InPlaceOf(String),
}

fn after(first: StoredKey, request: &Repeatable<'_>, now: Timestamp) -> Result<After, OperationError> {
    if first.fingerprint != request.fingerprint {
        return Err(OperationError::IdempotencyKeyReused);
    }
    if let Some(sealed) = first.answer {
        return Ok(After::Answer(open_answer(request.credential, request.key, &sealed)?));
    }
    // One that is claimed for longer than any is was claimed by a clock that has been set back since.
    let at_work = now < first.claimed_until && first.claimed_until <= now.plus(AT_WORK_SECS);
    match (at_work, first.changed) {
        (true, _) => Err(OperationError::IdempotencyInFlight),
        (false, true) => Err(OperationError::IdempotencyAnswerLost),
        (false, false) => Ok(After::InPlaceOf(first.request_id)),
    }
}

/// Keeps the answer, for whoever sends the request again.
pub async fn answered(
    keystile: &Keystile,
    request: &Repeatable<'_>,
    answer: &[u8],
) -> Result<(), OperationError> {
    let sealed = seal_answer(request.credential, request.key, answer)?;
    let mut change = keystile.store.write().await?;
    change.keep_answer(request.request_id, &sealed).await?;
    Ok(change.commit().await?)
}

/// The request was refused: unless it has changed something all the same, the key is free for another try.
pub async fn refused(keystile: &Keystile, request: &Repeatable<'_>) -> Result<(), OperationError> {
    let mut change = keystile.store.write().await?;
    change.release_idempotency_key(request.request_id).await?;
    Ok(change.commit().await?)
}

fn caller_of(request: &Repeatable<'_>) -> Vec<u8> {
    digest(&SHA256, request.credential.as_bytes()).as_ref().to_vec()
}
