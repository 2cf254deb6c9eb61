//! A passkey is registered.

use super::attempt::{self, Asked};
use super::{PasskeyRefusal, PasskeyView, about, described, relying_party, user_of, view};
use crate::audit::Action;
use crate::domain::{Actor, AttemptKind, MOST_PASSKEYS, PasskeyName, SecretText, Timestamp};
use crate::operations::users::find;
use crate::operations::{Keystile, OperationError};
use crate::passkeys::{CreationOptions, NewPasskey, PasskeyError, Registration, RelyingParty};
use crate::store::{Change, PasskeyAttempt, StoredPasskey};

/// What a browser is to be asked for a new passkey.
pub struct RegistrationBegun {
    /// What the answer must come with. It is not kept.
    pub attempt: SecretText,
    /// From when on it is too late.
    pub expires_at: Timestamp,
    /// Where the console must be open.
    pub origin: String,
    /// What to ask.
    pub options: CreationOptions,
}

/// A new passkey, with the name that its owner gives it.
pub struct NewPasskeyOrder {
    /// What the question came with.
    pub attempt: String,
    /// What its owner calls it.
    pub name: PasskeyName,
    /// How it can be reached, as its browser says.
    pub transports: Vec<String>,
    /// What the browser answered.
    pub answer: Registration,
}

/// Begins the registration of a passkey for whoever is signed in.
pub async fn begin(keystile: &Keystile, actor: &Actor) -> Result<RegistrationBegun, OperationError> {
    let name = user_of(actor)?;
    let us = relying_party(keystile)?;
    let mut change = keystile.store.write().await?;
    // At the identity provider nobody would ask for it.
    if find(&mut change, name).await?.user.provider.is_some() {
        return Err(PasskeyRefusal::NotAUser.into());
    }
    let asked = attempt::ask(keystile, &mut change, name, AttemptKind::AnotherPasskey).await?;
    check_room(asked.known.len())?;
    change.commit().await?;
    Ok(begun(us, asked))
}

/// Registers it, and ends the user's other sessions.
pub async fn add(
    keystile: &Keystile,
    actor: &Actor,
    session: &[u8],
    order: NewPasskeyOrder,
) -> Result<PasskeyView, OperationError> {
    let name = user_of(actor)?;
    let us = relying_party(keystile)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let attempt = attempt::take(&mut change, &order.attempt, AttemptKind::AnotherPasskey, now).await?;
    let kept = match attempt.user == name {
        true => keep(&mut change, us, &attempt, order, now).await,
        false => Err(PasskeyRefusal::AttemptOver.into()),
    };
    let passkey = match kept {
        Ok(passkey) => passkey,
        Err(error) => {
            // The challenge is used up all the same.
            change.commit().await?;
            return Err(error);
        }
    };
    change.end_other_sessions_of_user(name, session).await?;
    let record = about(name, actor, Action::PasskeyRegistered, now);
    change.record(record.changing(None, Some(described(&passkey)))).await?;
    change.commit().await?;
    Ok(view(&passkey))
}

pub(super) fn begun(us: &RelyingParty, asked: Asked) -> RegistrationBegun {
    let known = asked.descriptors();
    let Asked { secret, stored, .. } = asked;
    RegistrationBegun {
        attempt: secret,
        expires_at: stored.ends_at,
        origin: us.origin().to_owned(),
        options: us.asks_to_make(&stored.challenge, &stored.user, &stored.user_handle, known),
    }
}

/// Judges the answer, and writes the passkey down if it is good.
pub(super) async fn keep(
    change: &mut Change,
    us: &RelyingParty,
    attempt: &PasskeyAttempt,
    order: NewPasskeyOrder,
    now: Timestamp,
) -> Result<StoredPasskey, OperationError> {
    let made = us.registered(&attempt.challenge, &order.answer).map_err(PasskeyRefusal::NotRegistered)?;
    check_room(change.passkeys_of(&attempt.user).await?.len())?;
    // Web Authentication, 7.1, step 26: it is nobody's yet.
    if change.has_passkey(&made.credential_id).await? {
        return Err(PasskeyRefusal::NotRegistered(PasskeyError::KnownAlready).into());
    }
    let NewPasskey { credential_id, public_key, counter, backup_eligible } = made;
    let passkey = StoredPasskey {
        credential_id,
        user: attempt.user.clone(),
        user_handle: attempt.user_handle.clone(),
        name: order.name,
        public_key,
        counter,
        backup_eligible,
        transports: order.transports,
        created_at: now,
        last_used_at: None,
    };
    change.save_passkey(&passkey).await?;
    Ok(passkey)
}

fn check_room(known: usize) -> Result<(), OperationError> {
    if known >= MOST_PASSKEYS {
        return Err(PasskeyRefusal::TooMany { most: MOST_PASSKEYS }.into());
    }
    Ok(())
}
