//! Signing a token, and judging one as the edge would.

use keystile_validator::{
    Expected, Floor, KeySetError, Limits, Policy, UnixTime, UnverifiedKeySet, ValidatedToken,
    ValidationError, Validator, Verdict,
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::{Keystile, OperationError, filters, keystile, random};
use crate::audit::{Action, Record};
use crate::domain::{
    Actor, Audience, Issuer, IssuerId, IssuerState, MintingRules, OutsideRules, Permission, Timestamp,
};
use crate::signing::sign_token;
use crate::store::Snapshot;

/// The registered claims (RFC 7519, section 4.1) that a request cannot name in its further claims.
const SET_BY_THE_SERVER: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

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
pub async fn mint(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    request: TokenRequest,
) -> Result<MintedToken, OperationError> {
    actor.may(Permission::MintTokens)?;
    let mut change = keystile.store.write().await?;
    let state = keystile.state(&mut change, issuer).await?;
    let now = keystile.now();
    let kid = state.ring.active().kid().to_owned();
    let expires_at = now.plus(lifetime(&state.issuer.policy, actor.minting(), request.lifetime_secs)?);
    let request = within_rules(actor.minting(), &state.issuer, request)?;
    let mut claims = claims(&state.issuer, request, now, expires_at)?;
    // An epoch is a second ahead for the second in which it was raised; what is signed after it is not what it meant.
    let epoch = state.epochs.newest_for(&kid, |claim| claims.get(claim).and_then(Value::as_str));
    if let Some(epoch) = epoch.filter(|epoch| *epoch > now) {
        claims.insert("iat".to_owned(), epoch.as_secs().into());
    }
    let private = keystile.token_key(&mut change, issuer, &kid).await?;
    let token = sign_token(&private, &claims)?;
    let after = ["sub", "aud", "exp", "jti"].map(|name| (name.to_owned(), claims.get(name).cloned().into()));
    let record = Record::new(now, actor, Action::TokenMinted, &kid).of_issuer(issuer);
    change.record(record.changing(None, Some(Value::Object(after.into_iter().collect())))).await?;
    change.commit().await?;
    Ok(MintedToken { token, expires_at, kid })
}

/// Judges a token with the current key set and the issuer's `iss` and `aud`.
pub async fn inspect(
    keystile: &Keystile,
    actor: &Actor,
    issuer: &IssuerId,
    token: &str,
) -> Result<Inspection, OperationError> {
    actor.may(Permission::Read)?;
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

/// The request with what the rules of its API token add to it.
fn within_rules(
    rules: &MintingRules,
    issuer: &Issuer,
    mut request: TokenRequest,
) -> Result<TokenRequest, OperationError> {
    let outside =
        |field, outside: OutsideRules| OperationError::InvalidInput { field, detail: outside.to_string() };
    let audiences = match request.audience.as_ref().or(issuer.audience.as_ref()) {
        Some(Audience::One(name)) => std::slice::from_ref(name),
        Some(Audience::Many(names)) => names,
        None => &[],
    };
    let audiences = audiences.iter().map(String::as_str);
    rules.check_audiences(audiences).map_err(|error| outside("audience", error))?;
    rules.check_claims(&request.claims).map_err(|error| outside("claims", error))?;
    request.claims.extend(rules.forced_claims.iter().map(|(name, value)| (name.clone(), value.clone())));
    Ok(request)
}

fn lifetime(
    policy: &crate::domain::Policy,
    rules: &MintingRules,
    asked: Option<u64>,
) -> Result<u64, OperationError> {
    let longest = policy.longest_token_lifetime_secs().min(rules.max_lifetime_secs.unwrap_or(u64::MAX));
    match asked.unwrap_or(policy.access_token_expiry_secs.min(longest)) {
        // The retire window counts on no token living longer.
        secs if (1..=longest).contains(&secs) => Ok(secs),
        secs => Err(OperationError::InvalidInput {
            field: "lifetime_secs",
            detail: format!("a token cannot live for `{secs}` seconds: use 1 to {longest}"),
        }),
    }
}

fn claims(
    issuer: &Issuer,
    request: TokenRequest,
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<Map<String, Value>, OperationError> {
    if let Some(name) = SET_BY_THE_SERVER.into_iter().find(|name| request.claims.contains_key(*name)) {
        let detail = format!("the claim `{name}` is set by the server: leave it out");
        return Err(OperationError::InvalidInput { field: "claims", detail });
    }
    let mut claims = request.claims;
    claims.insert("iss".to_owned(), issuer.iss.clone().into());
    claims.insert("sub".to_owned(), request.subject.into());
    if let Some(audience) = request.audience.as_ref().or(issuer.audience.as_ref()) {
        claims.insert("aud".to_owned(), json!(audience));
    }
    claims.insert("iat".to_owned(), now.as_secs().into());
    claims.insert("exp".to_owned(), expires_at.as_secs().into());
    claims.insert("jti".to_owned(), random::text::<16>()?.into());
    Ok(claims)
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
