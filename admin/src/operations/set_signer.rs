//! What signs key sets: a root whose private half is here, or a key that an offline root delegates it to for a while.

use serde_json::json;

use super::approvals::{self, Deed};
use super::keystile::{self, root_context};
use super::{Keystile, OperationError, SetSignerKind, SetSignerView, reason};
use crate::audit::Action;
use crate::domain::{
    Actor, Delegated, IssuerId, IssuerState, KeySize, Permission, Root, SetSigningKey, Timestamp,
    check_pinned,
};
use crate::seal::SealContext;
use crate::signing::{DelegationRequest, SetSigner, VerifiedDelegation, verify_delegation};
use crate::store::{SET_SIGNING_KEY, Snapshot};

/// It is read once per key set, not once per token, and protects everything that the root protects.
const KEY_SIZE: KeySize = KeySize::Rsa3072;

/// The bound of the format (docs/format.md, section 6).
const HIGHEST_GENERATION: u64 = (1 << 53) - 1;

/// What an offline root is to be asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestOrder {
    /// Whether to make a key of the next generation, and not to renew the delegation of the present one.
    pub new_key: bool,
    /// The generation that the key must be above.
    pub above: Option<u64>,
}

/// A delegation to install.
#[derive(Debug, Clone, Default)]
pub struct DelegationOrder {
    /// The compact JWS.
    pub delegation: String,
    /// Why not to wait until every region says that it has pinned the root.
    pub override_reason: Option<String>,
}

/// What signs the key sets of an issuer now, and until when.
pub async fn get(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<SetSignerView, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let mut snapshot = keystile.store.read().await?;
    keystile.state(&mut snapshot, issuer).await?;
    view(&mut snapshot, issuer, keystile.now()).await
}

/// What an offline root is asked to sign: the set-signing key of this issuer, which is made where there is none.
///
/// With `new_key` a key of the next generation is made, and with `above` one of a generation above that: after the
/// restore of a backup the database does not know how far the generations had counted. Once its delegation is installed, the key before is shut out at
/// every reader: that is how a stolen one is withdrawn.
pub async fn request(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    RequestOrder { new_key, above }: RequestOrder,
) -> Result<DelegationRequest, OperationError> {
    actor.may_at(Permission::Administer, issuer)?;
    let mut snapshot = keystile.store.read().await?;
    let state = keystile.state(&mut snapshot, issuer).await?;
    let newest = snapshot.set_signing_keys(issuer).await?.into_iter().next();
    drop(snapshot);
    let iss = &state.issuer.iss;
    if let Some(key) =
        newest.as_ref().filter(|key| !new_key && above.is_none_or(|above| key.generation > above))
    {
        return Ok(DelegationRequest::of(iss, key.generation, &key.public)?);
    }
    let private = keystile.generate(KEY_SIZE).await?;
    let mut amendment = keystile.amend(issuer).await?;
    let highest = amendment.change.set_signing_keys(issuer).await?.first().map_or(0, |key| key.generation);
    let generation = highest.max(above.unwrap_or(0)).saturating_add(1);
    if generation > HIGHEST_GENERATION {
        let detail = format!("the highest generation is {HIGHEST_GENERATION}");
        return Err(OperationError::InvalidInput { field: "above", detail });
    }
    let key = SetSigningKey {
        public: private.public().clone(),
        created_at: amendment.now,
        generation,
        delegation: None,
    };
    let context = set_signing_context(issuer, key.kid());
    let sealed = keystile.seal(&mut amendment.change, &context, &private.to_pkcs8()?).await?;
    amendment.change.keep_secret(&context, &sealed).await?;
    amendment.change.save_set_signing_key(issuer, &key).await?;
    let after = json!({ "generation": key.generation });
    amendment.record(actor, Action::SetSigningKeyCreated, key.kid(), None, None, Some(after)).await?;
    amendment.commit().await?;
    Ok(DelegationRequest::of(iss, key.generation, &key.public)?)
}

/// Installs what an offline root has signed, and publishes under it at once.
///
/// Refused with `root_not_pinned` while a region does not say that it has pinned the root, unless the root vouches for
/// the present key sets already, or `override_reason` says why not to wait.
pub async fn install(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    order: DelegationOrder,
) -> Result<SetSignerView, OperationError> {
    actor.may_at(Permission::Administer, issuer)?;
    let override_reason = reason::optional("override_reason", order.override_reason.as_deref())?;
    let mut amendment = keystile.amend(issuer).await?;
    let now = amendment.now;
    let roots = keystile::roots(&mut amendment.change).await?;
    let document = order.delegation.trim();
    let verified = verify_delegation(document, &roots)?;
    let mut keys = amendment.change.set_signing_keys(issuer).await?;
    let position = check(&verified, &keys, &amendment.state, now)?;
    let before = view(&mut amendment.change, issuer, now).await?;
    if before.root.as_deref() != Some(verified.root.as_str()) && override_reason.is_none() {
        check_pinned(&verified.root, &amendment.state.regions).map_err(OperationError::RootNotPinned)?;
    }
    let deed = Deed::InstallDelegation {
        issuer: issuer.to_string(),
        delegation: document.to_owned(),
        override_reason: override_reason.clone(),
    };
    approvals::pass(&mut amendment.change, actor, &deed, now).await?;
    let mut key = keys.swap_remove(position);
    key.delegation = Some(Delegated {
        document: document.to_owned(),
        root: verified.root,
        not_before: Timestamp::from_secs(verified.content.not_before().as_secs()),
        expires_at: Timestamp::from_secs(verified.content.expires_at().as_secs()),
    });
    amendment.change.save_set_signing_key(issuer, &key).await?;
    amendment.change.destroy_generations_below(issuer, key.generation).await?;
    let after = view(&mut amendment.change, issuer, now).await?;
    let [before, shown] = [&before, &after].map(|view| serde_json::to_value(view).ok());
    let (action, because) = (Action::DelegationInstalled, override_reason.as_deref());
    amendment.record(actor, action, key.kid(), because, before, shown).await?;
    amendment.publish().await?;
    Ok(after)
}

