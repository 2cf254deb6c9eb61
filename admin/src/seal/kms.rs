use serde::Deserialize;
use serde_json::{Value, json};

use super::keepers::{Binding, read};
use super::origin::KmsKey;
use crate::domain::SecretText;
use crate::managers::{Answer, AwsService, ManagerError, refused_by_aws};

/// A symmetric key of AWS KMS (API version 2014-11-01).
pub(super) struct Kms<'a> {
    pub(super) service: AwsService<'a>,
    pub(super) key: &'a KmsKey,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypted {
    ciphertext_blob: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypted {
    key_id: String,
    plaintext: SecretText,
}

impl Kms<'_> {
    pub(super) async fn encrypt(
        &self,
        key: &SecretText,
        binding: &Binding<'_>,
    ) -> Result<String, ManagerError> {
        let asked = json!({
            "KeyId": self.key.arn,
            "Plaintext": key.reveal().trim(),
            "EncryptionContext": encryption_context(binding),
        });
        Ok(read::<Encrypted>(&self.call("Encrypt", &asked).await?)?.ciphertext_blob)
    }

    /// The ciphertext says which key made it. Ours alone is asked, so that nobody who writes to the database has the server
    /// go on with a master key of theirs.
    pub(super) async fn decrypt(
        &self,
        wrapped: &str,
        binding: &Binding<'_>,
    ) -> Result<SecretText, ManagerError> {
        let asked = json!({
            "KeyId": self.key.arn,
            "CiphertextBlob": wrapped,
            "EncryptionContext": encryption_context(binding),
        });
        let opened: Decrypted = read(&self.call("Decrypt", &asked).await?)?;
        if opened.key_id != self.key.arn {
            let detail = format!("`{}` has opened it, which was not asked", opened.key_id);
            return Err(ManagerError::Unreadable { detail });
        }
        Ok(opened.plaintext)
    }

    async fn call(&self, action: &str, asked: &Value) -> Result<Answer, ManagerError> {
        let answer = self.service.call(action, asked.to_string()).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(refused_by_aws(&answer)) }
    }
}

/// Stands in CloudTrail in clear, and key policies can demand it.
fn encryption_context(binding: &Binding<'_>) -> Value {
    json!({ "keystile": binding.context, "master-key": binding.fingerprint })
}
