//! Sessions of the console: opened with an API token, kept as a hash, ended by time, by hand or with their token.

use serde::Serialize;
use utoipa::ToSchema;

use super::api_tokens::{self, hash};
use super::{Keystile, OperationError, random};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Permission, Principal, Role, SecretText, Timestamp};
use crate::store::{ApiToken, Session, Snapshot};

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
    /// The role of the token it was opened with.
    pub role: Role,
    /// The label of that token.
    pub label: String,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// Who a session belongs to.
pub struct SessionHolder {
    /// Who acts.
    pub actor: Actor,
    /// The label of the token it was opened with.
    pub label: String,
}

/// A session, as it is shown to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionView {
    /// What it is ended by: the beginning of a hash of its cookie, with which nobody can sign in.
    pub id: String,
    /// The API token it was opened with.
    pub token_id: String,
    /// The label of that token.
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
        let token = snapshot.api_token(&session.token_id).await?.filter(|token| token.is_valid(now));
        if let Some(token) = token.filter(|_| is_open(&session, now)) {
            views.push(view(&session, token));
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
    change.end_session(&session.ok_or_else(not_found)?.cookie_hash).await?;
    let before = serde_json::to_value(&view).ok();
    let record = Record::new(keystile.now(), actor, Action::SessionEnded, &view.token_id);
    change.record(record.changing(before, None)).await?;
    change.commit().await?;
    Ok(view)
}

/// Opens a session for the holder of an API token. Tokens of the edge and of signers open none.
pub async fn create(keystile: &Keystile, api_token: &str) -> Result<NewSession, OperationError> {
    let token = api_tokens::find(keystile, api_token).await?;
    let actor = api_tokens::actor_of(&token);
    actor.may(Permission::Read)?;
    let now = keystile.now();
    let cookie = SecretText::new(random::text::<32>()?);
    let session = Session {
        cookie_hash: hash(cookie.reveal()),
        token_id: token.id.clone(),
        last_used_at: now,
        expires_at: now.plus(LONGEST_SECS),
    };
    let mut change = keystile.store.write().await?;
    change.forget_sessions_before(now).await?;
    change.save_session(&session).await?;
    change.record(Record::new(now, &actor, Action::SessionOpened, &token.id)).await?;
    change.commit().await?;
    let principal = actor.principal().clone();
    Ok(NewSession { cookie, principal, role: token.role, label: token.label, expires_at: session.expires_at })
}

/// Who presents this cookie. A session that was idle for an hour, or open for twelve, is over.
pub async fn authenticate(keystile: &Keystile, cookie: &str) -> Result<SessionHolder, OperationError> {
    let now = keystile.now();
    let mut snapshot = keystile.store.read().await?;
    let (session, token) = valid(&mut snapshot, cookie, now).await?;
    drop(snapshot);
    if now.since(session.last_used_at) >= NOTED_EVERY_SECS {
        let mut change = keystile.store.write().await?;
        // Read again under the lock, because it may have been ended in between.
        let (session, _) = valid(&mut change, cookie, now).await?;
        change.save_session(&Session { last_used_at: now, ..session }).await?;
        change.commit().await?;
    }
    Ok(SessionHolder { actor: api_tokens::actor_of(&token), label: token.label })
}

/// Ends the session. Does nothing where there is none.
pub async fn end(keystile: &Keystile, cookie: &str) -> Result<(), OperationError> {
    let now = keystile.now();
    let mut change = keystile.store.write().await?;
    let Ok((session, token)) = valid(&mut change, cookie, now).await else { return Ok(()) };
    change.end_session(&session.cookie_hash).await?;
    let actor = api_tokens::actor_of(&token);
    change.record(Record::new(now, &actor, Action::SessionEnded, &token.id)).await?;
    Ok(change.commit().await?)
}

async fn valid(
    snapshot: &mut Snapshot,
    cookie: &str,
    now: Timestamp,
) -> Result<(Session, ApiToken), OperationError> {
    let session = snapshot.session(&hash(cookie)).await?.ok_or(OperationError::Unauthenticated)?;
    let token = snapshot.api_token(&session.token_id).await?.ok_or(OperationError::Unauthenticated)?;
    if is_open(&session, now) && token.is_valid(now) {
        Ok((session, token))
    } else {
        Err(OperationError::Unauthenticated)
    }
}

fn is_open(session: &Session, now: Timestamp) -> bool {
    now < session.expires_at && now.since(session.last_used_at) < IDLE_SECS
}

fn id_of(session: &Session) -> String {
    session.cookie_hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn view(session: &Session, token: ApiToken) -> SessionView {
    SessionView {
        id: id_of(session),
        token_id: token.id,
        label: token.label,
        role: token.role,
        last_used_at: session.last_used_at,
        expires_at: session.expires_at,
    }
}
