//! Sessions of the console: opened with an API token, by a user with their password, or by one whom the identity provider
//! vouches for; kept as a hash; ended by time, by hand, or with what opened them.

use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::api_tokens::{self, hash};
use super::passkeys::{self, SecondStep};
use super::{Keystile, OperationError, random, users};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Permission, Principal, Role, SecretText, Timestamp};
use crate::store::{Change, Session, Snapshot, StoredUser};

/// A working day and its overtime.
const LONGEST_SECS: u64 = 12 * 3600;
const IDLE_SECS: u64 = 3600;
const NOTED_EVERY_SECS: u64 = 60;

/// A session that was just opened.
pub struct NewSession {
    /// The value of the cookie.
    pub cookie: SecretText,
    /// Who it belongs to.
    pub principal: Principal,
    /// What they may do.
    pub role: Role,
    /// What to call them.
    pub label: String,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// What comes of a right password.
pub enum SignedIn {
    /// A session.
    Entered(NewSession),
    /// Nothing yet: a passkey must follow.
    Unfinished(Box<SecondStep>),
}

/// Who a session belongs to.
pub struct SessionHolder {
    /// Who acts.
    pub actor: Actor,
    /// What to call them: the label of the token it was opened with, or the user's name.
    pub label: String,
}

/// A session, as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionView {
    /// What it is ended by: the beginning of a hash of its cookie, with which nobody can sign in.
    pub id: String,
    /// The API token it was opened with, if it was opened with one.
    pub token_id: Option<String>,
    /// The user who opened it, if one did.
    pub user: Option<String>,
    /// The label of the token, or the user's name.
    pub label: String,
    /// What it may do.
    #[schema(value_type = String, example = "operator")]
    pub role: Role,
    /// When it was last used, to the minute.
    #[schema(value_type = String, format = DateTime)]
    pub last_used_at: Timestamp,
    /// When it ends at the latest.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// Every session that is open.
pub async fn list(keystile: &Keystile, actor: &Actor) -> Result<Vec<SessionView>, OperationError> {
    actor.may(Permission::Administer)?;
    let now = keystile.now();
    let mut snapshot = keystile.store.read().await?;
    let mut views = Vec::new();
    for session in snapshot.sessions().await? {
        if let Some(holder) = holder(keystile, &mut snapshot, &session, now).await? {
            views.push(view(&session, holder));
        }
    }
    Ok(views)
}

/// Ends a session of somebody else's, or one's own.
pub async fn end_one(keystile: &Keystile, actor: &Actor, id: &str) -> Result<SessionView, OperationError> {
    let views = list(keystile, actor).await?;
    let not_found = || OperationError::SessionNotFound { id: id.to_owned() };
    let view = views.into_iter().find(|view| view.id == id).ok_or_else(not_found)?;
    let mut change = keystile.store.write().await?;
    let session = change.sessions().await?.into_iter().find(|session| id_of(session) == id);
    let session = session.ok_or_else(not_found)?;
    change.end_session(&session.cookie_hash).await?;
    let before = serde_json::to_value(&view).ok();
    let record = Record::new(keystile.now(), actor, Action::SessionEnded, subject(&session.owner));
    change.record(record.changing(before, None)).await?;
    change.commit().await?;
    Ok(view)
}

/// Opens a session for the holder of an API token. Tokens of the edge and of signers open none.
pub async fn create(keystile: &Keystile, api_token: &str) -> Result<NewSession, OperationError> {
    let token = api_tokens::find(keystile, api_token).await?;
    let actor = api_tokens::actor_of(&token);
    actor.may(Permission::Read)?;
    let change = keystile.store.write().await?;
    open(keystile, change, SessionHolder { actor, label: token.label }, json!({ "with": "api_token" })).await
}

/// Opens a session for a user with their password, unless a passkey must follow.
pub async fn create_for_user(
    keystile: &Keystile,
    name: &str,
    password: SecretText,
) -> Result<SignedIn, OperationError> {
    let found = users::find_by_password(keystile, name, password).await?;
    let mut change = keystile.store.write().await?;
    // Read again under the lock: it took a moment, in which they may have been shut out or given another password.
    let unchanged = change
        .user(name)
        .await?
        .filter(|it| it.user.disabled_at.is_none() && it.password_hash == found.password_hash);
    let stored = unchanged.ok_or(OperationError::Unauthenticated)?;
    if let Some(step) = passkeys::second_step(keystile, &mut change, &stored).await? {
        change.commit().await?;
        return Ok(SignedIn::Unfinished(Box::new(step)));
    }
    Ok(SignedIn::Entered(enter(keystile, change, stored, json!({ "with": "password" })).await?))
}

/// Opens a session for a user who has shown everything that they must.
pub(super) async fn enter(
    keystile: &Keystile,
    mut change: Change,
    mut stored: StoredUser,
    shown: Value,
) -> Result<NewSession, OperationError> {
    stored.user.last_signed_in_at = Some(keystile.now());
    change.save_user(&stored).await?;
    let holder = SessionHolder { actor: users::actor_of(&stored.user), label: stored.user.name.to_string() };
    open(keystile, change, holder, shown).await
}

/// Opens a session, and commits what belongs to it. The log keeps by what they have shown who they are.
pub(super) async fn open(
    keystile: &Keystile,
    mut change: Change,
    SessionHolder { actor, label }: SessionHolder,
    shown: Value,
) -> Result<NewSession, OperationError> {
    let now = keystile.now();
    let cookie = SecretText::new(random::text::<32>()?);
    let principal = actor.principal().clone();
    let session = Session {
        cookie_hash: hash(cookie.reveal()),
        owner: principal.clone(),
        last_used_at: now,
        expires_at: now.plus(LONGEST_SECS),
    };
    change.forget_sessions_before(now).await?;
    change.save_session(&session).await?;
    let record = Record::new(now, &actor, Action::SessionOpened, subject(&principal));
    change.record(record.changing(None, Some(shown))).await?;
    change.commit().await?;
    Ok(NewSession { cookie, principal, role: actor.role(), label, expires_at: session.expires_at })
}

/// Who presents this cookie. A session that was idle for an hour, or open for twelve, is over.
pub async fn authenticate(keystile: &Keystile, cookie: &str) -> Result<SessionHolder, OperationError> {
    let now = keystile.now();
    let mut snapshot = keystile.store.read().await?;
    let (session, holder) = valid(keystile, &mut snapshot, cookie, now).await?;
    drop(snapshot);
    if now.since(session.last_used_at) >= NOTED_EVERY_SECS {
        let mut change = keystile.store.write().await?;
        // Read again under the lock, because it may have been ended in between.
        let (session, _) = valid(keystile, &mut change, cookie, now).await?;
        change.save_session(&Session { last_used_at: now, ..session }).await?;
        change.commit().await?;
    }
    Ok(holder)
}

/// What a session is known by in the database.
pub fn cookie_hash(cookie: &str) -> Vec<u8> {
    hash(cookie)
}

/// Ends the session. Does nothing where there is none.
pub async fn end(keystile: &Keystile, cookie: &str) -> Result<(), OperationError> {
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    let Ok((session, holder)) = valid(keystile, &mut change, cookie, now).await else { return Ok(()) };
    change.end_session(&session.cookie_hash).await?;
    let record = Record::new(now, &holder.actor, Action::SessionEnded, subject(&session.owner));
    change.record(record).await?;
    Ok(change.commit().await?)
}

async fn valid(
    keystile: &Keystile,
    snapshot: &mut Snapshot,
    cookie: &str,
    now: Timestamp,
) -> Result<(Session, SessionHolder), OperationError> {
    let session = snapshot.session(&hash(cookie)).await?.ok_or(OperationError::Unauthenticated)?;
    let holder = holder(keystile, snapshot, &session, now).await?.ok_or(OperationError::Unauthenticated)?;
    Ok((session, holder))
}

/// Who holds this session, if it is open and what opened it is good.
async fn holder(
    keystile: &Keystile,
    snapshot: &mut Snapshot,
    session: &Session,
    now: Timestamp,
) -> Result<Option<SessionHolder>, OperationError> {
    if now >= session.expires_at || now.since(session.last_used_at) >= IDLE_SECS {
        return Ok(None);
    }
    Ok(match &session.owner {
        Principal::Token(id) => {
            let token = snapshot.api_token(id).await?.filter(|token| token.is_valid(now));
            token.map(|token| SessionHolder { actor: api_tokens::actor_of(&token), label: token.label })
        }
        Principal::User(name) => {
            let stored = snapshot.user(name).await?.filter(|it| it.user.disabled_at.is_none());
            // One from before everybody had to have a passkey is over for whoever has none.
            let stored = stored.filter(|it| !passkeys::lacks_one(keystile, it));
            stored.map(|it| SessionHolder { actor: users::actor_of(&it.user), label: name.clone() })
        }
        Principal::Local(_) | Principal::Server => None,
    })
}

/// What the log calls it by: the token's id, or the user's name.
fn subject(owner: &Principal) -> &str {
    match owner {
        Principal::Token(id) => id,
        Principal::User(name) | Principal::Local(name) => name,
        Principal::Server => "steward",
    }
}

fn id_of(session: &Session) -> String {
    session.cookie_hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn view(session: &Session, SessionHolder { actor, label }: SessionHolder) -> SessionView {
    let (token_id, user) = match &session.owner {
        Principal::Token(id) => (Some(id.clone()), None),
        Principal::User(name) => (None, Some(name.clone())),
        Principal::Local(_) | Principal::Server => (None, None),
    };
    SessionView {
        id: id_of(session),
        token_id,
        user,
        label,
        role: actor.role(),
        last_used_at: session.last_used_at,
        expires_at: session.expires_at,
    }
}
