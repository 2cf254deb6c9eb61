//! The one place at which a deed is let through.

use super::deed::digest;
use super::{Credential, Deed, about, find, view};
use crate::audit::Action;
use crate::domain::{
    Actor, ApprovalError, Forbidden, IssuerId, Permission, Principal, Role, Timestamp, UserName, Verdict,
};
use crate::operations::{OperationError, api_tokens};
use crate::store::{Change, Snapshot, StoredApproval};

/// Lets `deed` through, or refuses it. An approval that it comes with is used up in the same transaction, whether the policy
/// wants one or not: nobody keeps it for another day.
pub(in crate::operations) async fn pass(
    change: &mut Change,
    actor: &Actor,
    deed: &Deed,
    now: Timestamp,
) -> Result<(), OperationError> {
    let Some(id) = actor.approval() else {
        return match is_required(change, deed).await? {
            true => Err(OperationError::ApprovalRequired { deed: deed.kind() }),
            false => Ok(()),
        };
    };
    let mut stored = find(change, id).await?;
    // What lies in the database was written by this program, unless somebody else could write there too.
    if digest(&stored.deed) != stored.approval.digest {
        return Err(ApprovalError::OtherDeed { id: id.to_owned() }.into());
    }
    stored.approval.use_up(actor.principal(), &digest(&deed.to_text()?), now)?;
    check_approver(change, &stored, deed.permission(), now).await?;
    change.save_approval(&stored).await?;
    let record = about(&stored, &view::deed(&stored)?, actor, Action::ApprovalUsed, now);
    Ok(change.record(record).await?)
}

/// Whether access with this role is given by two people now.
pub(in crate::operations) async fn grants_take_two(
    snapshot: &mut Snapshot,
    to: &UserName,
    role: Role,
) -> Result<bool, OperationError> {
    let deed = Deed::GrantAccess { by: Credential::User, to: to.to_string(), role };
    Ok(Deed::is_grant(role) && is_required(snapshot, &deed).await?)
}

/// Whether the policy wants two people for it. What concerns the server itself concerns all its issuers.
pub(super) async fn is_required(snapshot: &mut Snapshot, deed: &Deed) -> Result<bool, OperationError> {
    for id in snapshot.issuer_ids().await? {
        let concerned = deed.issuer().is_none_or(|issuer| issuer == id.as_str());
        let issuer = snapshot.issuer(&id).await?;
        if concerned && issuer.is_some_and(|issuer| issuer.policy.approval_required) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns `Ok` only if the actor may do it, and so answer for it.
pub(super) fn may(actor: &Actor, permission: Permission, issuer: Option<&IssuerId>) -> Result<(), Forbidden> {
    match issuer {
        Some(issuer) => actor.may_at(permission, issuer),
        None => actor.may(permission),
    }
}

/// Whoever approved it must be able to approve it now: a credential that was taken away meanwhile was taken away for a reason.
async fn check_approver(
    snapshot: &mut Snapshot,
    stored: &StoredApproval,
    permission: Permission,
    now: Timestamp,
) -> Result<(), OperationError> {
    let Some(answer) = stored.approval.answer.as_ref().filter(|it| it.verdict == Verdict::Approved) else {
        return Ok(());
    };
    let still_may = match &answer.by {
        Principal::Token(id) => {
            let token = snapshot.api_token(id).await?;
            let valid = token.filter(|token| token.is_valid(now));
            valid.is_some_and(|token| {
                may(&api_tokens::actor_of(&token), permission, stored.issuer.as_ref()).is_ok()
            })
        }
        Principal::User(name) => {
            let stored = snapshot.user(name).await?;
            stored.is_some_and(|it| it.user.disabled_at.is_none() && it.user.role.grants(permission))
        }
        Principal::Local(_) => true,
        Principal::Server => false,
    };
    if still_may {
        return Ok(());
    }
    let (id, by) = (stored.approval.id.clone(), answer.by.clone());
    Err(ApprovalError::ApproverGone { id, by }.into())
}
