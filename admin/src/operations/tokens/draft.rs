//! What a token will say, before it is signed.

use serde_json::{Map, Value, json};

use super::TokenRequest;
use crate::audit::{Action, Record};
use crate::domain::{Actor, Audience, Issuer, IssuerState, MintingRules, OutsideRules, Policy, Timestamp};
use crate::operations::{OperationError, random};

/// The registered claims (RFC 7519, section 4.1) that a request cannot name in its further claims.
const SET_BY_THE_SERVER: [&str; 7] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti"];

/// The claims of a token, within the issuer's policy and the rules of whoever asks.
pub(super) struct Draft {
    pub(super) claims: Map<String, Value>,
    pub(super) expires_at: Timestamp,
}

impl Draft {
    pub(super) fn new(
        state: &IssuerState,
        actor: &Actor,
        request: TokenRequest,
        now: Timestamp,
    ) -> Result<Self, OperationError> {
        let lifetime = lifetime(&state.issuer.policy, actor.minting(), request.lifetime_secs)?;
        let expires_at = now.plus(lifetime);
        let request = within_rules(actor.minting(), &state.issuer, request)?;
        let mut claims = claims(&state.issuer, request, now, expires_at)?;
        // An epoch is a second ahead for the second in which it was raised; what is signed after it is not what it meant.
        let kid = state.ring.active().kid();
        let epoch = state.epochs.newest_for(kid, |claim| claims.get(claim).and_then(Value::as_str));
        if let Some(epoch) = epoch.filter(|epoch| *epoch > now) {
            claims.insert("iat".to_owned(), epoch.as_secs().into());
        }
        Ok(Self { claims, expires_at })
    }

    /// What the audit log keeps of it.
    pub(super) fn record(&self, state: &IssuerState, actor: &Actor, now: Timestamp) -> Record {
        let after = ["sub", "aud", "exp", "jti"];
        let after = after.map(|name| (name.to_owned(), self.claims.get(name).cloned().into()));
        Record::new(now, actor, Action::TokenMinted, state.ring.active().kid())
            .of_issuer(&state.issuer.id)
            .changing(None, Some(Value::Object(after.into_iter().collect())))
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

fn lifetime(policy: &Policy, rules: &MintingRules, asked: Option<u64>) -> Result<u64, OperationError> {
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
