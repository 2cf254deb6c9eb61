use std::path::PathBuf;

use reqwest::Client;
use zeroize::Zeroizing;

use super::aws::{Aws, access_key};
use super::exchange::EXCHANGE;
use super::openbao::OpenBao;
use super::{Content, Credentials, FileFormat, HandOffError, Place, Target, files};
use crate::domain::Timestamp;
use crate::outbound::{AllowedHosts, Outbound};

/// What all targets share: where requests may go, what credentials stand for, and below which folder files are written.
pub struct Surroundings {
    outbound: Outbound,
    client: Client,
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
    pub fn new(
        allowed: AllowedHosts,
        credentials: Credentials,
        folder: Option<PathBuf>,
    ) -> Result<Self, HandOffError> {
        let outbound = Outbound::allowing(allowed);
        let client = outbound.client(EXCHANGE).map_err(|detail| HandOffError::Misconfigured { detail })?;
        Ok(Self { outbound, client, credentials, folder })
    }

    /// Returns `Ok` only if a request to this target could be made. Asks nobody, and looks for no credential.
    pub fn check(&self, target: &Target) -> Result<(), HandOffError> {
        match &target.place {
            Place::Openbao { address, .. } => {
                self.outbound.admit(address).map(drop).map_err(HandOffError::from)
            }
            Place::AwsSecretsManager { region, endpoint, .. } => self
                .outbound
                .admit(&endpoint_of(region, endpoint.as_deref()))
                .map(drop)
                .map_err(HandOffError::from),
            Place::KubernetesManifest { file, .. } | Place::File { file, .. } => self.file(file).map(drop),
        }
    }

    /// Gets ready to talk to a target, as things are now.
    pub fn open<'a>(&'a self, target: &'a Target, now: Timestamp) -> Result<OpenTarget<'a>, HandOffError> {
        Ok(OpenTarget(match &target.place {
            Place::Openbao { address, mount, path, namespace, credential } => Kind::OpenBao(OpenBao {
                client: &self.client,
                address: self.outbound.admit(address)?,
                mount,
                path,
                namespace: namespace.as_deref(),
                token: self.credentials.find(credential)?,
            }),
            Place::AwsSecretsManager { region, secret, endpoint, credential } => Kind::Aws(Box::new(Aws {
                client: &self.client,
                endpoint: self.outbound.admit(&endpoint_of(region, endpoint.as_deref()))?,
                region,
                secret,
                access_key: access_key(&self.credentials.find(credential)?, credential)?,
                now,
            })),
            Place::KubernetesManifest { file, .. } | Place::File { file, .. } => {
                Kind::File { path: self.file(file)?, place: &target.place }
            }
        }))
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
