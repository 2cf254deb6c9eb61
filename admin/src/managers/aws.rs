use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials as Key;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Method;
use reqwest::header::HeaderValue;
use serde::Deserialize;
use serde_json::Value;

use super::ManagerError;
use super::exchange::{Answer, json, refusal, send};
use crate::domain::{SecretText, Timestamp};
use crate::outbound::{Destination, Outbound};

const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// An access key, as `aws configure export-credentials` prints it.
pub struct AccessKey(Key);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExportedKey {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

impl AccessKey {
    /// Reads what the credential of this name stands for.
    pub fn read(text: &SecretText, name: &str) -> Result<Self, ManagerError> {
        let key: ExportedKey = serde_json::from_str(text.reveal()).map_err(|_| ManagerError::CredentialMissing {
            name: name.to_owned(),
            cause: "it is not what `aws configure export-credentials` prints: {\"AccessKeyId\": …, \"SecretAccessKey\": …}"
                .to_owned(),
        })?;
        Ok(Self(Key::new(key.access_key_id, key.secret_access_key, key.session_token, None, "keystile")))
    }
}

/// A service of AWS in one region, of those that speak JSON 1.1.
pub struct AwsService<'a> {
    /// How it is called.
    pub outbound: &'a Outbound,
    /// Where it answers.
    pub endpoint: Destination,
    /// Its region.
    pub region: &'a str,
    /// Its name in signatures.
    pub name: &'a str,
    /// What the names of its actions begin with.
    pub target: &'a str,
    /// Who calls.
    pub access_key: AccessKey,
    /// Signatures are good for five minutes around it.
    pub now: Timestamp,
}

impl AwsService<'_> {
    /// Asks for one action, and reads the answer whatever its status.
    pub async fn call(&self, action: &str, body: String) -> Result<Answer, ManagerError> {
        let invalid = |detail: String| ManagerError::Misconfigured { detail };
        let target = format!("{}.{action}", self.target);
        let headers = [("content-type", CONTENT_TYPE), ("x-amz-target", target.as_str())];
        let identity = self.access_key.0.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.name)
            .time(UNIX_EPOCH + Duration::from_secs(self.now.as_secs()))
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| invalid(error.to_string()))?
            .into();
        let body_to_sign = SignableBody::Bytes(body.as_bytes());
        let request =
            SignableRequest::new("POST", self.endpoint.url().as_str(), headers.into_iter(), body_to_sign)
                .map_err(|error| invalid(error.to_string()))?;
        let (signed, _) =
            sign(request, &parameters).map_err(|error| invalid(error.to_string()))?.into_parts();
        let mut request = self.outbound.request(Method::POST, &self.endpoint);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        for (name, value) in signed.headers() {
            let mut value = HeaderValue::from_str(value).map_err(|error| invalid(error.to_string()))?;
            // A session token is among them.
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        send(request.body(body)).await
    }
}

/// Whether the answer is this exception; its name may have a namespace before it.
pub fn is_exception(answer: &Answer, exception: &str) -> bool {
    let said = json(&answer.body).unwrap_or_default();
    let name = said.get("__type").and_then(Value::as_str).unwrap_or_default();
    !answer.status.is_success() && name.rsplit('#').next() == Some(exception)
}

/// What a refusal amounts to.
pub fn refused_by_aws(answer: &Answer) -> ManagerError {
    let said = json(&answer.body).unwrap_or_default();
    let text = |names: [&str; 2]| names.iter().find_map(|name| said.get(*name)?.as_str()).unwrap_or_default();
    let kind = text(["__type", "__Type"]).rsplit('#').next().unwrap_or_default().to_owned();
    let detail = format!("{kind}: {}", text(["message", "Message"]));
    match kind.as_str() {
        "AccessDeniedException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "ExpiredTokenException"
        | "IncompleteSignatureException"
        | "MissingAuthenticationTokenException" => {
            ManagerError::Unauthorized { status: answer.status.as_u16(), detail }
        }
        _ => refusal(answer.status, &detail),
    }
}
