//! What the server is told when it starts: plain types. Reading them from the environment belongs to the doors.

use std::path::PathBuf;

use crate::backup::age::Recipient;
use crate::domain::{Audience, CalendarWindow, IssuerId, KeySize, Policy, SecretText};
use crate::managers::Credentials;
use crate::oidc::ProviderSettings;
use crate::outbound::AllowedHosts;
use crate::passkeys::RelyingParty;
use crate::seal::MasterKeyOrigins;

/// Everything the engine must be told.
pub struct Settings {
    /// The folder of the database and, unless it is given, of the master key.
    pub data: PathBuf,
    /// The URL of a database of PostgreSQL, password included, in place of the one in the folder.
    pub database: Option<SecretText>,
    /// The master key in base64 (32 bytes); otherwise it is kept in `<data>/master.key`.
    pub master_key: Option<SecretText>,
    /// Where the master key comes from: from there or from what keeps it wrapped.
    pub master_key_from: MasterKeyOrigins,
    /// Where key sets are pushed; without it they are served by this server alone.
    pub kv: Option<KvSettings>,
    /// Whether nothing is changed while the store's clock and this machine's are too far apart.
    pub compares_clock: bool,
    /// The URL of an edge worker with an emergency channel, without a slash at its end: key sets are brought there too.
    pub emergency_channel: Option<String>,
    /// Hosts that are not public and that may be called all the same, where somebody has named them over the API.
    pub allowed_hosts: AllowedHosts,
    /// What the credentials stand for that targets of the hand-off name.
    pub credentials: Credentials,
    /// Below it keys are handed over as files; without it they are not.
    pub hand_off_folder: Option<PathBuf>,
    /// How mail goes out.
    pub mail: Option<MailSettings>,
    /// Where people of the company sign in; without it, by name and API token alone.
    pub provider: Option<ProviderSettings>,
    /// Backups that the server makes by itself; without it, it makes none.
    pub backups: Option<BackupSchedule>,
    /// Whom passkeys belong to; without it nobody can make or use one.
    pub relying_party: Option<RelyingParty>,
    /// Whether nobody signs in by name without a passkey.
    pub passkey_required: bool,
}

impl Settings {
    /// A server on this folder that pushes nowhere, with the master key that it keeps there.
    pub fn at(data: PathBuf) -> Self {
        Self {
            data,
            database: None,
            master_key: None,
            master_key_from: MasterKeyOrigins::default(),
            kv: None,
            compares_clock: true,
            emergency_channel: None,
            allowed_hosts: AllowedHosts::default(),
            credentials: Credentials::default(),
            hand_off_folder: None,
            mail: None,
            provider: None,
            backups: None,
            relying_party: None,
            passkey_required: false,
        }
    }
}

/// A mail server, and who writes to whom.
pub struct MailSettings {
    /// Such as `smtps://user:password@mail.example`: it holds the password.
    pub url: SecretText,
    /// The sender.
    pub from: String,
    /// The receivers, with commas between them.
    pub to: String,
}

/// Where the server puts a backup, how often, and how many it keeps.
#[derive(Debug, Clone)]
pub struct BackupSchedule {
    /// A folder that is there.
    pub folder: PathBuf,
    /// Who may restore them.
    pub recipients: Vec<Recipient>,
    /// The seconds between two.
    pub every_secs: u64,
    /// How many are kept; one at least.
    pub keep: usize,
}

/// How to reach one namespace of Workers KV, or of anything that speaks its REST API.
pub struct KvSettings {
    /// The part of the URL before `/storage/kv/namespaces/`, account included, without a final slash.
    pub base_url: String,
    /// The id of the namespace.
    pub namespace_id: String,
    /// The bearer token.
    pub api_token: SecretText,
}

/// What the first start is told about the issuer it makes.
pub struct FirstIssuer {
    /// The name in paths.
    pub id: IssuerId,
    /// The `iss` claim.
    pub iss: String,
    /// The `aud` claim.
    pub audience: Option<Audience>,
    /// Lifetimes and windows.
    pub policy: Policy,
    /// A key pair that backends already sign with; it becomes the first active key, and nobody is logged out.
    pub adopt: Option<KeyPairPem>,
}

/// A key pair as it is found in an environment: PKCS#1 or PKCS#8, and PKCS#1 or SPKI.
pub struct KeyPairPem {
    /// The private key.
    pub private_key: SecretText,
    /// The public key; derived when it is absent, compared when it is there.
    pub public_key: Option<String>,
}

/// Settings of an issuer that are to change; `None` leaves a setting as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuerChange {
    /// The `iss` claim.
    pub iss: Option<String>,
    /// The `aud` claim; `Some(None)` removes it.
    pub audience: Option<Option<Audience>>,
    /// The size of new keys.
    pub key_size: Option<KeySize>,
    /// How long an access token lives.
    pub access_token_expiry_secs: Option<u64>,
    /// How long a refresh token lives.
    pub refresh_token_expiry_secs: Option<u64>,
    /// Clock skew that verifiers allow.
    pub leeway_secs: Option<u64>,
    /// The store's part of the propagation bound.
    pub kv_bound_secs: Option<u64>,
    /// The cache's part of the propagation bound.
    pub cache_ttl_secs: Option<u64>,
    /// How often a reader looks again.
    pub refresh_secs: Option<u64>,
    /// How long a region that reported must confirm.
    pub report_window_secs: Option<u64>,
    /// How long verifiers of other makes keep a plain key set.
    pub readers_secs: Option<u64>,
    /// Days between scheduled rotations; 0 for never.
    pub rotation_interval_days: Option<u32>,
    /// The hours of the week in which they happen.
    pub rotation_window: Option<CalendarWindow>,
    /// Days for which the private half of a retired key is kept.
    pub retired_key_sealed_days: Option<u32>,
    /// How long a signed key set may be used.
    pub key_set_lifetime_secs: Option<u64>,
    /// Whether what can do the most harm takes two people.
    pub approval_required: Option<bool>,
}