/// Which of our keys it delegates to, if it can be used now.
fn check(
    verified: &VerifiedDelegation,
    keys: &[SetSigningKey],
    state: &IssuerState,
    now: Timestamp,
) -> Result<usize, OperationError> {
    let refused = |detail: String| Err(OperationError::DelegationRefused { detail });
    let content = &verified.content;
    if content.issuer() != state.issuer.iss {
        return refused(format!(
            "it is for the issuer `{}`, not for `{}`",
            content.issuer(),
            state.issuer.iss
        ));
    }
    let ours = |key: &SetSigningKey| key.public.thumbprint() == content.key().thumbprint();
    let Some(position) = keys.iter().position(ours) else {
        return refused("it is for a key that this server does not have, or has given up".to_owned());
    };
    let asked = keys.get(position).map_or(0, |key| key.generation);
    if content.generation() != asked {
        return refused(format!(
            "it is of generation {}, and the request was of {asked}",
            content.generation()
        ));
    }
    let (from, until) = (content.not_before().as_secs(), content.expires_at().as_secs());
    if from > now.as_secs() {
        return refused(format!("it is valid from {} on", Timestamp::from_secs(from)));
    }
    // One that ends before its first key set has arrived everywhere would close the edge.
    let bound = state.issuer.policy.propagation_bound_secs();
    if until <= now.plus(bound).as_secs() {
        return refused(format!("it is valid until {} only", Timestamp::from_secs(until)));
    }
    Ok(position)
}

impl Keystile {
    /// What signs the key sets of an issuer now: a key that is delegated to, or a root.
    pub(super) async fn set_signer(
        &self,
        snapshot: &mut Snapshot,
        issuer: &IssuerId,
    ) -> Result<(SetSigner, Option<Timestamp>), OperationError> {
        let roots = keystile::roots(snapshot).await?;
        match chosen(snapshot, issuer, self.now()).await? {
            Chosen::Delegated(key, delegated) => {
                let private = self.open_key(snapshot, &set_signing_context(issuer, key.kid())).await?;
                let signer = SetSigner { key: private, delegation: Some(delegated.document), roots };
                Ok((signer, Some(delegated.expires_at)))
            }
            Chosen::Root(root) => {
                let private = self.open_key(snapshot, &root_context(&root.public)).await?;
                Ok((SetSigner { key: private, delegation: None, roots }, None))
            }
            Chosen::Nobody => Err(OperationError::NoSetSigner),
        }
    }
}

enum Chosen {
    Delegated(SetSigningKey, Delegated),
    Root(Root),
    Nobody,
}

/// The key of the highest generation that may sign now; otherwise the newest root whose private half is here.
async fn chosen(
    snapshot: &mut Snapshot,
    issuer: &IssuerId,
    now: Timestamp,
) -> Result<Chosen, OperationError> {
    for key in snapshot.set_signing_keys(issuer).await? {
        if let Some(delegated) = key.delegated(now).cloned() {
            return Ok(Chosen::Delegated(key, delegated));
        }
    }
    let online = |root: &Root| root.withdrawn_at.is_none() && root.has_private_key;
    Ok(snapshot.roots().await?.into_iter().find(online).map_or(Chosen::Nobody, Chosen::Root))
}

/// What signs the key sets of an issuer, for people.
pub(super) async fn view(
    snapshot: &mut Snapshot,
    issuer: &IssuerId,
    now: Timestamp,
) -> Result<SetSignerView, OperationError> {
    Ok(match chosen(snapshot, issuer, now).await? {
        Chosen::Delegated(key, delegated) => SetSignerView {
            kind: SetSignerKind::Delegation,
            kid: Some(key.kid().to_owned()),
            generation: Some(key.generation),
            expires_at: Some(delegated.expires_at),
            renew_from: Some(delegated.renew_from()),
            warning: warning(&delegated, now),
            root: Some(delegated.root),
        },
        Chosen::Root(root) => SetSignerView {
            kind: SetSignerKind::Root,
            kid: Some(root.kid().to_owned()),
            root: Some(root.kid().to_owned()),
            ..SetSignerView::nobody()
        },
        Chosen::Nobody => SetSignerView {
            warning: Some(OperationError::NoSetSigner.to_string()),
            ..SetSignerView::nobody()
        },
    })
}

fn warning(delegated: &Delegated, now: Timestamp) -> Option<String> {
    (now >= delegated.renew_from()).then(|| {
        format!(
            "the delegation ends at {}: have it renewed with `keystile root request` before no edge believes a key set",
            delegated.expires_at
        )
    })
}

fn set_signing_context<'a>(issuer: &'a IssuerId, kid: &'a str) -> SealContext<'a> {
    SealContext { purpose: SET_SIGNING_KEY, owner: issuer.as_str(), name: kid }
}
