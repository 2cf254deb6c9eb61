use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use super::content::{Content, digest_of, json_of};
use super::{HandOffError, Standing};
use crate::domain::SecretText;
use crate::managers::{Answer, AwsService, ManagerError, is_exception, refused_by_aws};

const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";

/// One secret of AWS Secrets Manager (API version 2017-10-17).
pub(super) struct Aws<'a> {
    pub(super) service: AwsService<'a>,
    pub(super) secret: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretValue {
    secret_string: Option<SecretText>,
    version_id: String,
}

impl Aws<'_> {
    /// What stands there.
    pub(super) async fn look(&self, content: &Content) -> Result<Standing, HandOffError> {
        let asked = json!({ "SecretId": self.secret, "VersionStage": CURRENT });
        let answer = self.call("GetSecretValue", asked.to_string()).await?;
        if !answer.status.is_success() {
            return if is_exception(&answer, "ResourceNotFoundException") {
                Ok(Standing::default())
            } else {
                Err(refused_by_aws(&answer).into())
            };
        }
        let value: SecretValue = serde_json::from_slice(&answer.body)
            .map_err(|error| ManagerError::Unreadable { detail: format!("it is no secret: {error}") })?;
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
        if is_exception(&answer, "InvalidParameterException")
            || is_exception(&answer, "ResourceNotFoundException")
        {
            return Ok(());
        }
        done(&answer)
    }

    async fn call(&self, action: &str, body: String) -> Result<Answer, HandOffError> {
        Ok(self.service.call(action, body).await?)
    }
}

fn done(answer: &Answer) -> Result<(), HandOffError> {
    if answer.status.is_success() { Ok(()) } else { Err(refused_by_aws(answer).into()) }
}
