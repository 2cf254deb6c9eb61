//! What the provider says about itself (OpenID Connect Discovery 1.0).

use reqwest::Url;
use serde::Deserialize;
use tokio::sync::Mutex;

use super::SignInError;
use super::fetch;
use crate::domain::Timestamp;
use crate::outbound::Outbound;

const WHAT: &str = "discovery document";
/// Those of large providers have 5 KiB.
const MOST_BYTES: usize = 64 << 10;
/// Endpoints move rarely, and are announced long before.
const FRESH_SECS: u64 = 3600;
/// For so long a document is used that cannot be read again.
const USABLE_SECS: u64 = 24 * 3600;
/// A provider that fails is left alone for so long, however many people press the button.
const PAUSE_SECS: u64 = 5;

/// Endpoints, and what the provider can.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Metadata {
    issuer: String,
    pub(super) authorization_endpoint: String,
    pub(super) token_endpoint: String,
    pub(super) jwks_uri: String,
    #[serde(default)]
    response_types_supported: Vec<String>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// How this server shows the token endpoint who it is (OpenID Connect Core, 9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientAuthentication {
    Basic,
    Post,
}

impl Metadata {
    /// Returns `Ok` only if it is the document of this issuer, and sign-in as we do it works there.
    fn read(json: &[u8], issuer: &str, outbound: &Outbound) -> Result<Self, SignInError> {
        let unusable = |what: String| SignInError::Unusable(format!("its {WHAT} {what}"));
        let metadata: Self = serde_json::from_slice(json)
            .map_err(|error| unusable(format!("cannot be read: {}", kind(&error))))?;
        // Section 4.3: the very issuer that was asked, or its keys would vouch for somebody else (mix-up).
        if metadata.issuer != issuer {
            return Err(unusable(
                "is of another issuer: KEYSTILE__OIDC__ISSUER must be the same to the letter".to_owned(),
            ));
        }
        for endpoint in [&metadata.authorization_endpoint, &metadata.token_endpoint, &metadata.jwks_uri] {
            outbound
                .admit(endpoint)
                .map_err(|cause| unusable(format!("names an endpoint that is not called: {cause}")))?;
        }
        if !metadata.response_types_supported.iter().any(|it| it == "code") {
            return Err(unusable("does not offer the response type `code`".to_owned()));
        }
        let lacks = |offered: &Option<Vec<String>>, needed: &str| {
            offered.as_ref().is_some_and(|offered| !offered.iter().any(|it| it == needed))
        };
        // Section 3: every provider must be able to sign with it.
        if lacks(&metadata.id_token_signing_alg_values_supported, "RS256") {
            return Err(unusable("does not offer ID tokens signed with RS256".to_owned()));
        }
        // Silence is no refusal: some offer PKCE and do not say so, and who does not know it ignores it.
        if lacks(&metadata.code_challenge_methods_supported, "S256") {
            return Err(unusable("does not offer PKCE with S256".to_owned()));
        }
        metadata.authentication()?;
        Ok(metadata)
    }

    /// Whether answers of the provider say who answers (RFC 9207, 3).
    pub(super) fn announces_iss(&self) -> bool {
        self.authorization_response_iss_parameter_supported
    }

    /// Whether the provider says that it knows PKCE.
    pub(super) fn announces_pkce(&self) -> bool {
        self.code_challenge_methods_supported.is_some()
    }

    /// Basic where nothing is said: it is the default.
    pub(super) fn authentication(&self) -> Result<ClientAuthentication, SignInError> {
        let offers = |method: &str| match &self.token_endpoint_auth_methods_supported {
            None => method == "client_secret_basic",
            Some(offered) => offered.iter().any(|it| it == method),
        };
        match (offers("client_secret_basic"), offers("client_secret_post")) {
            (true, _) => Ok(ClientAuthentication::Basic),
            (false, true) => Ok(ClientAuthentication::Post),
            (false, false) => Err(SignInError::Unusable(format!(
                "its {WHAT} offers neither `client_secret_basic` nor `client_secret_post`"
            ))),
        }
    }

    /// Where the browser goes. The endpoint may have a query of its own (RFC 6749, 3.1).
    pub(super) fn authorization(&self, parameters: &[(&str, &str)]) -> Result<String, SignInError> {
        let mut url = Url::parse(&self.authorization_endpoint)
            .map_err(|_| SignInError::Unusable("its authorization endpoint is no address".to_owned()))?;
        url.query_pairs_mut().extend_pairs(parameters);
        Ok(url.into())
    }
}

