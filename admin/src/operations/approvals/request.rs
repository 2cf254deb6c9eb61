//! Asking for a deed, and going on without an answer.

use super::deed::digest;
use super::{ApprovalView, Deed, about, passage, view};
use crate::audit::Action;
use crate::domain::{Actor, Approval, ApprovalState, IssuerId, IssuerState};
use crate::operations::rollback::{RollbackOrder, rollback};
use crate::operations::{
    Keystile, OperationError, emergency, hand_off, legal_holds, random, reason, retention,
};
use crate::store::StoredApproval;

/// Each is a question to somebody, and nobody reads more of them.
const MOST_OPEN: usize = 100;
/// Whoever asks for more is a program, or wants nobody else to get a word in.
const MOST_OPEN_EACH: usize = 10;

/// Asks for another person's approval. Whoever asks for the same again while it waits gets the same request.
pub async fn ask(keystile: &Keystile, actor: &Actor, deed: Deed) -> Result<ApprovalView, OperationError> {
    request(keystile, actor, deed, None).await
}

/// Goes on alone: the request counts as approved at once, an alert says so until somebody else has looked at it.
pub async fn break_glass(
    keystile: &Keystile,
    actor: &Actor,
    deed: Deed,
    reason: &str,
) -> Result<ApprovalView, OperationError> {
    let reason = reason::required("break_glass", reason)?;
    request(keystile, actor, deed, Some(reason)).await
}

async fn request(
    keystile: &Keystile,
    actor: &Actor,
    deed: Deed,
    break_glass: Option<String>,
) -> Result<ApprovalView, OperationError> {
    let issuer = deed.issuer().map(issuer_id).transpose();
    passage::may(actor, deed.permission(), issuer.as_ref().ok().and_then(Option::as_ref))?;
    let issuer = issuer?;
    let deed = settled(keystile, actor, deed).await?;
    let text = deed.to_text()?;
    let mut change = keystile.store.write().await?;
    let now = keystile.now();
    if !passage::is_required(&mut change, &deed).await? {
        return Err(OperationError::ApprovalNotRequired { deed: deed.kind() });
    }
    if break_glass.is_none() {
        let open = change.open_approvals().await?;
        let open: Vec<_> = open.into_iter().filter(|it| is_good(it.approval.state(now))).collect();
        let mine = |it: &&StoredApproval| it.approval.asked_by == *actor.principal();
        if let Some(known) = open.iter().filter(mine).find(|it| it.deed == text) {
            return view::of(known.clone(), now);
        }
        for (count, most) in [(open.iter().filter(mine).count(), MOST_OPEN_EACH), (open.len(), MOST_OPEN)] {
            if count >= most {
                return Err(OperationError::TooManyApprovals { most });
            }
        }
    }
    let mut approval = Approval::asked(random::text::<12>()?, digest(&text), actor.principal().clone(), now);
    let action = match &break_glass {
        Some(reason) => {
            approval.break_glass(reason.clone());
            Action::GlassBroken
        }
        None => Action::ApprovalAsked,
    };
    let stored = StoredApproval { approval, deed: text, issuer, review: None };
    change.save_approval(&stored).await?;
    change.record(about(&stored, &deed, actor, action, now).because(break_glass.as_deref())).await?;
    change.commit().await?;
    keystile.bell.notify_one();
    view::of(stored, now)
}

const fn is_good(state: ApprovalState) -> bool {
    matches!(state, ApprovalState::Waiting | ApprovalState::Approved)
}

/// The deed with everything in it that makes a difference. Refused for what would refuse the deed itself, as far as that is
/// known without doing it.
async fn settled(keystile: &Keystile, actor: &Actor, deed: Deed) -> Result<Deed, OperationError> {
    Ok(match deed {
        Deed::Emergency { issuer, confirm, reason } => {
            let state = state(keystile, &issuer).await?;
            emergency::check_confirmation(&state, &confirm)?;
            let reason = reason::required("reason", &reason)?;
            Deed::Emergency { issuer, confirm: state.ring.active().kid().to_owned(), reason }
        }
        Deed::Rollback { issuer, reason, override_reason, .. } => {
            let order = RollbackOrder { reason, override_reason, dry_run: true };
            let (reason, override_reason) = order.reasons()?;
            let view = rollback(keystile, actor, &issuer_id(&issuer)?, order).await?;
            Deed::Rollback { issuer, kid: Some(view.kid), reason, override_reason }
        }
        Deed::AnnounceRoot { kid, reason } => {
            let reason = reason::optional("reason", reason.as_deref())?;
            Deed::AnnounceRoot { kid, reason }
        }
        Deed::WithdrawRoot { kid, reason } => {
            let reason = reason::required("reason", &reason)?;
            if !keystile.store.read().await?.roots().await?.iter().any(|root| root.kid() == kid) {
                return Err(OperationError::RootNotFound { kid });
            }
            Deed::WithdrawRoot { kid, reason }
        }
        Deed::InstallDelegation { issuer, delegation, override_reason } => {
            state(keystile, &issuer).await?;
            let override_reason = reason::optional("override_reason", override_reason.as_deref())?;
            let delegation = delegation.trim().to_owned();
            Deed::InstallDelegation { issuer, delegation, override_reason }
        }
        Deed::SetHandOff { issuer, targets } => {
            state(keystile, &issuer).await?;
            let targets = hand_off::in_order(keystile, targets)?;
            Deed::SetHandOff { issuer, targets }
        }
        Deed::ExportKey { issuer, .. } => {
            let kid = state(keystile, &issuer).await?.ring.active().kid().to_owned();
            Deed::ExportKey { issuer, kid: Some(kid) }
        }
        Deed::EndApproval { issuer } => {
            state(keystile, &issuer).await?;
            Deed::EndApproval { issuer }
        }
        Deed::ShortenRetention { days, reason } => {
            retention::check(Some(days))?;
            Deed::ShortenRetention { days, reason: reason::required("reason", &reason)? }
        }
        Deed::ReleaseHold { id, reason } => {
            legal_holds::find(&mut keystile.store.read().await?, &id).await?;
            Deed::ReleaseHold { id, reason: reason::required("reason", &reason)? }
        }
        Deed::GrantAccess { .. } => deed,
    })
}

async fn state(keystile: &Keystile, issuer: &str) -> Result<IssuerState, OperationError> {
    keystile.state(&mut keystile.store.read().await?, &issuer_id(issuer)?).await
}

fn issuer_id(issuer: &str) -> Result<IssuerId, OperationError> {
    issuer.parse().map_err(|_| OperationError::IssuerNotFound { issuer: issuer.to_owned() })
}
