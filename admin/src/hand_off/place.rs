use std::path::PathBuf;

use zeroize::Zeroizing;

use super::aws::Aws;
use super::openbao::OpenBao;
use super::{Content, FileFormat, HandOffError, Place, Target, files};
use crate::domain::Timestamp;
use crate::managers::{AccessKey, AwsService, Credentials, ManagerError, OpenBaoServer};
use crate::outbound::{Destination, NotAdmitted, Outbound};

/// What all targets share: where requests may go, what credentials stand for, and below which folder files are written.
pub struct Surroundings {
    outbound: Outbound,
    credentials: Credentials,
    folder: Option<PathBuf>,
}

/// What stands in a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether it is what is to stand there.
    pub is_content: bool,
    /// Which version it is, as the place counts them; `None` where nothing stands.
    pub version: Option<String>,
}

/// A target that is about to be looked at, or written.
pub struct OpenTarget<'a>(Kind<'a>);

enum Kind<'a> {
    OpenBao(OpenBao<'a>),
    Aws(Box<Aws<'a>>),
    File { path: PathBuf, place: &'a Place },
}

impl Surroundings {
    /// Prepares what targets share.
    pub fn new(outbound: Outbound, credentials: Credentials, folder: Option<PathBuf>) -> Self {
        Self { outbound, credentials, folder }
    }

    /// Returns `Ok` only if a request to this target could be made. Asks nobody, and looks for no credential.
    pub fn check(&self, target: &Target) -> Result<(), HandOffError> {
        match &target.place {
            Place::Openbao { address, .. } => Ok(self.manager(address).map(drop)?),
            Place::AwsSecretsManager { region, endpoint, .. } => {
                Ok(self.manager(&endpoint_of(region, endpoint.as_deref())).map(drop)?)
            }
            Place::KubernetesManifest { file, .. } | Place::File { file, .. } => self.file(file).map(drop),
        }
    }

    /// Gets ready to talk to a target, as things are now.
    pub fn open<'a>(&'a self, target: &'a Target, now: Timestamp) -> Result<OpenTarget<'a>, HandOffError> {
        Ok(OpenTarget(match &target.place {
            Place::Openbao { address, mount, path, namespace, credential } => Kind::OpenBao(OpenBao {
                server: OpenBaoServer {
                    outbound: &self.outbound,
                    address: self.manager(address)?,
                    namespace: namespace.as_deref(),
                    token: self.credentials.find(credential)?,
                },
                mount,
                path,
            }),
            Place::AwsSecretsManager { region, secret, endpoint, credential } => Kind::Aws(Box::new(Aws {
                service: AwsService {
                    outbound: &self.outbound,
                    endpoint: self.manager(&endpoint_of(region, endpoint.as_deref()))?,
                    region,
                    name: "secretsmanager",
                    target: "secretsmanager",
                    access_key: AccessKey::read(&self.credentials.find(credential)?, credential)?,
                    now,
                },
                secret,
            })),
            Place::KubernetesManifest { file, .. } | Place::File { file, .. } => {
                Kind::File { path: self.file(file)?, place: &target.place }
            }
        }))
    }

    /// A secrets manager, to which paths are added.
    fn manager(&self, address: &str) -> Result<Destination, ManagerError> {
        let manager = self.outbound.admit(address)?;
        if manager.url().query().is_some() || manager.url().fragment().is_some() {
            let cause = "it may have no `?` and no `#`, such as `https://bao.example:8200`".to_owned();
            return Err(NotAdmitted::Unusable { cause }.into());
        }
        Ok(manager)
    }

    fn file(&self, below: &str) -> Result<PathBuf, HandOffError> {
        let detail =
            "set KEYSTILE__HAND_OFF__FOLDER: keys are handed over as files below it alone".to_owned();
        let folder = self.folder.as_ref().ok_or(HandOffError::Misconfigured { detail })?;
        Ok(folder.join(below))
    }
}

impl OpenTarget<'_> {
    /// Looks what stands where `content` is to stand.
    pub async fn look(&self, content: &Content) -> Result<Standing, HandOffError> {
        match &self.0 {
            Kind::OpenBao(openbao) => openbao.look(content).await,
            Kind::Aws(aws) => aws.look(content).await,
            Kind::File { path, place } => files::look(path, &text_of(content, place)),
        }
    }

    /// Writes `content` over what was `seen` there just before. Whether it arrived, [`look`](Self::look) tells. `token` has
    /// 32 characters or more, and was never used before.
    pub async fn write(&self, content: &Content, seen: &Standing, token: &str) -> Result<(), HandOffError> {
        match &self.0 {
            Kind::OpenBao(openbao) => openbao.write(content, seen).await,
            Kind::Aws(aws) => aws.write(content, seen, token).await,
            Kind::File { path, place } => files::write(path, &text_of(content, place), token),
        }
    }

    /// Removes an older version for good. A file has none.
    pub async fn remove(&self, version: &str) -> Result<(), HandOffError> {
        match &self.0 {
            Kind::OpenBao(openbao) => openbao.remove(version).await,
            Kind::Aws(aws) => aws.remove(version).await,
            Kind::File { .. } => Ok(()),
        }
    }
}

/// What a file is to hold; the other places have no text.
fn text_of(content: &Content, place: &Place) -> Zeroizing<String> {
    match place {
        Place::KubernetesManifest { secret, namespace, .. } => {
            content.to_manifest(secret, namespace.as_deref())
        }
        Place::File { format: FileFormat::Env, .. } => content.to_environment_file(),
        Place::File { format: FileFormat::Pem, .. } => content.private_key(),
        _ => content.to_json(),
    }
}

fn endpoint_of(region: &str, endpoint: Option<&str>) -> String {
    endpoint.map_or_else(|| format!("https://secretsmanager.{region}.amazonaws.com/"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::outbound::tests::{FickleNames, receiver};
    use crate::outbound::{AllowedHosts, Names, SystemNames};

    fn surroundings(allowed: &str, names: Arc<dyn Names>) -> Surroundings {
        let allowed: AllowedHosts = allowed.parse().unwrap();
        let aws = r#"{"AccessKeyId":"a","SecretAccessKey":"b"}"#;
        let credentials = [("KEYSTILE_CREDENTIAL__BAO", "s.1"), ("KEYSTILE_CREDENTIAL__AWS", aws)];
        let credentials = credentials.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Surroundings::new(Outbound::new(allowed, names).unwrap(), Credentials::new(credentials, None), None)
    }

    /// A target of each kind that is called, at one address.
    fn targets(address: &str) -> [Target; 2] {
        let bao = json!({ "kind": "openbao", "address": address, "path": "a", "credential": "bao" });
        let aws = json!({
            "kind": "aws-secrets-manager", "region": "eu-central-1", "endpoint": address, "secret": "a",
            "credential": "aws",
        });
        [bao, aws].map(|place| serde_json::from_value(json!({ "name": "t", "place": place })).unwrap())
    }

    async fn look(surroundings: &Surroundings, target: &Target) -> Result<Standing, HandOffError> {
        surroundings.open(target, Timestamp::from_secs(1_700_000_000))?.look(&Content::new([])).await
    }

    #[tokio::test]
    async fn a_target_that_redirects_is_not_followed() {
        let (inner, reached) = receiver("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        let head =
            format!("HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:{inner}/\r\ncontent-length: 0\r\n\r\n");
        let (port, seen) = receiver(head.leak()).await;
        let surroundings = surroundings(&format!("127.0.0.1:{port}"), Arc::new(SystemNames));
        for target in targets(&format!("http://127.0.0.1:{port}")) {
            assert_eq!(
                look(&surroundings, &target).await,
                Err(ManagerError::Redirected { status: 307 }.into())
            );
        }
        assert_eq!((seen.lock().unwrap().len(), reached.lock().unwrap().len()), (2, 0));
    }

    #[tokio::test]
    async fn a_target_whose_name_leads_inside_by_and_by_is_not_gone_to_and_the_error_says_what_allows_it() {
        let (port, seen) = receiver("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        for target in targets(&format!("https://bao.example:{port}")) {
            let names = FickleNames::answering(&[&["127.0.0.1"]]);
            let surroundings = surroundings("", names.clone());
            assert_eq!((surroundings.check(&target), names.left()), (Ok(()), 1));
            let refused = look(&surroundings, &target).await.unwrap_err().to_string();
            assert!(refused.contains("adds `bao.example` to KEYSTILE__OUTBOUND__ALLOWED_HOSTS"), "{refused}");
        }
        assert!(seen.lock().unwrap().is_empty());
    }

    #[test]
    fn a_manager_is_an_address_to_which_a_path_can_be_added() {
        for address in ["https://bao.example/?a=b", "https://bao.example/#a", "bao.example"] {
            for target in targets(address) {
                assert!(surroundings("", Arc::new(SystemNames)).check(&target).is_err(), "{address}");
            }
        }
    }
}