/// The document as it was read last.
#[derive(Default)]
pub(super) struct Discovery(Mutex<State>);

#[derive(Default)]
struct State {
    held: Option<(Metadata, Timestamp)>,
    failed: Option<(SignInError, Timestamp)>,
}

impl Discovery {
    /// The provider's document, read again once it is an hour old. Who comes while it is read waits for that.
    pub(super) async fn metadata(
        &self,
        issuer: &str,
        outbound: &Outbound,
        now: Timestamp,
    ) -> Result<Metadata, SignInError> {
        let mut state = self.0.lock().await;
        // What was read before the clock was set back is of no known age.
        let is_younger = |at: Timestamp, secs| at <= now && now.since(at) < secs;
        let held = state.held.clone();
        if let Some((metadata, _)) = held.as_ref().filter(|(_, at)| is_younger(*at, FRESH_SECS)) {
            return Ok(metadata.clone());
        }
        let usable = held.filter(|(_, at)| is_younger(*at, USABLE_SECS)).map(|(metadata, _)| metadata);
        if let Some((error, _)) = state.failed.as_ref().filter(|(_, at)| is_younger(*at, PAUSE_SECS)) {
            return usable.ok_or_else(|| error.clone());
        }
        match read(issuer, outbound).await {
            Ok(metadata) => {
                *state = State { held: Some((metadata.clone(), now)), failed: None };
                Ok(metadata)
            }
            Err(error) => {
                tracing::warn!(%error, "the identity provider's discovery document");
                state.failed = Some((error.clone(), now));
                usable.ok_or(error)
            }
        }
    }
}

async fn read(issuer: &str, outbound: &Outbound) -> Result<Metadata, SignInError> {
    // Section 4.1: a slash at the end is left out.
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let json = fetch::document(outbound, &url, WHAT, MOST_BYTES).await?;
    Metadata::read(&json, issuer, outbound)
}

/// What is wrong, without a word of the document.
fn kind(error: &serde_json::Error) -> &'static str {
    if error.is_data() { "a member is missing or of another type" } else { "it is no JSON" }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;
    use crate::outbound::SystemNames;

    const ISSUER: &str = "https://login.example/";

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.example/authorize?tenant=1",
            "token_endpoint": "https://login.example/token",
            "jwks_uri": "https://keys.example/jwks",
            "response_types_supported": ["code", "id_token"],
        })
    }

    fn read(document: &Value) -> Result<Metadata, SignInError> {
        let outbound = Outbound::new("".parse().unwrap(), Arc::new(SystemNames)).unwrap();
        Metadata::read(document.to_string().as_bytes(), ISSUER, &outbound)
    }

    #[test]
    fn a_query_of_the_endpoint_is_kept() {
        let url = read(&document()).unwrap().authorization(&[("scope", "openid a&b")]).unwrap();
        assert_eq!(url, "https://login.example/authorize?tenant=1&scope=openid+a%26b");
    }

    #[test]
    fn what_is_missing_or_of_somebody_else_is_refused() {
        let changes = [
            ("issuer", json!("https://login.example")),
            ("issuer", json!(null)),
            ("authorization_endpoint", json!("javascript:alert(1)")),
            ("token_endpoint", json!("http://login.example/token")),
            ("jwks_uri", json!("https://169.254.169.254/latest")),
            ("response_types_supported", json!(["id_token"])),
            ("id_token_signing_alg_values_supported", json!(["none", "HS256"])),
            ("code_challenge_methods_supported", json!(["plain"])),
            ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"])),
        ];
        for (member, value) in changes {
            let mut changed = document();
            changed[member] = value;
            assert!(matches!(read(&changed), Err(SignInError::Unusable(_))), "{member}");
        }
    }

    #[test]
    fn the_client_shows_itself_as_the_provider_wants_it() {
        let of = |methods: Value| {
            let mut changed = document();
            changed["token_endpoint_auth_methods_supported"] = methods;
            read(&changed).unwrap().authentication().unwrap()
        };
        assert_eq!(of(Value::Null), ClientAuthentication::Basic);
        assert_eq!(of(json!(["client_secret_post"])), ClientAuthentication::Post);
        assert_eq!(of(json!(["client_secret_post", "client_secret_basic"])), ClientAuthentication::Basic);
    }
}
