//! Passkeys: the second factor of users who sign in by name. Who has which, and what takes one away.
//!
//! What an authenticator answers is judged by [`crate::passkeys`]; here is which challenge it must answer, and that each is
//! answered once. A sign-in that waits for a passkey opens nothing before.

mod attempt;
mod refusal;
mod registration;
mod sign_in;

use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::users::{self, find};
use super::{Keystile, OperationError};
use crate::audit::{Action, Record};
use crate::domain::{Actor, PasskeyName, Permission, Principal, Timestamp};
use crate::passkeys::RelyingParty;
use crate::store::{Change, StoredPasskey, StoredUser};

pub use refusal::PasskeyRefusal;
pub use registration::{NewPasskeyOrder, RegistrationBegun, add, begin};
pub use sign_in::{NextStep, SecondStep, finish, finish_with_first};

pub(super) use sign_in::second_step;

/// A passkey, as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PasskeyView {
    /// What it is removed by.
    pub id: String,
    /// What its owner calls it.
    #[schema(value_type = String, example = "blue key")]
    pub name: PasskeyName,
    /// When it was registered.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When somebody last signed in with it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// Whether its owner's devices may share it. One that they may not is in one place.
    pub shared: bool,
}

/// The passkeys of a user, for an administrator.
pub async fn of_user(
    keystile: &Keystile,
    actor: &Actor,
    name: &str,
) -> Result<Vec<PasskeyView>, OperationError> {
    actor.may(Permission::Administer)?;
    let mut snapshot = keystile.store.read().await?;
    find(&mut snapshot, name).await?;
    Ok(snapshot.passkeys_of(name).await?.iter().map(view).collect())
}

/// One's own passkeys.
pub async fn own(keystile: &Keystile, actor: &Actor) -> Result<Vec<PasskeyView>, OperationError> {
    let known = keystile.store.read().await?.passkeys_of(user_of(actor)?).await?;
    Ok(known.iter().map(view).collect())
}

/// Takes a passkey away from a user, for an administrator, and ends every session of theirs. Where it is the last one of
/// somebody who could do or approve what takes two people, it takes two people: their password alone would be enough then.
pub async fn remove(
    keystile: &Keystile,
    actor: &Actor,
    name: &str,
    id: &str,
) -> Result<PasskeyView, OperationError> {
    actor.may(Permission::Administer)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let stored = find(&mut change, name).await?;
    let passkey = one_of(&mut change, name, id).await?;
    if stored.passkeys == 1 {
        actor.may_grant()?;
        users::pass(&mut change, actor, &stored.user.name, stored.user.role, now).await?;
    }
    change.end_sessions_of_user(name).await?;
    take_away(change, actor, &passkey, now).await
}

/// Removes one of one's own passkeys, and ends one's other sessions. The last one stays where everybody must have one.
pub async fn remove_own(
    keystile: &Keystile,
    actor: &Actor,
    session: &[u8],
    id: &str,
) -> Result<PasskeyView, OperationError> {
    let name = user_of(actor)?;
    let mut change = keystile.store.write().await?;
    let stored = find(&mut change, name).await?;
    let passkey = one_of(&mut change, name, id).await?;
    if keystile.passkey_required && stored.passkeys == 1 {
        return Err(PasskeyRefusal::Last.into());
    }
    change.end_other_sessions_of_user(name, session).await?;
    take_away(change, actor, &passkey, keystile.now()).await
}

async fn take_away(
    mut change: Change,
    actor: &Actor,
    passkey: &StoredPasskey,
    now: Timestamp,
) -> Result<PasskeyView, OperationError> {
    change.remove_passkey(&passkey.credential_id).await?;
    let record = about(&passkey.user, actor, Action::PasskeyRemoved, now);
    change.record(record.changing(Some(described(passkey)), None)).await?;
    change.commit().await?;
    Ok(view(passkey))
}

async fn one_of(change: &mut Change, user: &str, id: &str) -> Result<StoredPasskey, OperationError> {
    let known = change.passkeys_of(user).await?;
    let found = known.into_iter().find(|it| id_of(&it.credential_id) == id);
    Ok(found.ok_or_else(|| PasskeyRefusal::NotFound { id: id.to_owned() })?)
}

/// Whether somebody may sign in by their password only to register a passkey.
pub(super) fn lacks_one(keystile: &Keystile, stored: &StoredUser) -> bool {
    keystile.passkey_required && stored.passkeys == 0 && stored.password_hash.is_some()
}

fn user_of(actor: &Actor) -> Result<&str, OperationError> {
    match actor.principal() {
        Principal::User(name) => Ok(name),
        Principal::Token(_) | Principal::Local(_) | Principal::Server => Err(PasskeyRefusal::NotAUser.into()),
    }
}

fn relying_party(keystile: &Keystile) -> Result<&RelyingParty, OperationError> {
    Ok(keystile.relying_party.as_ref().ok_or(PasskeyRefusal::Unavailable)?)
}

fn about(user: &str, actor: &Actor, action: Action, now: Timestamp) -> Record {
    Record::new(now, actor, action, user)
}

/// What the log says of a passkey: not its key, by which somebody could be followed elsewhere.
fn described(it: &StoredPasskey) -> serde_json::Value {
    json!({ "id": id_of(&it.credential_id), "name": it.name, "shared": it.backup_eligible })
}

/// The beginning of a hash of what its authenticator calls it, which may have a thousand bytes.
fn id_of(credential_id: &[u8]) -> String {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, credential_id);
    hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn view(it: &StoredPasskey) -> PasskeyView {
    PasskeyView {
        id: id_of(&it.credential_id),
        name: it.name.clone(),
        created_at: it.created_at,
        last_used_at: it.last_used_at,
        shared: it.backup_eligible,
    }
}
