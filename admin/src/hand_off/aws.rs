use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials as AccessKey;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::content::{Content, digest_of, json_of};
use super::exchange::{Answer, json as read_json, refusal, send};
use super::{HandOffError, Standing};
use crate::domain::{SecretText, Timestamp};
use crate::outbound::{Destination, Outbound};

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// One secret of AWS Secrets Manager (API version 2017-10-17).
pub(super) struct Aws<'a> {
    pub(super) outbound: &'a Outbound,
    pub(super) endpoint: Destination,
    pub(super) region: &'a str,
    pub(super) secret: &'a str,
    pub(super) access_key: AccessKey,
    /// Signatures are good for five minutes around it.
    pub(super) now: Timestamp,
}

/// An access key, as `aws configure export-credentials` prints it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ExportedKey {
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretValue {
    secret_string: Option<SecretText>,
    version_id: String,
}

/// Reads an access key.
pub(super) fn access_key(text: &SecretText, name: &str) -> Result<AccessKey, HandOffError> {
    let key: ExportedKey = serde_json::from_str(text.reveal()).map_err(|_| HandOffError::CredentialMissing {
        name: name.to_owned(),
        cause: "it is not what `aws configure export-credentials` prints: {\"AccessKeyId\": …, \"SecretAccessKey\": …}"
            .to_owned(),
    })?;
    Ok(AccessKey::new(key.access_key_id, key.secret_access_key, key.session_token, None, "keystile"))
}

impl Aws<'_> {
    /// What stands there.
    pub(super) async fn look(&self, content: &Content) -> Result<Standing, HandOffError> {
        let asked = json!({ "SecretId": self.secret, "VersionStage": CURRENT });
        let answer = self.call("GetSecretValue", asked.to_string()).await?;
        if !answer.status.is_success() {
            let refusal = refused(&answer);
            return if is(&answer, "ResourceNotFoundException") {
                Ok(Standing::default())
            } else {
                Err(refusal)
            };
        }
        let value: SecretValue = serde_json::from_slice(&answer.body)
            .map_err(|error| HandOffError::Unreadable { detail: format!("it is no secret: {error}") })?;
        let foreign = |name: &str| HandOffError::Foreign { name: name.to_owned() };
        let text = value.secret_string.ok_or_else(|| foreign("SecretBinary"))?;
        let read: BTreeMap<String, SecretText> =
            serde_json::from_str(text.reveal()).map_err(|_| foreign("SecretString"))?;
        match content.foreign(&read) {
            Some(name) => Err(foreign(name)),
            None => Ok(Standing {
                is_content: digest_of(&read) == content.digest(),
                version: Some(value.version_id),
            }),
        }
    }

    /// Writes a new version, or the secret where there is none. `token` makes the version's id.
    pub(super) async fn write(
        &self,
        content: &Content,
        over: &Standing,
        token: &str,
    ) -> Result<(), HandOffError> {
        let (action, name) =
            if over.version.is_some() { ("PutSecretValue", "SecretId") } else { ("CreateSecret", "Name") };
        let text = content.to_json();
        let asked = BTreeMap::from([
            (name, self.secret),
            ("ClientRequestToken", token),
            ("SecretString", text.as_str()),
        ]);
        let body = json_of(&asked).to_string();
        done(&self.call(action, body).await?)
    }

    /// Takes the label from the version before, without which AWS deletes it.
    pub(super) async fn remove(&self, version: &str) -> Result<(), HandOffError> {
        let asked =
            json!({ "SecretId": self.secret, "VersionStage": PREVIOUS, "RemoveFromVersionId": version });
        let answer = self.call("UpdateSecretVersionStage", asked.to_string()).await?;
        // The label has moved on to a later version already.
        if is(&answer, "InvalidParameterException") || is(&answer, "ResourceNotFoundException") {
            return Ok(());
        }
        done(&answer)
    }

    async fn call(&self, action: &str, body: String) -> Result<Answer, HandOffError> {
        let invalid = |detail: String| HandOffError::Misconfigured { detail };
        let target = format!("secretsmanager.{action}");
        let headers = [("content-type", CONTENT_TYPE), ("x-amz-target", target.as_str())];
        let identity = self.access_key.clone().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name("secretsmanager")
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
        for (name, value) in headers.into_iter().chain(signed.headers()) {
            request = request.header(name, value);
        }
        send(request.body(body)).await
    }
}

fn done(answer: &Answer) -> Result<(), HandOffError> {
    if answer.status.is_success() { Ok(()) } else { Err(refused(answer)) }
}

/// Whether the answer is this exception; its name may have a namespace before it.
fn is(answer: &Answer, exception: &str) -> bool {
    let said = read_json(&answer.body).unwrap_or_default();
    let name = said.get("__type").and_then(Value::as_str).unwrap_or_default();
    !answer.status.is_success() && name.rsplit('#').next() == Some(exception)
}

fn refused(answer: &Answer) -> HandOffError {
    let said = read_json(&answer.body).unwrap_or_default();
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
            HandOffError::Unauthorized { status: answer.status.as_u16(), detail }
        }
        _ => refusal(answer.status, &detail),
    }
}
