//! The second step of a sign-in, after the password.

use serde_json::{Value, json};

use super::attempt::{self, Asked};
use super::registration::{NewPasskeyOrder, RegistrationBegun, begun, keep};
use super::{PasskeyRefusal, about, described, id_of, lacks_one, relying_party};
use crate::audit::Action;
use crate::domain::{AttemptKind, SecretText, Timestamp};
use crate::operations::sessions::{self, NewSession};
use crate::operations::{Keystile, OperationError, users};
use crate::passkeys::{Assertion, KnownPasskey, PasskeyError, RelyingParty, RequestOptions};
use crate::store::{Change, PasskeyAttempt, StoredPasskey, StoredUser};

/// A sign-in whose password was right, and which is not finished.
pub struct SecondStep {
    /// What the answer must come with. It is not kept.
    pub attempt: SecretText,
    /// From when on it is too late.
    pub expires_at: Timestamp,
    /// Where the console must be open.
    pub origin: String,
    /// What to ask.
    pub next: NextStep,
}

/// What is missing.
pub enum NextStep {
    /// The answer of a passkey that is known.
    UsePasskey(RequestOptions),
    /// A first passkey, because everybody must have one.
    MakePasskey(crate::passkeys::CreationOptions),
}

/// What must follow the password of this user, if anything must.
pub(in crate::operations) async fn second_step(
    keystile: &Keystile,
    change: &mut Change,
    stored: &StoredUser,
) -> Result<Option<SecondStep>, OperationError> {
    let name = stored.user.name.as_str();
    if stored.passkeys > 0 {
        let us = relying_party(keystile)?;
        let asked = attempt::ask(keystile, change, name, AttemptKind::SignIn).await?;
        let next = NextStep::UsePasskey(us.asks_for(&asked.stored.challenge, asked.descriptors()));
        let Asked { secret, stored, .. } = asked;
        let origin = us.origin().to_owned();
        return Ok(Some(SecondStep { attempt: secret, expires_at: stored.ends_at, origin, next }));
    }
    if !lacks_one(keystile, stored) {
        return Ok(None);
    }
    let asked = attempt::ask(keystile, change, name, AttemptKind::FirstPasskey).await?;
    let RegistrationBegun { attempt, expires_at, origin, options } = begun(relying_party(keystile)?, asked);
    Ok(Some(SecondStep { attempt, expires_at, origin, next: NextStep::MakePasskey(options) }))
}

/// Finishes a sign-in with a passkey. One that is refused is written down: whoever tried knew the password.
pub async fn finish(
    keystile: &Keystile,
    secret: &str,
    answer: &Assertion,
) -> Result<NewSession, OperationError> {
    let us = relying_party(keystile)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let (attempt, user) = attempted(&mut change, secret, AttemptKind::SignIn, now).await?;
    match used(&mut change, us, &attempt, answer, now).await? {
        Ok(passkey) => sessions::enter(keystile, change, user, shown(&passkey)).await,
        Err(why) => {
            let record = about(&attempt.user, &users::actor_of(&user.user), Action::PasskeyRefused, now);
            let said = json!({ "id": id_of(&answer.credential_id), "why": why.to_string() });
            change.record(record.changing(None, Some(said))).await?;
            change.commit().await?;
            Err(PasskeyRefusal::Refused(why).into())
        }
    }
}

/// Finishes a sign-in by registering the first passkey.
pub async fn finish_with_first(
    keystile: &Keystile,
    order: NewPasskeyOrder,
) -> Result<NewSession, OperationError> {
    let us = relying_party(keystile)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let (attempt, user) = attempted(&mut change, &order.attempt, AttemptKind::FirstPasskey, now).await?;
    // Somebody may have registered one meanwhile, by the same password: then that one is asked for.
    let kept = match user.passkeys {
        0 => keep(&mut change, us, &attempt, order, now).await,
        _ => Err(PasskeyRefusal::AttemptOver.into()),
    };
    let passkey = match kept {
        Ok(passkey) => passkey,
        Err(error) => {
            // The challenge is used up all the same.
            change.commit().await?;
            return Err(error);
        }
    };
    let record = about(&attempt.user, &users::actor_of(&user.user), Action::PasskeyRegistered, now);
    change.end_sessions_of_user(&attempt.user).await?;
    change.record(record.changing(None, Some(described(&passkey)))).await?;
    sessions::enter(keystile, change, user, shown(&passkey)).await
}

/// What the log says of a sign-in.
fn shown(passkey: &StoredPasskey) -> Value {
    json!({ "with": "password", "passkey": described(passkey) })
}

/// The attempt, and its user, who has not been shut out meanwhile. Another password, role or invitation has ended it.
async fn attempted(
    change: &mut Change,
    secret: &str,
    kind: AttemptKind,
    now: Timestamp,
) -> Result<(PasskeyAttempt, StoredUser), OperationError> {
    let attempt = attempt::take(change, secret, kind, now).await?;
    let user = change.user(&attempt.user).await?.filter(|it| it.user.disabled_at.is_none());
    Ok((attempt, user.ok_or(PasskeyRefusal::AttemptOver)?))
}

/// Judges the answer by what is known of the passkey now, and writes down that it was used.
async fn used(
    change: &mut Change,
    us: &RelyingParty,
    attempt: &PasskeyAttempt,
    answer: &Assertion,
    now: Timestamp,
) -> Result<Result<StoredPasskey, PasskeyError>, OperationError> {
    let mut known = change.passkeys_of(&attempt.user).await?.into_iter();
    let Some(mut passkey) = known.find(|it| it.credential_id == answer.credential_id) else {
        return Ok(Err(PasskeyError::OfNobody));
    };
    let held_against = KnownPasskey {
        credential_id: &passkey.credential_id,
        user_handle: &passkey.user_handle,
        public_key: &passkey.public_key,
        counter: passkey.counter,
        backup_eligible: passkey.backup_eligible,
    };
    match us.asserted(&attempt.challenge, held_against, answer) {
        Err(why) => Ok(Err(why)),
        Ok(counter) => {
            passkey.counter = counter;
            passkey.last_used_at = Some(now);
            change.save_passkey(&passkey).await?;
            Ok(Ok(passkey))
        }
    }
}
