use std::path::{Component, Path};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::managers::Credentials;

/// For so long a backend may go on with the key before, unless its target says something else: enough for a restart.
const RELOAD_SECS: u64 = 60;
/// Longer than this, and the key before is no key before any more.
const LONGEST_RELOAD_SECS: u64 = 86_400;
/// What a name has at most: it stands in paths, in names of variables and in the log.
const LONGEST_NAME: usize = 63;
/// What a place is called by at most; AWS has 512, and the others no bound worth naming.
const LONGEST_PATH: usize = 512;

/// A place from which backends read the key that they sign with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What it is called here: small letters, digits and hyphens.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// What the variables begin with, as in `keystile env --prefix`.
    #[serde(default = "default_prefix")]
    pub prefix: String,
    /// How the private key is written.
    #[serde(default)]
    pub private_key: PrivateKeyFormat,
    /// For so long after a key has arrived there, a backend may still sign with the one before: 60 unless it is said.
    #[serde(default = "default_reload_secs")]
    pub reload_secs: u64,
}

/// The encoding of a private key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PrivateKeyFormat {
    /// `RSA PRIVATE KEY` (PKCS#1), as `openssl genrsa -traditional` writes it.
    #[default]
    Pkcs1,
    /// `PRIVATE KEY` (PKCS#8).
    Pkcs8,
}

/// Where a target is. A credential is a name: the operator says what it stands for, and the database never sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Place {
    /// A path of a KV engine, version 2, of OpenBao or Vault. It must hold nothing else.
    Openbao {
        /// Such as `https://bao.example:8200`.
        address: String,
        /// Where the engine is mounted.
        #[serde(default = "default_mount")]
        mount: String,
        /// The path below it.
        path: String,
        /// The namespace, where there are any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
        /// The name of the token.
        credential: String,
    },
    /// A secret of AWS Secrets Manager. It must hold nothing else.
    AwsSecretsManager {
        /// Such as `eu-central-1`.
        region: String,
        /// Its name or ARN; one that is not there is made under this name.
        secret: String,
        /// Another endpoint than the region's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        endpoint: Option<String>,
        /// The name of the access key.
        credential: String,
    },
    /// The manifest of a Kubernetes Secret, as a file.
    KubernetesManifest {
        /// Below the folder that the operator has set aside.
        file: String,
        /// The name of the Secret.
        secret: String,
        /// Its namespace.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        namespace: Option<String>,
    },
    /// A file that its owner alone may read.
    File {
        /// Below the folder that the operator has set aside.
        file: String,
        /// What it looks like.
        #[serde(default)]
        format: FileFormat,
    },
}

/// What a file looks like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FileFormat {
    /// A line a variable, as `keystile env` prints them.
    #[default]
    Env,
    /// One JSON object of the variables.
    Json,
    /// The private key alone.
    Pem,
}

/// A target that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}`: {detail}")]
pub struct InvalidTarget {
    /// Which one.
    pub name: String,
    /// What is wrong with it, and what would be right.
    pub detail: String,
}

impl Target {
    /// Returns `Ok` only if every part of it can be what it should be. Asks nobody.
    pub fn check(&self) -> Result<(), InvalidTarget> {
        self.fault().map_or(Ok(()), |detail| Err(InvalidTarget { name: self.name.clone(), detail }))
    }

    /// Whether an older secret outlives there what replaced it.
    pub fn keeps_versions(&self) -> bool {
        matches!(self.place, Place::Openbao { .. } | Place::AwsSecretsManager { .. })
    }

