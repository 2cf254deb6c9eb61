//! Sessions of the console: opened with an API token, kept as a hash, ended by time, by hand or with their token.

use super::api_tokens::{self, hash};
use super::{Keystile, OperationError, random};
use crate::audit::{Action, Record};
use crate::domain::{Actor, Permission, Role, SecretText, Timestamp};
use crate::store::{ApiToken, Session, Snapshot};

/// A working day and its overtime.
const LONGEST_SECS: u64 = 12 * 3600;
const IDLE_SECS: u64 = 3600;
const NOTED_EVERY_SECS: u64 = 60;

/// A session that was just opened.
pub struct NewSession {
    /// The value of the cookie.
    pub cookie: SecretText,
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
    Ok(NewSession { cookie, role: token.role, label: token.label, expires_at: session.expires_at })
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
    let open = now < session.expires_at && now.since(session.last_used_at) < IDLE_SECS;
    if open && token.is_valid(now) { Ok((session, token)) } else { Err(OperationError::Unauthenticated) }
}
