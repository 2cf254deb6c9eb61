//! The provider, as sign-in uses it.

use std::sync::Arc;

use keystile_validator::{Code, Policy};

use super::discovery::{Discovery, Metadata};
use super::exchange;
use super::id_token;
use super::key_sets::KeySets;
use super::{Attempt, Callback, Identity, ProviderSettings, SignInError};
use crate::domain::{SecretText, Timestamp};
use crate::outbound::{AllowedHosts, Outbound, SystemNames};

/// What a provider may say instead of a code (RFC 6749, 4.1.2.1; OpenID Connect Core, 3.1.2.6), in our words.
const REFUSALS: [(&str, &str); 5] = [
    ("access_denied", "it lets this person not in here, or they have turned back"),
    ("login_required", "it wants another sign-in there first"),
    ("consent_required", "it wants a consent there first"),
    ("interaction_required", "it wants something of this person first"),
    ("temporarily_unavailable", "it is out of order for the moment"),
];

/// An identity provider, with what it has said about itself lately.
pub struct Provider {
    settings: ProviderSettings,
    policy: Policy,
    outbound: Outbound,
    discovery: Discovery,
    key_sets: KeySets,
}

/// What `keystile doctor` finds out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// How many keys the provider signs with.
    pub keys: usize,
    /// Whether it says that it knows PKCE.
    pub announces_pkce: bool,
}

impl Provider {
    /// The provider of these settings. What it names is called where that is public, or `allowed`, or on the host of the
    /// issuer, whom the operator has named: a provider gets at nothing else that only this server reaches.
    pub fn new(settings: ProviderSettings, allowed: AllowedHosts) -> Result<Self, SignInError> {
        let outbound = Outbound::new(allowed.with_host_of(&settings.issuer), Arc::new(SystemNames));
        let outbound = outbound.map_err(|error| SignInError::Unusable(error.to_string()))?;
        let policy = id_token::policy(&settings).map_err(|error| SignInError::Unusable(error.to_string()))?;
        Ok(Self { settings, policy, outbound, discovery: Discovery::default(), key_sets: KeySets::default() })
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        &self.settings.name
    }

    /// Its issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Where the browser goes to sign in (OpenID Connect Core, 3.1.2.1).
    pub async fn authorization(&self, attempt: &Attempt, now: Timestamp) -> Result<String, SignInError> {
        let (state, nonce, challenge) = (attempt.state(), attempt.nonce(), attempt.challenge());
        self.metadata(now).await?.authorization(&[
            ("response_type", "code"),
            ("client_id", &self.settings.client_id),
            ("redirect_uri", &self.settings.redirect_uri),
            ("scope", &self.settings.scopes),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ])
    }

    /// Who has signed in. Returns `Ok` only if the answer belongs to this attempt and comes from this provider.
    pub async fn finish(
        &self,
        attempt: &Attempt,
        callback: &Callback,
        now: Timestamp,
    ) -> Result<Identity, SignInError> {
        // 1. It belongs to the browser that has begun (RFC 6749, 10.12), before anything in it is believed.
        if !callback.state.as_deref().is_some_and(|state| attempt.has_state(state)) {
            return Err(SignInError::OtherBrowser);
        }
        if !attempt.is_in_time(now) {
            return Err(SignInError::Expired);
        }
        // 2. It comes from this provider, which counts for refusals too (RFC 9207, 2.4).
        let metadata = self.metadata(now).await?;
        self.check_iss(callback, &metadata)?;
        if let Some(error) = &callback.error {
            return Err(refusal(error));
        }
        let no_code = || SignInError::AnswerRefused("there is no code in it".to_owned());
        let code = callback.code.as_ref().filter(|code| !code.reveal().is_empty()).ok_or_else(no_code)?;
        // 3. The code buys an ID token, from the provider itself and with the verifier of this attempt.
        let token = exchange::id_token(&self.outbound, &self.settings, &metadata, attempt, code).await?;
        self.believe(&token, &attempt.nonce(), &metadata, now).await
    }

    /// Whether sign-in can work: reads what it would read.
    pub async fn examine(&self, now: Timestamp) -> Result<Examined, SignInError> {
        self.settings.client_secret.read()?;
        let metadata = self.metadata(now).await?;
        let keys = self.key_sets.current(&metadata.jwks_uri, &self.outbound, now).await?;
        Ok(Examined { keys: keys.len(), announces_pkce: metadata.announces_pkce() })
    }

    async fn metadata(&self, now: Timestamp) -> Result<Metadata, SignInError> {
        self.discovery.metadata(&self.settings.issuer, &self.outbound, now).await
    }

    fn check_iss(&self, callback: &Callback, metadata: &Metadata) -> Result<(), SignInError> {
        match &callback.iss {
            Some(iss) if *iss == self.settings.issuer => Ok(()),
            None if !metadata.announces_iss() => Ok(()),
            Some(_) => Err(SignInError::AnswerRefused("it names another provider".to_owned())),
            None => {
                Err(SignInError::AnswerRefused("it does not say which provider it comes from".to_owned()))
            }
        }
    }

    /// Judges the ID token; once more after a newer key set, if it names a key that is not in this one.
    async fn believe(
        &self,
        token: &SecretText,
        nonce: &str,
        metadata: &Metadata,
        now: Timestamp,
    ) -> Result<Identity, SignInError> {
        let judge = |keys| id_token::judge(token, keys, self.policy.clone(), now);
        let mut judged = judge(self.key_sets.current(&metadata.jwks_uri, &self.outbound, now).await?);
        if judged.as_ref().is_err_and(|error| error.code() == Code::KidUnknown) {
            judged = judge(self.key_sets.newer(&metadata.jwks_uri, &self.outbound, now).await?);
        }
        let token = judged.map_err(|error| SignInError::AnswerRefused(format!("the ID token: {error}")))?;
        id_token::read(&token, nonce, &self.settings)
    }
}

/// The provider's own words are repeated nowhere.
fn refusal(error: &str) -> SignInError {
    let known = REFUSALS.iter().find(|(code, _)| *code == error);
    SignInError::RefusedByProvider(
        known.map_or("it gives a reason that is known only there", |(_, why)| *why),
    )
}
