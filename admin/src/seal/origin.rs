//! Where master keys come from, as the settings name it.

use std::fmt;
use std::str::FromStr;

/// Where the master key comes from, and how it is asked for there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterKeyOrigins {
    /// The first makes new ones; from the others they come while everything is wrapped anew.
    pub list: Vec<MasterKeyOrigin>,
    /// The name of the installation: keepers bind its master key to it.
    pub context: String,
    /// Another endpoint of AWS KMS than the region's.
    pub kms_endpoint: Option<String>,
}

impl Default for MasterKeyOrigins {
    /// A file or the environment.
    fn default() -> Self {
        Self { list: vec![MasterKeyOrigin::Local], context: "keystile".to_owned(), kms_endpoint: None }
    }
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterKeyOrigin {
    /// The key itself, in a file or the environment.
    Local,
    /// The database, in which it is wrapped by a key that somebody else keeps.
    Wrapped(Keeper),
}

/// A key that wraps master keys, and who keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Keeper {
    /// The transit engine of OpenBao or Vault.
    Transit(TransitKey),
    /// AWS KMS.
    Kms(KmsKey),
}

/// A key of a transit engine, by the address that its own API has for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitKey {
    /// The server, without `/v1`.
    pub(super) address: String,
    /// Where the engine is mounted; a namespace may come before it.
    pub(super) mount: String,
    pub(super) name: String,
    /// What stands after `#`: the name of its token, where there are two servers.
    credential: Option<String>,
}

/// A key of AWS KMS, by its ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKey {
    pub(super) arn: String,
    pub(super) region: String,
    credential: Option<String>,
}

/// Not a place where a master key comes from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is none of `local`, a transit key such as `https://bao.example:8200/v1/transit/keys/keystile`, and the ARN of a \
     KMS key such as `arn:aws:kms:eu-central-1:111122223333:key/…`; after a `#` may stand the name of its credential"
)]
pub struct InvalidOrigin(String);

impl MasterKeyOrigins {
    /// Whether a file or the environment is one of them.
    pub fn has_local(&self) -> bool {
        self.list.contains(&MasterKeyOrigin::Local)
    }

    /// Everybody who keeps a key that wraps.
    pub fn keepers(&self) -> impl Iterator<Item = &Keeper> {
        self.list.iter().filter_map(MasterKeyOrigin::keeper)
    }
}

impl MasterKeyOrigin {
    /// Who is asked, if anybody is.
    pub const fn keeper(&self) -> Option<&Keeper> {
        match self {
            Self::Local => None,
            Self::Wrapped(keeper) => Some(keeper),
        }
    }
}

impl Keeper {
    /// What its credential is called, behind [`Credentials::OF_MASTER_KEY`](crate::managers::Credentials::OF_MASTER_KEY).
    pub(super) fn credential(&self) -> &str {
        let (own, default) = match self {
            Self::Transit(key) => (&key.credential, "openbao"),
            Self::Kms(key) => (&key.credential, "aws"),
        };
        own.as_deref().unwrap_or(default)
    }

    /// Where it answers.
    pub(super) fn address(&self, kms_endpoint: Option<&str>) -> String {
        match self {
            Self::Transit(key) => key.address.clone(),
            Self::Kms(key) => kms_endpoint.map_or_else(|| key.endpoint(), str::to_owned),
        }
    }
}

impl KmsKey {
    /// China has a domain of its own.
    fn endpoint(&self) -> String {
        let suffix = if self.arn.starts_with("arn:aws-cn:") { ".cn" } else { "" };
        format!("https://kms.{}.amazonaws.com{suffix}/", self.region)
    }
}

impl FromStr for MasterKeyOrigin {
    type Err = InvalidOrigin;

    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let invalid = || InvalidOrigin(text.to_owned());
        let (place, credential) = match text.split_once('#') {
            Some((place, name)) if is_name(name) => (place, Some(name.to_owned())),
            Some(_) => return Err(invalid()),
            None => (text, None),
        };
        if place == "local" && credential.is_none() {
            return Ok(Self::Local);
        }
        let transit = || transit_key(place, credential.clone()).map(Keeper::Transit);
        let kms = || kms_key(place, credential.clone()).map(Keeper::Kms);
        transit().or_else(kms).map(Self::Wrapped).ok_or_else(invalid)
    }
}