    fn fault(&self) -> Option<String> {
        if !is_name(&self.name) {
            return Some("a name has 1 to 63 small letters, digits and hyphens".to_owned());
        }
        if self.reload_secs > LONGEST_RELOAD_SECS {
            return Some(format!("`reload_secs` is at most {LONGEST_RELOAD_SECS}"));
        }
        match &self.place {
            Place::Openbao { mount, path, namespace, credential, .. } => credential_fault(credential)
                .or_else(|| path_fault("mount", mount))
                .or_else(|| path_fault("path", path))
                .or_else(|| namespace.as_ref().and_then(|namespace| path_fault("namespace", namespace))),
            Place::AwsSecretsManager { region, secret, credential, .. } => {
                let text_fault = |name: &str, text: &str| {
                    (text.is_empty() || text.len() > LONGEST_PATH)
                        .then(|| format!("`{name}` has 1 to {LONGEST_PATH} characters"))
                };
                let region = (!is_name(region))
                    .then(|| format!("`{region}` is no region: write it like `eu-central-1`"));
                credential_fault(credential).or(region).or_else(|| text_fault("secret", secret))
            }
            Place::KubernetesManifest { file, secret, namespace } => {
                let names = std::iter::once(secret).chain(namespace);
                let unfit = names.into_iter().find(|name| !is_name(name));
                file_fault(file).or_else(|| {
                    unfit.map(|name| {
                        format!("`{name}` is no name in Kubernetes: use small letters, digits and hyphens")
                    })
                })
            }
            Place::File { file, .. } => file_fault(file),
        }
    }
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST_NAME).contains(&name.len())
        && name.bytes().all(allowed)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

fn credential_fault(name: &str) -> Option<String> {
    if name.starts_with(Credentials::OF_MASTER_KEY) {
        return Some(format!("`{name}` opens the master key: give the hand-off a credential of its own"));
    }
    (!is_name(name))
        .then(|| "`credential` is a name of small letters, digits and hyphens, and no secret".to_owned())
}

/// Each part becomes a segment of a URL, where `.` and `..` would lead elsewhere.
fn path_fault(field: &str, path: &str) -> Option<String> {
    let fits = |part: &str| !matches!(part, "" | "." | "..") && !part.chars().any(char::is_control);
    let well_formed = path.len() <= LONGEST_PATH && path.split('/').all(fits);
    (!well_formed)
        .then(|| format!("`{field}` is a path such as `apps/backend`, without a slash at either end"))
}

fn file_fault(file: &str) -> Option<String> {
    let path = Path::new(file);
    let below = !file.is_empty()
        && file.len() <= LONGEST_PATH
        && !file.ends_with('/')
        && path.components().all(|part| matches!(part, Component::Normal(_)));
    (!below).then(|| "`file` is a path below KEYSTILE__HAND_OFF__FOLDER, such as `backend.env`".to_owned())
}

fn default_prefix() -> String {
    crate::config::PREFIX.to_owned()
}

fn default_mount() -> String {
    "secret".to_owned()
}

const fn default_reload_secs() -> u64 {
    RELOAD_SECS
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(place: &Value) -> Target {
        serde_json::from_value(json!({ "name": "vault", "place": place })).unwrap()
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let target = read(
            &json!({ "kind": "openbao", "address": "https://bao.example", "path": "apps/pm", "credential": "bao" }),
        );
        assert_eq!((target.prefix.as_str(), target.reload_secs), ("KEYSTILE", 60));
        assert!(matches!(&target.place, Place::Openbao { mount, .. } if mount == "secret"));
        assert_eq!(target.check(), Ok(()));
    }

    #[test]
    fn a_path_leads_nowhere_else() {
        for file in ["", "/etc/passwd", "../key", "a/../../b", "./a", "a/"] {
            let target = read(&json!({ "kind": "file", "file": file }));
            assert!(target.check().is_err(), "{file}");
        }
        for path in ["", "a//b", "a/../b", "/a", "a/", "a\nb"] {
            let target = read(
                &json!({ "kind": "openbao", "address": "https://b", "path": path, "credential": "bao" }),
            );
            assert!(target.check().is_err(), "{path}");
        }
        assert_eq!(read(&json!({ "kind": "file", "file": "apps/backend.env" })).check(), Ok(()));
    }

    #[test]
    fn a_credential_is_a_name_and_no_secret() {
        let place =
            json!({ "kind": "openbao", "address": "https://b", "path": "a", "credential": "s.AbCdEf" });
        assert!(read(&place).check().unwrap_err().to_string().contains("and no secret"));
        let of_master_key = json!({
            "kind": "openbao", "address": "https://b", "path": "a", "credential": "master-key-openbao",
        });
        assert!(read(&of_master_key).check().unwrap_err().to_string().contains("a credential of its own"));
        let unknown = json!({ "name": "vault", "place": { "kind": "file", "file": "a", "token": "s.1" } });
        assert!(serde_json::from_value::<Target>(unknown).is_err());
    }
}
