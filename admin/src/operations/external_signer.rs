//! The contract of Kubernetes' external JWT signer (`ExternalJWTSigner`, v1): somebody else composes the payload, and the
//! server signs it, says which keys verify, and for how long a token may live. The fields are those of its `api.proto`.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};
use tracing::instrument;
use utoipa::ToSchema;

use super::{Keystile, OperationError, tokens};
use crate::audit::{Action, Record};
use crate::domain::{Actor, IssuerId, IssuerState, Permission, Timestamp};
use crate::signing::{public_to_der, sign_payload};
use crate::telemetry::SPANS;

/// What a token may have at most, by the limits of the validator.
const LONGEST_PAYLOAD: usize = 12 * 1024;

/// `SignJWTResponse`.
#[derive(Serialize, ToSchema)]
pub struct SignedPayload {
    /// The first segment of the token.
    pub header: String,
    /// Its last segment.
    pub signature: String,
}

/// `FetchKeysResponse`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerificationKeys {
    /// Every key whose tokens are good.
    pub keys: Vec<VerificationKey>,
    /// When they were read.
    #[schema(value_type = String, format = DateTime)]
    pub data_timestamp: Timestamp,
    /// After how many seconds to ask again.
    pub refresh_hint_seconds: u64,
}

/// `Key`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct VerificationKey {
    /// The `kid`.
    pub key_id: String,
    /// The public half as a SubjectPublicKeyInfo, in base64.
    pub key: String,
    /// Never: every key verifies tokens for everybody.
    pub exclude_from_oidc_discovery: bool,
}

/// `MetadataResponse`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct SignerMetadata {
    /// The longest life of a token that is signed for this caller.
    pub max_token_expiration_seconds: u64,
}

/// Signs the second segment of a token, as it is: base64url of a JSON object of claims.
///
/// Refused unless the token ends in time, keeps to the rules of the caller's API token, and is one that every edge would
/// believe now.
#[instrument(name = "external_signer.sign", target = SPANS, skip_all)]
pub async fn sign(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    payload: &str,
) -> Result<SignedPayload, OperationError> {
    actor.may_at(Permission::MintTokens, issuer)?;
    let claims = read(payload)?;
    let mut change = keystile.store.write().await?;
    let state = keystile.state(&mut change, issuer).await?;
    let now = keystile.now();
    check(&state, actor, &claims, now).map_err(invalid)?;
    let kid = state.ring.active().kid().to_owned();
    let private = keystile.token_key(&mut change, issuer, &kid).await?;
    let token = sign_payload(&private, payload)?;
    let expected = tokens::expectations(&state.issuer, false)?;
    let judged = tokens::judge(keystile, &mut change, &state, &token, expected).await?;
    judged.map_err(|error| invalid(format!("no edge would believe the token: {error}")))?;
    let after = ["sub", "aud", "exp", "jti"].map(|name| (name.to_owned(), claims.get(name).cloned().into()));
    let record = Record::new(now, actor, Action::TokenMinted, &kid).of_issuer(issuer);
    change.record(record.changing(None, Some(Value::Object(after.into_iter().collect())))).await?;
    change.commit().await?;
    let segments = |token: &str| {
        let (header, rest) = token.split_once('.')?;
        let (_, signature) = rest.rsplit_once('.')?;
        Some(SignedPayload { header: header.to_owned(), signature: signature.to_owned() })
    };
    segments(&token).ok_or(OperationError::Internal { detail: "a token without segments".to_owned() })
}

/// The keys that verify, the one that signs among them.
pub async fn keys(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<VerificationKeys, OperationError> {
    actor.may_at(Permission::MintTokens, issuer)?;
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    let key = |public| Ok::<_, OperationError>(STANDARD.encode(public_to_der(public)?));
    let published = state.ring.published().into_iter().map(|published| {
        Ok(VerificationKey {
            key_id: published.kid().to_owned(),
            key: key(&published.facts().public)?,
            exclude_from_oidc_discovery: false,
        })
    });
    Ok(VerificationKeys {
        keys: published.collect::<Result<_, OperationError>>()?,
        data_timestamp: keystile.now(),
        refresh_hint_seconds: state.issuer.policy.propagation.refresh_secs.max(1),
    })
}

/// For how long a token of this caller may live.
pub async fn metadata(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
) -> Result<SignerMetadata, OperationError> {
    actor.may_at(Permission::MintTokens, issuer)?;
    let state = keystile.state(&mut keystile.store.read().await?, issuer).await?;
    Ok(SignerMetadata { max_token_expiration_seconds: longest(&state, actor) })
}

fn longest(state: &IssuerState, actor: &Actor) -> u64 {
    let own = actor.minting().max_lifetime_secs.unwrap_or(u64::MAX);
    state.issuer.policy.longest_token_lifetime_secs().min(own)
}

fn read(payload: &str) -> Result<Map<String, Value>, OperationError> {
    if payload.len() > LONGEST_PAYLOAD {
        return Err(invalid(format!("a payload has {LONGEST_PAYLOAD} characters at most")));
    }
    let json = URL_SAFE_NO_PAD.decode(payload);
    let json = json.map_err(|_| invalid("the payload is not base64url without padding".to_owned()))?;
    serde_json::from_slice(&json).map_err(|_| invalid("the payload is not a JSON object".to_owned()))
}

/// What the validator does not check: the retire window counts on no token living longer, and the caller has rules.
fn check(
    state: &IssuerState,
    actor: &Actor,
    claims: &Map<String, Value>,
    now: Timestamp,
) -> Result<(), String> {
    let longest = longest(state, actor);
    let exp = claims.get("exp").and_then(Value::as_u64).ok_or("`exp` must be a whole number of seconds")?;
    if exp <= now.as_secs() || exp > now.plus(longest).as_secs() {
        return Err(format!("`exp` must be within the next {longest} s"));
    }
    let audiences = match claims.get("aud") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let rules = actor.minting();
    rules.check_audiences(audiences.into_iter()).map_err(|outside| outside.to_string())?;
    rules.check_claims(claims).map_err(|outside| outside.to_string())?;
    rules.missing(claims).map_or(Ok(()), |name| Err(format!("the claim `{name}` is missing")))
}

fn invalid(detail: String) -> OperationError {
    OperationError::InvalidInput { field: "claims", detail }
}
