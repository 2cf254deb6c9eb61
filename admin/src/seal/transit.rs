use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::keepers::{Binding, read};
use super::origin::TransitKey;
use crate::domain::SecretText;
use crate::managers::{Answer, ManagerError, OpenBaoServer};

/// A key of the transit engine of OpenBao or Vault: one that authenticates what it encrypts, as `aes256-gcm96` does.
pub(super) struct Transit<'a> {
    pub(super) server: OpenBaoServer<'a>,
    pub(super) key: &'a TransitKey,
}

#[derive(Deserialize)]
struct Encrypted {
    data: Ciphertext,
}

#[derive(Deserialize)]
struct Ciphertext {
    ciphertext: String,
}

#[derive(Deserialize)]
struct Decrypted {
    data: Plaintext,
}

#[derive(Deserialize)]
struct Plaintext {
    plaintext: SecretText,
}

impl Transit<'_> {
    pub(super) async fn encrypt(
        &self,
        key: &SecretText,
        binding: &Binding<'_>,
    ) -> Result<String, ManagerError> {
        let asked = json!({ "plaintext": key.reveal().trim(), "associated_data": associated_data(binding) });
        Ok(read::<Encrypted>(&self.post("encrypt", &asked).await?)?.data.ciphertext)
    }

    pub(super) async fn decrypt(
        &self,
        wrapped: &str,
        binding: &Binding<'_>,
    ) -> Result<SecretText, ManagerError> {
        let asked = json!({ "ciphertext": wrapped, "associated_data": associated_data(binding) });
        Ok(read::<Decrypted>(&self.post("decrypt", &asked).await?)?.data.plaintext)
    }

    async fn post(&self, what: &str, asked: &Value) -> Result<Answer, ManagerError> {
        let path = self.key.mount.split('/').chain([what, self.key.name.as_str()]);
        self.server.post(path, asked.to_string()).await
    }
}

/// The fingerprint has a fixed length, so that no two bindings have the same bytes.
fn associated_data(binding: &Binding<'_>) -> String {
    STANDARD.encode(format!("keystile/master-key/1 {} {}", binding.fingerprint, binding.context))
}
