//! The code for the ID token (RFC 6749, 4.1.3; OpenID Connect Core, 3.1.3).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::{Serializer, byte_serialize};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::discovery::{ClientAuthentication, Metadata};
use super::fetch::{self, Answer, refused};
use super::{Attempt, ProviderSettings, SignInError};
use crate::domain::SecretText;
use crate::outbound::Outbound;

const WHAT: &str = "token endpoint";
/// Three tokens of 16 KiB each, and as much again.
const MOST_BYTES: usize = 128 << 10;

/// What is read of the answer. The other tokens in it are never looked at.
#[derive(Deserialize)]
struct TokenAnswer {
    id_token: Option<SecretText>,
}

/// A refusal (RFC 6749, 5.2).
#[derive(Deserialize)]
struct TokenError {
    error: String,
}

/// Gets the ID token for a code.
pub(super) async fn id_token(
    outbound: &Outbound,
    settings: &ProviderSettings,
    metadata: &Metadata,
    attempt: &Attempt,
    code: &SecretText,
) -> Result<SecretText, SignInError> {
    let place =
        outbound.admit(&metadata.token_endpoint).map_err(|cause| SignInError::not_admitted(WHAT, &cause))?;
    let secret = settings.client_secret.read()?;
    let how = metadata.authentication()?;
    let mut request = outbound
        .request(Method::POST, &place)
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded");
    if how == ClientAuthentication::Basic {
        request = request.header("authorization", basic(&settings.client_id, &secret).as_str());
    }
    let request =
        request.body(form(settings, attempt, code, (how == ClientAuthentication::Post).then_some(&secret)));
    let Answer { status, body } = fetch::send(request, WHAT, MOST_BYTES).await?;
    match status {
        StatusCode::OK => read(&body),
        StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED => Err(refusal(status, &body)),
        status => Err(refused(WHAT, status)),
    }
}

/// Name and secret are encoded before they are joined (RFC 6749, 2.3.1), because either may hold a colon.
fn basic(id: &str, secret: &SecretText) -> Zeroizing<String> {
    let encoded = |text: &str| Zeroizing::new(byte_serialize(text.as_bytes()).collect::<String>());
    let pair = Zeroizing::new(format!("{}:{}", *encoded(id), *encoded(secret.reveal())));
    Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())))
}

fn form(
    settings: &ProviderSettings,
    attempt: &Attempt,
    code: &SecretText,
    secret: Option<&SecretText>,
) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code.reveal())
        .append_pair("redirect_uri", &settings.redirect_uri)
        .append_pair("code_verifier", attempt.verifier().reveal());
    if let Some(secret) = secret {
        form.append_pair("client_id", &settings.client_id).append_pair("client_secret", secret.reveal());
    }
    form.finish()
}

fn read(body: &[u8]) -> Result<SecretText, SignInError> {
    let answer: Result<TokenAnswer, _> = serde_json::from_slice(body);
    let unreadable = || SignInError::AnswerRefused("the token endpoint's answer cannot be read".to_owned());
    let missing =
        || SignInError::AnswerRefused("there is no ID token in it: is `openid` among the scopes?".to_owned());
    answer.map_err(|_| unreadable())?.id_token.ok_or_else(missing)
}

/// Of what the provider says, the codes that have a meaning here; nothing else is repeated.
fn refusal(status: StatusCode, body: &[u8]) -> SignInError {
    let error: Result<TokenError, _> = serde_json::from_slice(body);
    match error.as_ref().map(|it| it.error.as_str()) {
        Ok("invalid_grant") => SignInError::AnswerRefused(
            "the provider does not know the code, or it was used before".to_owned(),
        ),
        Ok("invalid_client" | "unauthorized_client") => {
            SignInError::Unusable("it does not accept this server's client id and client secret".to_owned())
        }
        _ => refused(WHAT, status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_secret_may_hold_anything() {
        // As RFC 6749, 2.3.1 and appendix B encode them.
        let header = basic("a:b c", &SecretText::new("p%+ü".to_owned()));
        let pair = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
        assert_eq!(String::from_utf8(pair).unwrap(), "a%3Ab+c:p%25%2B%C3%BC");
    }

    #[test]
    fn a_refusal_repeats_nothing_that_the_provider_wrote() {
        let of = |body: &str| refusal(StatusCode::BAD_REQUEST, body.as_bytes());
        assert!(matches!(of(r#"{"error":"invalid_grant"}"#), SignInError::AnswerRefused(_)));
        assert!(matches!(of(r#"{"error":"invalid_client"}"#), SignInError::Unusable(_)));
        for body in ["", "<script>", r#"{"error":"<script>","error_description":"<script>"}"#] {
            assert!(!of(body).to_string().contains("script"), "{body}");
        }
    }
}
