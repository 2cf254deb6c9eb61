//! Signing in with the identity provider of the company.
//!
//! Who somebody is, is `iss` and `sub`; what they may do is what the mapping in the server's configuration says, anew at each
//! sign-in. Whom it gives no role is refused. The mapping gives nobody what takes two people, while anything does.

use serde_json::json;

use super::approvals;
use super::sessions::{self, NewSession, SessionHolder};
use super::users::{self, about, actor_of, save_and_sign_out};
use super::{Keystile, OperationError, random};
use crate::audit::Action;
use crate::domain::{Actor, Role, SecretText, Timestamp, User, UserName};
use crate::oidc::{Attempt, Callback, Identity, LASTS_SECS, Provider, SignInError};
use crate::store::{Change, StoredUser};

/// For so long a sign-in is remembered that has led to a session: longer than any ID token of its attempt is believed.
const SPENT_SECS: u64 = 6 * LASTS_SECS;

/// A sign-in that has begun.
pub struct Begun {
    /// Where the browser goes.
    pub location: String,
    /// What the browser keeps meanwhile, in a cookie.
    pub cookie: SecretText,
}

/// What people call the provider, if there is one.
pub fn provider_name(keystile: &Keystile) -> Option<&str> {
    keystile.provider.as_ref().map(Provider::name)
}

/// Begins a sign-in. Nothing is written: it is the browser that keeps it.
pub async fn begin(keystile: &Keystile) -> Result<Begun, OperationError> {
    let (provider, now) = (provider(keystile)?, keystile.now());
    let attempt = Attempt::begin(random::bytes()?, now);
    let location = provider.authorization(&attempt, now).await?;
    Ok(Begun { location, cookie: attempt.to_cookie() })
}

/// Ends a sign-in: opens a session for whomever the provider has vouched for. `cookie` is what the browser has kept, and
/// `from` where it is.
pub async fn finish(
    keystile: &Keystile,
    cookie: Option<&str>,
    callback: &Callback,
    from: Option<String>,
) -> Result<NewSession, OperationError> {
    let provider = provider(keystile)?;
    let attempt = cookie.and_then(Attempt::from_cookie).ok_or(SignInError::OtherBrowser)?;
    let identity = provider.finish(&attempt, callback, keystile.now()).await?;
    admit(keystile, &identity, &attempt.mark(), from).await
}

/// Lets somebody in whom the provider has vouched for, once for each `mark`.
pub async fn admit(
    keystile: &Keystile,
    identity: &Identity,
    mark: &[u8],
    from: Option<String>,
) -> Result<NewSession, OperationError> {
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    change.forget_spent_sign_ins_before(now).await?;
    if !change.spend_sign_in(mark, now.plus(SPENT_SECS)).await? {
        return Err(SignInError::Spent.into());
    }
    let known = change.user_of_provider(&identity.who).await?;
    if known.as_ref().is_some_and(|it| it.user.disabled_at.is_some()) {
        return Err(SignInError::ShutOut.into());
    }
    let Some(mapped) = identity.role else { return turn_away(change, known, from, now).await };
    let (stored, granted) = match known {
        Some(stored) => follow(&mut change, stored, mapped, from.clone(), now).await?,
        None => welcome(&mut change, identity, mapped, from.clone(), now).await?,
    };
    let shown = json!({
        "with": "provider",
        "issuer": identity.who.issuer,
        "subject": identity.who.subject,
        "role_held_back": (granted != mapped).then_some(mapped),
    });
    let holder = SessionHolder {
        actor: actor_of(&stored.user).from_address(from),
        label: stored.user.name.to_string(),
    };
    sessions::open(keystile, change, holder, shown).await
}

fn provider(keystile: &Keystile) -> Result<&Provider, OperationError> {
    Ok(keystile.provider.as_ref().ok_or(SignInError::NotConfigured)?)
}

/// Nobody without a role gets in, and whoever had one is let out.
async fn turn_away(
    mut change: Change,
    known: Option<StoredUser>,
    from: Option<String>,
    now: Timestamp,
) -> Result<NewSession, OperationError> {
    if let Some(stored) = known {
        change.end_sessions_of_user(stored.user.name.as_str()).await?;
        let record = about(&stored, &acting(&stored, from), Action::SessionEnded, now);
        let why = json!({ "provider": "gives them no role any more" });
        change.record(record.changing(None, Some(why))).await?;
        change.commit().await?;
    }
    Err(SignInError::NoRole.into())
}

/// Makes a user of somebody who comes for the first time.
async fn welcome(
    change: &mut Change,
    identity: &Identity,
    mapped: Role,
    from: Option<String>,
    now: Timestamp,
) -> Result<(StoredUser, Role), OperationError> {
    let known = change.users().await?;
    if known.len() >= users::MOST {
        return Err(OperationError::TooManyUsers { most: users::MOST });
    }
    let is_taken = |name: &str| known.iter().any(|it| it.user.name.as_str() == name);
    let name = identity.name.as_deref().and_then(|name| UserName::like(name, is_taken));
    let name = name.ok_or_else(|| SignInError::NoName { claim: identity.name_claim.clone() })?;
    let role = granted(change, &name, mapped, None).await?;
    let user = User {
        name,
        role,
        created_at: now,
        disabled_at: None,
        password_set_at: None,
        provider: Some(identity.who.clone()),
        last_signed_in_at: Some(now),
    };
    let stored = StoredUser { user, password_hash: None, invitation: None, passkeys: 0 };
    change.save_user(&stored).await?;
    let after = json!({ "role": role, "issuer": identity.who.issuer, "subject": identity.who.subject });
    let record = about(&stored, &acting(&stored, from), Action::UserCreated, now);
    change.record(record.changing(None, Some(after))).await?;
    Ok((stored, role))
}

/// Gives somebody who comes again the role that they have by now. If it is another one, their sessions until now end.
async fn follow(
    change: &mut Change,
    mut stored: StoredUser,
    mapped: Role,
    from: Option<String>,
    now: Timestamp,
) -> Result<(StoredUser, Role), OperationError> {
    let before = stored.user.role;
    let role = granted(change, &stored.user.name, mapped, Some(before)).await?;
    stored.user.role = role;
    stored.user.last_signed_in_at = Some(now);
    if role == before {
        change.save_user(&stored).await?;
        return Ok((stored, role));
    }
    save_and_sign_out(change, &stored).await?;
    let (before, after) = (json!({ "role": before }), json!({ "role": role, "by": "provider" }));
    let record = about(&stored, &acting(&stored, from), Action::UserRoleChanged, now);
    change.record(record.changing(Some(before), Some(after))).await?;
    Ok((stored, role))
}

/// What of the mapping counts. Where access takes two people, whoever administers the groups at the provider would be one who
/// gives it alone: so the mapping then takes away, and gives only what takes one. An operator who should be an administrator
/// stays an operator, and everybody else looks on until two people have given them the role.
async fn granted(
    change: &mut Change,
    name: &UserName,
    mapped: Role,
    has: Option<Role>,
) -> Result<Role, OperationError> {
    let gives_nothing = has == Some(mapped) || (has, mapped) == (Some(Role::Admin), Role::Operator);
    if gives_nothing || !approvals::grants_take_two(change, name, mapped).await? {
        return Ok(mapped);
    }
    Ok(if (has, mapped) == (Some(Role::Operator), Role::Admin) { Role::Operator } else { Role::Viewer })
}

fn acting(stored: &StoredUser, from: Option<String>) -> Actor {
    actor_of(&stored.user).from_address(from)
}
