//! The environment and the configuration file, parsed once into types.
//!
//! Names are nested by `__` below the prefix `KEYSTILE`. The `JWT` group may be read below another prefix, so
//! that a service whose variables are called `PM__JWT__PRIVATE_KEY` and so on needs no renaming. A name
//! nobody knows is refused: a misspelt setting that is silently ignored would be found out in an incident.

mod backups;
mod choices;
mod file;
mod invalid;
mod known;
mod mail;
mod master_key;
mod passkeys;
mod provider;
mod shown;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use crate::auth::{ForwardingHeader, TrustedProxies};
use crate::domain::{Audience, IssuerId, KeySize, Policy, Propagation, SecretText};
use crate::managers::Credentials;
use crate::settings::{FirstIssuer, IssuerChange, KeyPairPem, KvSettings, Settings};

pub use file::ConfigFile;
pub use invalid::InvalidSetting;
pub use known::KNOWN;
pub use shown::{Shown, schema};

/// The prefix of every setting.
pub const PREFIX: &str = "KEYSTILE";

/// Everything the environment decides.
pub struct Config {
    /// What the engine is told.
    pub settings: Settings,
    /// Name of the issuer that is meant where none is named.
    pub issuer_id: IssuerId,
    /// Address of the HTTP server.
    pub listen: SocketAddr,
    /// Where clients reach the server, if it was said.
    pub public_url: Option<String>,
    /// What the environment says about the issuer: after the first start, only this is changed.
    pub issuer: IssuerChange,
    /// The key pair to adopt on first start, if one is configured.
    pub adopt: Option<KeyPairPem>,
    /// What is logged.
    pub log_filter: String,
    /// Whether the log is JSON.
    pub log_json: bool,
    /// The proxies in front of the server.
    pub proxies: TrustedProxies,
    /// What the server proves who it is with; without it, it speaks HTTP in clear.
    pub tls: Option<TlsFiles>,
}

/// Where the certificate of the server is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and its chain, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
}

impl Config {
    /// Reads `variables`, the `JWT` group below `jwt_prefix` if one is given.
    pub fn read(
        variables: impl IntoIterator<Item = (String, String)>,
        jwt_prefix: Option<&str>,
    ) -> Result<Self, InvalidSetting> {
        Self::read_with(ConfigFile::default(), variables, jwt_prefix)
    }

    /// Reads a file, and over it `variables`.
    pub fn read_with(
        file: ConfigFile,
        variables: impl IntoIterator<Item = (String, String)>,
        jwt_prefix: Option<&str>,
    ) -> Result<Self, InvalidSetting> {
        let mut variables = variables.into_iter().collect();
        file.beneath(&mut variables, jwt_prefix);
        let environment = Environment::new(variables, jwt_prefix)?;
        Ok(Self {
            settings: environment.settings()?,
            issuer_id: environment.text("ISSUER__ID").unwrap_or("main").parse()?,
            listen: environment.listen()?,
            public_url: environment.url("PUBLIC_URL")?,
            issuer: environment.issuer()?,
            adopt: environment.key_pair()?,
            log_filter: environment.text("LOG__FILTER").unwrap_or("info").to_owned(),
            log_json: environment.log_json()?,
            proxies: environment.proxies()?,
            tls: environment.tls()?,
        })
    }

    /// Whether clients reach the server over TLS, so that its cookie may demand it.
    pub fn is_https(&self) -> bool {
        match &self.public_url {
            Some(url) => url.starts_with("https://"),
            None => self.tls.is_some() || !self.listen.ip().is_loopback(),
        }
    }

    /// The issuer that a first start makes: what the environment says, and the defaults for the rest.
    pub fn first_issuer(&mut self) -> FirstIssuer {
        FirstIssuer {
            id: self.issuer_id.clone(),
            iss: self.issuer.iss.clone().unwrap_or_else(|| self.own_url()),
            audience: self.issuer.audience.clone().flatten(),
            policy: first_policy(&self.issuer),
            adopt: self.adopt.take(),
        }
    }
}

fn first_policy(said: &IssuerChange) -> Policy {
    let default = Policy::default();
    let parts = &default.propagation;
    Policy {
        key_size: said.key_size.unwrap_or(default.key_size),
        access_token_expiry_secs: said.access_token_expiry_secs.unwrap_or(default.access_token_expiry_secs),
        refresh_token_expiry_secs: said
            .refresh_token_expiry_secs
            .unwrap_or(default.refresh_token_expiry_secs),
        leeway_secs: said.leeway_secs.unwrap_or(default.leeway_secs),
        propagation: Propagation {
            kv_bound_secs: said.kv_bound_secs.unwrap_or(parts.kv_bound_secs),
            cache_ttl_secs: said.cache_ttl_secs.unwrap_or(parts.cache_ttl_secs),
            refresh_secs: said.refresh_secs.unwrap_or(parts.refresh_secs),
            report_window_secs: said.report_window_secs.unwrap_or(parts.report_window_secs),
            readers_secs: said.readers_secs.unwrap_or(parts.readers_secs),
        },
        rotation_interval_days: said.rotation_interval_days.unwrap_or(default.rotation_interval_days),
        rotation_window: said.rotation_window.unwrap_or(default.rotation_window),
        retired_key_sealed_days: said.retired_key_sealed_days.unwrap_or(default.retired_key_sealed_days),
        key_set_lifetime_secs: said.key_set_lifetime_secs.unwrap_or(default.key_set_lifetime_secs),
        approval_required: default.approval_required,
    }
}

