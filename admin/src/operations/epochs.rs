//! Not-before instants: every token issued earlier is refused at the edge, whichever key signed it.

use serde::Serialize;
use serde_json::json;
use tracing::instrument;
use utoipa::ToSchema;

use super::{Keystile, OperationError, reason};
use crate::audit::Action;
use crate::domain::{Actor, IssuerId, IssuerState, LONGEST_VALUE, Permission, Scope, Timestamp};
use crate::telemetry::SPANS;

/// An epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EpochView {
    /// `all`, `kid`, `sub`, `sid` or `client_id`.
    #[schema(value_type = String, example = "sub")]
    pub scope: &'static str,
    /// Whom it means; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Tokens issued before this instant are refused.
    #[schema(value_type = String, format = DateTime)]
    pub before: Timestamp,
    /// The same as a NumericDate, which the document has.
    pub epoch: u64,
}

impl EpochView {
    fn new(scope: &Scope, before: Timestamp) -> Self {
        let value = Some(scope.value().to_owned()).filter(|value| !value.is_empty());
        Self { scope: scope.name(), value, before, epoch: before.as_secs() }
    }
}

/// The scope that a door names.
pub fn scope(name: &str, value: Option<&str>) -> Result<Scope, OperationError> {
    let refused = |detail: String| OperationError::InvalidInput { field: "scope", detail };
    let value = value.unwrap_or_default();
    if value.len() > LONGEST_VALUE {
        return Err(refused(format!("the value is too long: use at most {LONGEST_VALUE} bytes")));
    }
    Scope::new(name, value).ok_or_else(|| {
        refused("use `all` without a value, or `kid`, `sub`, `sid` or `client_id` with one".to_owned())
    })
}

/// The epochs of an issuer.
pub async fn list(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<Vec<EpochView>, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    Ok(state.epochs.iter().map(|(scope, before)| EpochView::new(scope, before)).collect())
}

/// Refuses the tokens in `scope` that were issued before `before`: at the latest the present, and if it is left out
/// everything that was issued until now.
///
/// A token has the second in which it was issued, and one of the present second may be from before or after this
/// moment. So that all of those from before are refused, the epoch is the next second; this server dates what it signs
/// meanwhile by it. An epoch never falls, and an earlier one than there is changes nothing.
#[instrument(name = "epochs.raise", target = SPANS, skip_all)]
pub async fn raise(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    scope: Scope,
    before: Option<Timestamp>,
    reason: &str,
) -> Result<EpochView, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let reason = reason::required("reason", reason)?;
    let mut amendment = keystile.amend(issuer).await?;
    let present = amendment.state.epochs.of(&scope);
    let epoch = apply(&mut amendment.state, &scope, before, amendment.now)?;
    if present == Some(epoch) {
        return Ok(EpochView::new(&scope, epoch));
    }
    let before = present.map(|present| json!({ "epoch": present.as_secs() }));
    let after = json!({ "epoch": epoch.as_secs(), "version": amendment.next_version() });
    let subject = scope.to_string();
    amendment.record(actor, Action::EpochRaised, &subject, Some(&reason), before, Some(after)).await?;
    amendment.publish().await?;
    Ok(EpochView::new(&scope, epoch))
}

/// What raising it would do now. Changes nothing.
pub async fn rehearse(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    scope: Scope,
    before: Option<Timestamp>,
) -> Result<EpochView, OperationError> {
    actor.may_at(Permission::Operate, issuer)?;
    let mut state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    let epoch = apply(&mut state, &scope, before, keystile.now())?;
    Ok(EpochView::new(&scope, epoch))
}

/// Raises the epoch, unless there is a higher one, and says which holds then.
fn apply(
    state: &mut IssuerState,
    scope: &Scope,
    before: Option<Timestamp>,
    now: Timestamp,
) -> Result<Timestamp, OperationError> {
    let next = now.plus(1);
    let epoch = before.unwrap_or(next);
    if epoch > next {
        let detail = format!("`{epoch}` is in the future: give the present or an earlier instant");
        return Err(OperationError::InvalidInput { field: "before", detail });
    }
    if let Scope::Key(kid) = scope {
        state.ring.get(kid)?;
    }
    if let Some(present) = state.epochs.of(scope).filter(|present| *present >= epoch) {
        return Ok(present);
    }
    state.epochs.raise(scope.clone(), epoch);
    if state.epochs.fit() { Ok(epoch) } else { Err(OperationError::TooManyEpochs) }
}
