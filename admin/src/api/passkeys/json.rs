//! Shapes: those of the standard, as far as they are looked at, and ours around them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::problem::Refusal;
use crate::domain::{PasskeyName, Timestamp};
use crate::operations::passkeys::{NewPasskeyOrder, NextStep, PasskeyView, RegistrationBegun, SecondStep};
use crate::passkeys::{Assertion, CreationOptions, LONGEST_CREDENTIAL_ID, Registration, RequestOptions};

/// In bytes, before anything is decoded. The longest that authenticators send is a key of RSA with a few certificates, in 4 KiB.
const LONGEST: usize = 16 * 1024;
/// Browsers know seven.
const MOST_TRANSPORTS: usize = 8;

/// The answer to the second step of a sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct UsedPasskey {
    /// What the question came with.
    pub(in crate::api) attempt: String,
    /// What `navigator.credentials.get` answered.
    credential: AssertionCredential,
}

/// A new passkey, and its name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct WantedPasskey {
    /// What the question came with.
    attempt: String,
    /// What its owner calls it.
    #[schema(min_length = 1, max_length = 64, pattern = r"\S")]
    name: String,
    /// What `navigator.credentials.create` answered.
    credential: RegistrationCredential,
}

/// `AuthenticationResponseJSON` of Web Authentication. Other members are ignored.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AssertionCredential {
    /// What the authenticator calls the passkey, in base64url.
    #[schema(max_length = 16384, pattern = "^[A-Za-z0-9_-]*$")]
    raw_id: String,
    /// `public-key`
    r#type: String,
    response: AssertionResponse,
}

/// The answer of an authenticator that has a passkey, each in base64url.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AssertionResponse {
    #[schema(max_length = 16384, pattern = "^[A-Za-z0-9_-]*$")]
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    #[schema(max_length = 16384, pattern = "^[A-Za-z0-9_-]*$")]
    authenticator_data: String,
    #[schema(max_length = 16384, pattern = "^[A-Za-z0-9_-]*$")]
    signature: String,
    #[schema(max_length = 16384, pattern = "^[A-Za-z0-9_-]*$")]
    #[serde(default)]
    user_handle: Option<String>,
}

/// `RegistrationResponseJSON` of Web Authentication. Other members are ignored.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RegistrationCredential {
    /// `public-key`
    r#type: String,
    response: AttestationResponse,
}

/// The answer of an authenticator that has made a passkey, each in base64url.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AttestationResponse {
    #[schema(max_length = 16384, pattern = "^[A-Za-z0-9_-]*$")]
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    #[schema(max_length = 16384, pattern = "^[A-Za-z0-9_-]*$")]
    attestation_object: String,
    /// How it can be reached, as the browser says.
    #[serde(default)]
    transports: Vec<String>,
}

impl UsedPasskey {
    pub(in crate::api) fn answer(&self) -> Result<Assertion, Refusal> {
        let AssertionCredential { raw_id, r#type, response } = &self.credential;
        check_type(r#type)?;
        let user_handle = response.user_handle.as_deref().filter(|handle| !handle.is_empty());
        let credential_id = decoded("rawId", raw_id)?;
        if credential_id.len() > LONGEST_CREDENTIAL_ID {
            return Err(refused("rawId", "has more than 1023 bytes"));
        }
        Ok(Assertion {
            credential_id,
            client_data: decoded("clientDataJSON", &response.client_data_json)?,
            authenticator_data: decoded("authenticatorData", &response.authenticator_data)?,
            signature: decoded("signature", &response.signature)?,
            user_handle: user_handle.map(|handle| decoded("userHandle", handle)).transpose()?,
        })
    }
}

impl WantedPasskey {
    pub(in crate::api) fn order(self) -> Result<NewPasskeyOrder, Refusal> {
        let RegistrationCredential { r#type, response } = self.credential;
        check_type(&r#type)?;
        let name: Result<PasskeyName, _> = self.name.parse();
        let word = |it: &String| {
            (1..=32).contains(&it.len()) && it.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        Ok(NewPasskeyOrder {
            attempt: self.attempt,
            name: name.map_err(|invalid| Refusal::invalid_input(format!("name: {invalid}")))?,
            // Hints for the next question: what is no word of the standard's is left out.
            transports: response.transports.into_iter().filter(word).take(MOST_TRANSPORTS).collect(),
            answer: Registration {
                client_data: decoded("clientDataJSON", &response.client_data_json)?,
                attestation_object: decoded("attestationObject", &response.attestation_object)?,
            },
        })
    }
}

fn check_type(said: &str) -> Result<(), Refusal> {
    if said == "public-key" { Ok(()) } else { Err(refused("type", "is not `public-key`")) }
}

fn decoded(member: &str, text: &str) -> Result<Vec<u8>, Refusal> {
    if text.len() > LONGEST {
        return Err(refused(member, "is longer than any authenticator's"));
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| refused(member, "is not base64url without padding"))
}

fn refused(member: &str, what: &str) -> Refusal {
    Refusal::invalid_input(format!("credential: `{member}` {what}: send what the browser answered"))
}

/// A sign-in that is not finished: the password was right, and no session is open yet.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct UnfinishedSignIn {
    /// What the answer must come with: to `/v1/session/passkey`, or to `/v1/session/first-passkey`.
    attempt: String,
    /// From when on it is too late.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Where the console must be open: passkeys are kept for it.
    origin: String,
    /// What `navigator.credentials.get` is to be asked; the answer goes to `/v1/session/passkey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    use_passkey: Option<RequestOptions>,
    /// What `navigator.credentials.create` is to be asked, where everybody must have a passkey and this user has none; the
    /// answer goes to `/v1/session/first-passkey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    make_passkey: Option<CreationOptions>,
}

impl From<SecondStep> for UnfinishedSignIn {
    fn from(step: SecondStep) -> Self {
        let SecondStep { attempt, expires_at, origin, next } = step;
        let (use_passkey, make_passkey) = match next {
            NextStep::UsePasskey(options) => (Some(options), None),
            NextStep::MakePasskey(options) => (None, Some(options)),
        };
        Self { attempt: attempt.reveal().to_owned(), expires_at, origin, use_passkey, make_passkey }
    }
}

/// What a browser is to be asked for a new passkey.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct PasskeyChallenge {
    /// What the answer must come with.
    attempt: String,
    /// From when on it is too late.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// Where the console must be open: passkeys are kept for it.
    origin: String,
    /// What `navigator.credentials.create` is to be asked.
    make_passkey: CreationOptions,
}

impl From<RegistrationBegun> for PasskeyChallenge {
    fn from(begun: RegistrationBegun) -> Self {
        let RegistrationBegun { attempt, expires_at, origin, options } = begun;
        Self { attempt: attempt.reveal().to_owned(), expires_at, origin, make_passkey: options }
    }
}

/// Passkeys.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct PasskeyList {
    /// The first one first.
    pub(super) passkeys: Vec<PasskeyView>,
}