/// The variables below the prefixes, empty ones left out: an empty value means "not set" everywhere.
struct Environment {
    values: BTreeMap<String, String>,
    jwt_prefix: String,
}

impl Environment {
    fn new(
        variables: impl IntoIterator<Item = (String, String)>,
        jwt_prefix: Option<&str>,
    ) -> Result<Self, InvalidSetting> {
        let values: BTreeMap<_, _> = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let ours =
            values.keys().filter_map(|name| name.strip_prefix("KEYSTILE__").map(|below| (name, below)));
        for (name, below) in ours {
            if !KNOWN.iter().any(|(known, _, _)| *known == below) {
                let nearest = known::nearest(below).map(|nearest| format!("{PREFIX}__{nearest}"));
                return Err(InvalidSetting::Unknown { name: name.clone(), nearest });
            }
        }
        let jwt_prefix =
            jwt_prefix.or(values.get("KEYSTILE__ENV_PREFIX").map(String::as_str)).unwrap_or(PREFIX);
        Ok(Self { jwt_prefix: jwt_prefix.trim_end_matches('_').to_owned(), values })
    }

    fn name(&self, below: &str) -> String {
        let prefix = if below.starts_with("JWT__") { &self.jwt_prefix } else { PREFIX };
        format!("{prefix}__{below}")
    }

    fn text(&self, below: &str) -> Option<&str> {
        self.values.get(&self.name(below)).map(String::as_str)
    }

    fn number<N: FromStr>(&self, below: &str) -> Result<Option<N>, InvalidSetting> {
        let Some(value) = self.text(below) else { return Ok(None) };
        let not_a_number = |_| InvalidSetting::NotANumber { name: self.name(below), value: value.to_owned() };
        value.parse().map(Some).map_err(not_a_number)
    }

    fn url(&self, below: &str) -> Result<Option<String>, InvalidSetting> {
        let Some(value) = self.text(below) else { return Ok(None) };
        let is_url = ["https://", "http://"]
            .iter()
            .any(|scheme| value.len() > scheme.len() && value.starts_with(scheme));
        if !is_url {
            return Err(InvalidSetting::NotAUrl { name: self.name(below), value: value.to_owned() });
        }
        Ok(Some(value.trim_end_matches('/').to_owned()))
    }

