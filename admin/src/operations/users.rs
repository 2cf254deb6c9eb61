//! People who sign in by name: made by an administrator, invited to choose a password, shut out at once.

use serde_json::json;

use super::api_tokens::hash;
use super::approvals::{self, Credential, Deed};
use super::user_view::view;
use super::{Keystile, OperationError, random};
use crate::audit::{Action, Record};
use crate::domain::{
    Actor, INVITATION_SECS, NewPassword, Permission, Role, SecretText, Timestamp, User, UserName,
};
use crate::store::{Change, Invitation, Snapshot, StoredUser};

pub use super::user_view::{ProviderUser, UserView};

/// What an invitation begins with, so that a scanner of leaked secrets knows one when it sees it.
const PREFIX: &str = "ksi_";
/// Each is read when somebody signs in or reviews access.
pub(super) const MOST: usize = 1_000;

/// A person who was invited to choose a password.
pub struct Invited {
    /// What sets the password, once. It is not kept.
    pub invitation: SecretText,
    /// Everything else.
    pub view: UserView,
}

/// Everybody, those who were shut out included.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<UserView>, OperationError> {
    actor.may(Permission::Administer)?;
    all(keystile).await
}

/// The same, for an operation that has asked already whether the actor may see them.
pub(super) async fn all(keystile: &Keystile) -> Result<Vec<UserView>, OperationError> {
    let now = keystile.now();
    Ok(keystile.store.read().await?.users().await?.iter().map(|it| view(it, now)).collect())
}

/// Makes a person, and invites them. A name is never given twice, because the log names people by it.
pub async fn create(
    keystile: &Keystile,
    actor: &Actor,
    name: &UserName,
    role: Role,
) -> Result<Invited, OperationError> {
    actor.may_grant()?;
    check_role(role)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let known = change.users().await?;
    if known.iter().any(|it| it.user.name == *name) {
        return Err(OperationError::UserExists { name: name.to_string() });
    }
    if known.len() >= MOST {
        return Err(OperationError::TooManyUsers { most: MOST });
    }
    pass(&mut change, actor, name, role, now).await?;
    let (invitation, secret) = invitation(now)?;
    let user = User {
        name: name.clone(),
        role,
        created_at: now,
        disabled_at: None,
        password_set_at: None,
        provider: None,
        last_signed_in_at: None,
    };
    let stored = StoredUser { user, password_hash: None, invitation: Some(invitation), passkeys: 0 };
    change.save_user(&stored).await?;
    let after = json!({ "role": role });
    change.record(about(&stored, actor, Action::UserCreated, now).changing(None, Some(after))).await?;
    change.commit().await?;
    Ok(Invited { invitation: secret, view: view(&stored, now) })
}

/// Invites somebody again: they have forgotten their password, lost their passkeys, or the invitation is over. The password
/// until now, every passkey and every session end at once.
pub async fn invite(keystile: &Keystile, actor: &Actor, name: &str) -> Result<Invited, OperationError> {
    actor.may_grant()?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let mut stored = with_password_here(find(&mut change, name).await?)?;
    pass(&mut change, actor, &stored.user.name, stored.user.role, now).await?;
    let (invitation, secret) = invitation(now)?;
    let before = json!({ "passkeys": stored.passkeys });
    stored.invitation = Some(invitation);
    stored.password_hash = None;
    stored.passkeys = 0;
    change.remove_passkeys_of(name).await?;
    save_and_sign_out(&mut change, &stored).await?;
    change.record(about(&stored, actor, Action::UserInvited, now).changing(Some(before), None)).await?;
    change.commit().await?;
    Ok(Invited { invitation: secret, view: view(&stored, now) })
}

/// Gives somebody another role. Their sessions end, so that none goes on with the old one. Whoever signs in at the identity
/// provider has it until they do so again.
pub async fn set_role(
    keystile: &Keystile,
    actor: &Actor,
    name: &str,
    role: Role,
) -> Result<UserView, OperationError> {
    actor.may_grant()?;
    check_role(role)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let mut stored = find(&mut change, name).await?;
    let before = stored.user.role;
    if before == role {
        return Ok(view(&stored, now));
    }
    pass(&mut change, actor, &stored.user.name, role, now).await?;
    stored.user.role = role;
    save_and_sign_out(&mut change, &stored).await?;
    let (before, after) = (json!({ "role": before }), json!({ "role": role }));
    let record = about(&stored, actor, Action::UserRoleChanged, now).changing(Some(before), Some(after));
    change.record(record).await?;
    change.commit().await?;
    Ok(view(&stored, now))
}

/// Shuts somebody out, and ends their sessions at once.
pub async fn disable(keystile: &Keystile, actor: &Actor, name: &str) -> Result<UserView, OperationError> {
    actor.may(Permission::Administer)?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let mut stored = find(&mut change, name).await?;
    if stored.user.disabled_at.is_some() {
        return Ok(view(&stored, now));
    }
    stored.user.disabled_at = Some(now);
    stored.invitation = None;
    save_and_sign_out(&mut change, &stored).await?;
    change.record(about(&stored, actor, Action::UserDisabled, now)).await?;
    change.commit().await?;
    Ok(view(&stored, now))
}

/// Lets somebody in again, by the way they came before.
pub async fn enable(keystile: &Keystile, actor: &Actor, name: &str) -> Result<UserView, OperationError> {
    actor.may_grant()?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let mut stored = find(&mut change, name).await?;
    if stored.user.disabled_at.is_none() {
        return Ok(view(&stored, now));
    }
    pass(&mut change, actor, &stored.user.name, stored.user.role, now).await?;
    stored.user.disabled_at = None;
    change.save_user(&stored).await?;
    change.record(about(&stored, actor, Action::UserEnabled, now)).await?;
    change.commit().await?;
    Ok(view(&stored, now))
}

