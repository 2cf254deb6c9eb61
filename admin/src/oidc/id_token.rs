//! The ID token (OpenID Connect Core 1.0, 2 and 3.1.3.7), judged by Keystile's own validator.
//!
//! RS256 alone is believed, which every provider must offer (Discovery 1.0, 3): so there is no algorithm to confuse with
//! another one, and no key that could be taken for a secret.

use keystile_validator::{Expected, KeySet, Policy, PolicyError, ValidatedToken, Validator};
use serde_json::Value;

use super::{LASTS_SECS, ProviderSettings, SignInError};
use crate::domain::{ProviderIdentity, Role, SecretText, Timestamp};

/// The most that a `sub` may have, in ASCII (Core, 2).
const SUBJECT_MOST: usize = 255;

/// Somebody whom the provider has vouched for, just now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who it is.
    pub who: ProviderIdentity,
    /// What they are called there, if anything.
    pub name: Option<String>,
    /// The claim of that name.
    pub name_claim: String,
    /// The role that the mapping gives them, if it gives one.
    pub role: Option<Role>,
}

/// What the validator holds a token against.
pub(super) fn policy(settings: &ProviderSettings) -> Result<Policy, PolicyError> {
    Policy::builder()
        // 3.1.3.7, 2 and 3: issuer and audience; 9: not expired.
        .issuer(Expected::one_of([settings.issuer.as_str()]))
        .audience(Expected::one_of([settings.client_id.as_str()]))
        .required_claims(["exp", "iat", "sub", "nonce"])
        // 10: one that is older than the attempt was issued for another one.
        .max_token_age(LASTS_SECS)
        // 10.1 of Core: a provider with one key need not name it.
        .allow_missing_kid(true)
        .build()
}

/// Who is named by a token that this validator believes, provided that it was issued for this very attempt.
pub(super) fn read(
    token: &ValidatedToken,
    nonce: &str,
    settings: &ProviderSettings,
) -> Result<Identity, SignInError> {
    let refused = |why: &str| SignInError::AnswerRefused(format!("the ID token {why}"));
    let claims: Value = serde_json::from_str(token.claims_json()).map_err(|_| refused("cannot be read"))?;
    // 3.1.3.7, 4 and 5: for several audiences only if it was issued to this client.
    let azp = claims.get("azp");
    if azp.is_some_and(|azp| azp.as_str() != Some(&settings.client_id)) {
        return Err(refused("was issued to another client"));
    }
    if azp.is_none() && token.audiences().nth(1).is_some() {
        return Err(refused("is for several clients, and does not say for which it was issued"));
    }
    // 3.1.3.7, 11: or it is that of another sign-in.
    if claims.get("nonce").and_then(Value::as_str) != Some(nonce) {
        return Err(refused("was issued for another sign-in"));
    }
    let is_subject = |it: &&str| {
        (1..=SUBJECT_MOST).contains(&it.len())
            && it.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
    };
    let subject = token.subject().filter(is_subject);
    let subject =
        subject.ok_or_else(|| refused("has a `sub` that is not 1 to 255 printable ASCII characters"))?;
    let name = claims.get(&settings.name_claim).and_then(Value::as_str).map(str::to_owned);
    Ok(Identity {
        who: ProviderIdentity { issuer: settings.issuer.clone(), subject: subject.to_owned() },
        name,
        name_claim: settings.name_claim.clone(),
        role: settings.roles.role(&claims),
    })
}

/// Judges a token by these keys.
pub(super) fn judge(
    token: &SecretText,
    keys: KeySet,
    policy: Policy,
    now: Timestamp,
) -> Result<ValidatedToken, keystile_validator::ValidationError> {
    Validator::new(keys, policy).validate(token.reveal().as_bytes(), now.into())
}
