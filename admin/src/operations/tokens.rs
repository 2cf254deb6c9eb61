//! Signing a token, and judging one as the edge would.

mod desk;
mod draft;

use keystile_validator::{
    Expected, Floor, KeySetError, Limits, Policy, UnixTime, UnverifiedKeySet, ValidatedToken,
    ValidationError, Validator, Verdict,
};
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::instrument;
use utoipa::ToSchema;

use super::{Keystile, OperationError, filters, keystile};
use crate::domain::{Actor, Audience, Issuer, IssuerId, IssuerState, Permission, Timestamp};
use crate::store::Snapshot;
use crate::telemetry::SPANS;

pub(super) use desk::Desk;

/// What is asked to be signed.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// The `sub` claim.
    pub subject: String,
    /// The `aud` claim; otherwise the issuer's.
    pub audience: Option<Audience>,
    /// How long it lives; otherwise as long as an access token. Never longer than the policy's longest token.
    pub lifetime_secs: Option<u64>,
    /// Further claims. The registered ones the server sets itself are refused here.
    pub claims: Map<String, Value>,
}

/// A signed token. It is a credential: show it once, never log it.
#[derive(Serialize, ToSchema)]
pub struct MintedToken {
    /// The compact JWS.
    pub token: String,
    /// When it expires.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// The key that signed it.
    pub kid: String,
}

/// What the edge would say to a token now.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Inspection {
    /// Whether it would be let through.
    pub ok: bool,
    /// The code of the refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub code: Option<&'static str>,
    /// What the refusal means, and the remedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The header of a token that would be let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub header: Option<Value>,
    /// The claims of a token that would be let through.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub claims: Option<Value>,
}

/// Signs a token with the active key.
#[instrument(name = "tokens.mint", target = SPANS, skip_all)]
pub async fn mint(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    request: TokenRequest,
) -> Result<MintedToken, OperationError> {
    actor.may_at(Permission::MintTokens, issuer)?;
    desk::mint(keystile, actor, issuer, request).await
}

/// Judges a token with the current key set and the issuer's `iss` and `aud`.
pub async fn inspect(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    token: &str,
) -> Result<Inspection, OperationError> {
    actor.may_at(Permission::Read, issuer)?;
    let mut snapshot = keystile.store.read().await?;
    let state = keystile.state(&mut snapshot, issuer).await?;
    let expected = expectations(&state.issuer, true)?;
    let judged = judge(keystile, &mut snapshot, &state, token, expected).await?;
    Ok(verdict(judged))
}

/// What every edge says to a token that has the current key set.
pub(super) async fn judge(
    keystile: &Keystile,
    snapshot: &mut Snapshot,
    state: &IssuerState,
    token: &str,
    expected: Policy,
) -> Result<Result<ValidatedToken, ValidationError>, OperationError> {
    let (issuer, now) = (&state.issuer.id, UnixTime::from(keystile.now()));
    let roots = keystile::roots(snapshot).await?;
    let document = snapshot.current_key_set(issuer).await?.map(|set| set.document).unwrap_or_default();
    let signed = UnverifiedKeySet::parse(document.as_bytes(), &Limits::default())
        .and_then(|unverified| unverified.verify(&roots))
        .map_err(refused)?;
    let filters = filters::open(snapshot, issuer, signed.filters()).await?;
    let key_set =
        signed.with_filters(&filters).trusted(&state.issuer.iss, now, &Floor::default()).map_err(refused)?;
    Ok(match Validator::new(key_set, expected).judge(token.as_bytes(), now) {
        Ok(Verdict::Believed(token)) => Ok(token),
        Ok(Verdict::Suspected(token)) => {
            let lists = filters::lists(snapshot, issuer, token.shards()).await?;
            token.confirm(&lists)
        }
        Err(error) => Err(error),
    })
}

fn refused(error: KeySetError) -> OperationError {
    OperationError::KeySetRefused { detail: error.to_string() }
}

fn verdict(judged: Result<ValidatedToken, ValidationError>) -> Inspection {
    match judged {
        Ok(token) => Inspection {
            ok: true,
            code: None,
            detail: None,
            header: serde_json::from_str(token.header_json()).ok(),
            claims: serde_json::from_str(token.claims_json()).ok(),
        },
        Err(error) => Inspection {
            ok: false,
            code: Some(error.code().as_str()),
            detail: Some(error.to_string()),
            header: None,
            claims: None,
        },
    }
}

/// What an edge demands of a token of this issuer; the audience, where it is one for this edge.
pub(super) fn expectations(issuer: &Issuer, for_us: bool) -> Result<Policy, OperationError> {
    let audience = match issuer.audience.as_ref().filter(|_| for_us) {
        None => Expected::NotChecked,
        Some(Audience::One(name)) => Expected::one_of([name]),
        Some(Audience::Many(names)) => Expected::one_of(names),
    };
    Policy::builder()
        .issuer(Expected::one_of([&issuer.iss]))
        .audience(audience)
        .leeway(issuer.policy.leeway_secs)
        .build()
        .map_err(|error| OperationError::InvalidInput { field: "issuer", detail: error.to_string() })
}