impl fmt::Display for MasterKeyOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Wrapped(keeper) => keeper.fmt(f),
        }
    }
}

/// As it can be written in the settings, without the credential: so it is what the database says.
impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transit(key) => write!(f, "{}/v1/{}/keys/{}", key.address, key.mount, key.name),
            Self::Kms(key) => f.write_str(&key.arn),
        }
    }
}

fn transit_key(text: &str, credential: Option<String>) -> Option<TransitKey> {
    let (address, path) = text.split_once("/v1/")?;
    let (mount, name) = path.rsplit_once("/keys/")?;
    let host = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let segments = mount.split('/').chain([name]);
    let fits = |part: &str| !part.is_empty() && part.bytes().all(is_plain) && !matches!(part, "." | "..");
    let is_key = !host.is_empty() && !host.contains(['@', '?']) && segments.into_iter().all(fits);
    let [address, mount, name] = [address, mount, name].map(str::to_owned);
    is_key.then_some(TransitKey { address, mount, name, credential })
}

/// By the key's own ARN: an alias can be led to another key, which opens nothing of before.
fn kms_key(text: &str, credential: Option<String>) -> Option<KmsKey> {
    let parts: Vec<_> = text.split(':').collect();
    let ["arn", partition, "kms", region, account, key] = parts[..] else { return None };
    let id = key.strip_prefix("key/")?;
    let fits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte != b'.' && is_plain(byte));
    let is_key = partition.starts_with("aws") && [partition, region, account, id].into_iter().all(fits);
    is_key.then(|| KmsKey { arn: text.to_owned(), region: region.to_owned(), credential })
}

/// What needs no escape in a path.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&name.len()) && name.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAO: &str = "https://bao.example:8200/v1/team-a/transit/keys/keystile";
    const KMS: &str = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    #[test]
    fn a_key_is_called_by_the_name_that_its_keeper_has_for_it() {
        for text in ["local", BAO, KMS, "http://127.0.0.1:1/v1/transit/keys/k"] {
            assert_eq!(text.parse::<MasterKeyOrigin>().unwrap().to_string(), text);
        }
        let MasterKeyOrigin::Wrapped(Keeper::Transit(key)) = BAO.parse().unwrap() else { panic!("another") };
        assert_eq!(
            (key.address.as_str(), key.mount.as_str()),
            ("https://bao.example:8200", "team-a/transit")
        );
        let MasterKeyOrigin::Wrapped(Keeper::Kms(key)) = KMS.parse().unwrap() else { panic!("another") };
        assert_eq!(key.endpoint(), "https://kms.eu-central-1.amazonaws.com/");
    }

    #[test]
    fn each_kind_has_a_credential_of_its_own_unless_another_is_named() {
        let credential =
            |text: &str| text.parse::<MasterKeyOrigin>().unwrap().keeper().unwrap().credential().to_owned();
        assert_eq!(credential(BAO), "openbao");
        assert_eq!(credential(KMS), "aws");
        assert_eq!(credential(&format!("{BAO}#old-bao")), "old-bao");
        assert_eq!(format!("{KMS}#x").parse::<MasterKeyOrigin>().unwrap().to_string(), KMS);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in [
            "",
            "file",
            "local#x",
            "https://bao.example/transit/keys/k",
            "https://bao.example/v1/transit/keys/",
            "https://bao.example/v1/../sys/keys/k",
            "https://bao.example/v1/transit/keys/k?a=b",
            "https:///v1/transit/keys/k",
            "https://a@bao.example/v1/transit/keys/k",
            "ftp://bao.example/v1/transit/keys/k",
            "arn:aws:kms:eu-central-1:111122223333:alias/keystile",
            "arn:aws:kms:evil.example/?:111122223333:key/1",
            "arn:aws:s3:eu-central-1:111122223333:key/1",
            "arn:aws:kms::111122223333:key/1",
            &format!("{BAO}#../x"),
            &format!("{BAO}#"),
        ] {
            assert!(text.parse::<MasterKeyOrigin>().is_err(), "{text}");
        }
    }
}