    /// What cannot be read may hold a password, and is not shown.
    fn database(&self) -> Result<Option<SecretText>, InvalidSetting> {
        let Some(url) = self.text("DATABASE__URL") else { return Ok(None) };
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            return Err(InvalidSetting::NotADatabase { name: self.name("DATABASE__URL") });
        }
        Ok(Some(SecretText::new(url.to_owned())))
    }

    fn listen(&self) -> Result<SocketAddr, InvalidSetting> {
        let Some(value) = self.text("LISTEN") else {
            return Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, 8420)));
        };
        value
            .parse()
            .map_err(|_| InvalidSetting::NotAnAddress { name: self.name("LISTEN"), value: value.to_owned() })
    }

    fn proxies(&self) -> Result<TrustedProxies, InvalidSetting> {
        let header = match self.text("PROXY__HEADER") {
            None => ForwardingHeader::default(),
            Some(name) => name
                .parse()
                .map_err(|()| self.not_a_choice("PROXY__HEADER", "`X-Forwarded-For` or `Forwarded`", name))?,
        };
        Ok(TrustedProxies::parse(self.text("PROXY__TRUSTED").unwrap_or_default(), header)?)
    }

    fn tls(&self) -> Result<Option<TlsFiles>, InvalidSetting> {
        let missing = |below| Err(InvalidSetting::HalfACertificate { missing: self.name(below) });
        match (self.text("TLS__CERTIFICATE"), self.text("TLS__KEY")) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => {
                Ok(Some(TlsFiles { certificate: certificate.into(), key: key.into() }))
            }
            (Some(_), None) => missing("TLS__KEY"),
            (None, Some(_)) => missing("TLS__CERTIFICATE"),
        }
    }

    fn settings(&self) -> Result<Settings, InvalidSetting> {
        Ok(Settings {
            data: self.text("DATA").map_or_else(|| PathBuf::from("keystile-data"), PathBuf::from),
            database: self.database()?,
            credentials: self.credentials(),
            hand_off_folder: self.text("HAND_OFF__FOLDER").map(PathBuf::from),
            master_key: self.text("MASTER_KEY").map(|key| SecretText::new(key.to_owned())),
            master_key_from: self.master_key_from()?,
            kv: self.kv()?,
            compares_clock: self.compares_clock()?,
            emergency_channel: self.url("EDGE__EMERGENCY_URL")?,
            allowed_hosts: self.text("OUTBOUND__ALLOWED_HOSTS").unwrap_or_default().parse()?,
            mail: self.mail()?,
            provider: self.provider()?,
            backups: self.backups()?,
            // The address is settled last, by whoever listens: see `relying_party`.
            relying_party: None,
            passkey_required: self.passkey_required()?,
        })
    }

    fn issuer(&self) -> Result<IssuerChange, InvalidSetting> {
        Ok(IssuerChange {
            iss: self.text("ISSUER__ISS").map(str::to_owned),
            audience: self.audience()?.map(Some),
            key_size: self.number::<u32>("ROTATION__KEY_BITS")?.map(KeySize::try_from).transpose()?,
            access_token_expiry_secs: self.number("JWT__ACCESS_TOKEN_EXPIRY_SECS")?,
            refresh_token_expiry_secs: self.number("JWT__REFRESH_TOKEN_EXPIRY_SECS")?,
            leeway_secs: self.number("JWT__LEEWAY_SECS")?,
            kv_bound_secs: self.number("EDGE__KV_BOUND_SECS")?,
            cache_ttl_secs: self.number("EDGE__CACHE_TTL_SECS")?,
            refresh_secs: self.number("EDGE__REFRESH_SECS")?,
            report_window_secs: self.number("EDGE__REPORT_WINDOW_SECS")?,
            readers_secs: self.number("EDGE__READERS_SECS")?,
            rotation_interval_days: self.number("ROTATION__INTERVAL_DAYS")?,
            rotation_window: self.text("ROTATION__WINDOW").map(str::parse).transpose()?,
            retired_key_sealed_days: self.number("ROTATION__SEALED_DAYS")?,
            key_set_lifetime_secs: self.number("KEY_SET__LIFETIME_SECS")?,
            // Two people decide that one is enough, and no file of one machine.
            approval_required: None,
        })
    }

    fn audience(&self) -> Result<Option<Audience>, InvalidSetting> {
        const BELOW: &str = "ISSUER__AUDIENCE";
        Ok(match self.json_list(BELOW)? {
            Some(names) => Some(Audience::Many(names)),
            None => self.text(BELOW).map(|name| Audience::One(name.to_owned())),
        })
    }

    /// The texts of a JSON list; nothing where it is not meant as one.
    fn json_list(&self, below: &str) -> Result<Option<Vec<String>>, InvalidSetting> {
        let Some(list) = self.text(below).filter(|text| text.trim_start().starts_with('[')) else {
            return Ok(None);
        };
        serde_json::from_str(list).map(Some).map_err(|_| InvalidSetting::List(self.name(below)))
    }

    fn key_pair(&self) -> Result<Option<KeyPairPem>, InvalidSetting> {
        // Deployment systems often carry a PEM on one line, with `\n` written out.
        let pem = |text: &str| text.replace("\\n", "\n");
        let public_key = self.text("JWT__PUBLIC_KEY").map(pem);
        match self.text("JWT__PRIVATE_KEY") {
            Some(private) => Ok(Some(KeyPairPem { private_key: SecretText::new(pem(private)), public_key })),
            None if public_key.is_some() => Err(InvalidSetting::PublicKeyAlone(self.jwt_prefix.clone())),
            None => Ok(None),
        }
    }

    /// systemd names the folder of a unit's credentials by a variable of its own.
    fn credentials(&self) -> Credentials {
        let folder = self.text("HAND_OFF__CREDENTIALS");
        let folder = folder.or(self.values.get("CREDENTIALS_DIRECTORY").map(String::as_str));
        let given = self.values.iter().filter(|(name, _)| name.starts_with(Credentials::PREFIX));
        Credentials::new(given.map(|(name, value)| (name.clone(), value.clone())), folder.map(PathBuf::from))
    }

    fn kv(&self) -> Result<Option<KvSettings>, InvalidSetting> {
        let group = ["KV__BASE_URL", "KV__ACCOUNT_ID", "KV__NAMESPACE_ID", "KV__API_TOKEN"];
        if group.iter().all(|below| self.text(below).is_none()) {
            return Ok(None);
        }
        let needed = |below: &str| {
            self.text(below)
                .map(str::to_owned)
                .ok_or_else(|| InvalidSetting::HalfAnEdgeStore { missing: self.name(below) })
        };
        let base_url = match self.url("KV__BASE_URL")? {
            Some(url) => url,
            None => format!("https://api.cloudflare.com/client/v4/accounts/{}", needed("KV__ACCOUNT_ID")?),
        };
        Ok(Some(KvSettings {
            base_url,
            namespace_id: needed("KV__NAMESPACE_ID")?,
            api_token: SecretText::new(needed("KV__API_TOKEN")?),
        }))
    }
}

#[cfg(test)]
mod tests;