/// Sets the password of whoever was invited. The invitation is the credential, and works once.
pub async fn accept(
    keystile: &Keystile,
    invitation: &str,
    password: SecretText,
) -> Result<UserView, OperationError> {
    let secret_hash = hash(invitation);
    let stored = invited(&mut keystile.store.read().await?, &secret_hash, keystile.now()).await?;
    let password = new_password(&stored.user.name, password)?;
    // Outside of the transaction: it takes a moment, and nobody else writes while one lasts.
    let password_hash = keystile.hashing.hash(password, random::bytes()?).await?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let mut stored = invited(&mut change, &secret_hash, now).await?;
    stored.invitation = None;
    stored.password_hash = Some(password_hash);
    stored.user.password_set_at = Some(now);
    save_and_sign_out(&mut change, &stored).await?;
    let actor = actor_of(&stored.user);
    change.record(about(&stored, &actor, Action::UserPasswordSet, now)).await?;
    change.commit().await?;
    Ok(view(&stored, now))
}

/// Sets a password at once, without an invitation: for the first administrator, at the server's own command line.
pub async fn set_password(
    keystile: &Keystile,
    actor: &Actor,
    name: &str,
    password: SecretText,
) -> Result<UserView, OperationError> {
    actor.may_grant()?;
    let stored = with_password_here(find(&mut keystile.store.read().await?, name).await?)?;
    let password = new_password(&stored.user.name, password)?;
    let password_hash = keystile.hashing.hash(password, random::bytes()?).await?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    let mut stored = find(&mut change, name).await?;
    pass(&mut change, actor, &stored.user.name, stored.user.role, now).await?;
    stored.invitation = None;
    stored.password_hash = Some(password_hash);
    stored.user.password_set_at = Some(now);
    save_and_sign_out(&mut change, &stored).await?;
    change.record(about(&stored, actor, Action::UserPasswordSet, now)).await?;
    change.commit().await?;
    Ok(view(&stored, now))
}

/// Who signs in with this name and password. Every failure is the same `unauthenticated`, after the same work.
pub(super) async fn find_by_password(
    keystile: &Keystile,
    name: &str,
    password: SecretText,
) -> Result<StoredUser, OperationError> {
    let found = keystile.store.read().await?.user(name).await?;
    let known = found.filter(|it| it.user.disabled_at.is_none());
    let password_hash = known.as_ref().and_then(|it| it.password_hash.clone());
    // No longer one than anybody can have: it would be hashed for nothing.
    let fits_bound = password.reveal().len() <= NewPassword::MOST;
    let password = if fits_bound { password } else { SecretText::new(String::new()) };
    let fits = keystile.hashing.verify(password, password_hash).await?;
    known.filter(|_| fits).ok_or(OperationError::Unauthenticated)
}

pub(super) fn actor_of(user: &User) -> Actor {
    Actor::user(&user.name, user.role)
}

pub(super) async fn find(snapshot: &mut Snapshot, name: &str) -> Result<StoredUser, OperationError> {
    let found = snapshot.user(name).await?;
    found.ok_or_else(|| OperationError::UserNotFound { name: name.to_owned() })
}

/// Whoever signs in at the identity provider has no password here: it would be a way in that the provider cannot close.
fn with_password_here(stored: StoredUser) -> Result<StoredUser, OperationError> {
    if stored.user.provider.is_none() {
        return Ok(stored);
    }
    let detail =
        format!("`{}` signs in at the identity provider, and has no password here", stored.user.name);
    Err(OperationError::InvalidInput { field: "name", detail })
}

async fn invited(
    snapshot: &mut Snapshot,
    secret_hash: &[u8],
    now: Timestamp,
) -> Result<StoredUser, OperationError> {
    let found = snapshot.invited(secret_hash).await?;
    let waits = |it: &StoredUser| it.invitation.as_ref().is_some_and(|it| now < it.ends_at);
    found.filter(waits).ok_or(OperationError::InvitationUnknown)
}

pub(super) async fn save_and_sign_out(
    change: &mut Change,
    stored: &StoredUser,
) -> Result<(), OperationError> {
    change.save_user(stored).await?;
    Ok(change.end_sessions_of_user(stored.user.name.as_str()).await?)
}

/// Access that could do or approve what takes two people takes two people itself.
pub(super) async fn pass(
    change: &mut Change,
    actor: &Actor,
    name: &UserName,
    role: Role,
    now: Timestamp,
) -> Result<(), OperationError> {
    if !Deed::is_grant(role) {
        return Ok(());
    }
    let deed = Deed::GrantAccess { by: Credential::User, to: name.to_string(), role };
    approvals::pass(change, actor, &deed, now).await
}

/// People look, change and administer; a backend and an edge have no password.
fn check_role(role: Role) -> Result<(), OperationError> {
    if role.grants(Permission::Read) {
        return Ok(());
    }
    let detail = format!("a user cannot be `{role}`: make an API token for a machine");
    Err(OperationError::InvalidInput { field: "role", detail })
}

fn new_password(name: &UserName, password: SecretText) -> Result<NewPassword, OperationError> {
    NewPassword::of(name, password)
        .map_err(|weak| OperationError::InvalidInput { field: "password", detail: weak.to_string() })
}

fn invitation(now: Timestamp) -> Result<(Invitation, SecretText), OperationError> {
    let secret = SecretText::new(format!("{PREFIX}{}", random::text::<32>()?));
    Ok((Invitation { hash: hash(secret.reveal()), ends_at: now.plus(INVITATION_SECS) }, secret))
}

pub(super) fn about(stored: &StoredUser, actor: &Actor, action: Action, now: Timestamp) -> Record {
    Record::new(now, actor, action, stored.user.name.as_str())
}
