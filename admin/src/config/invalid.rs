//! What is wrong with a setting, and what would be right.

use crate::auth::NotANetwork;
use crate::domain::{InvalidIssuerId, InvalidWindow, UnsupportedKeySize};
use crate::outbound::{InvalidHost, SETTING};
use crate::seal::InvalidOrigin;

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSetting {
    /// Nobody reads this name.
    #[error(
        "nothing reads the setting `{name}`: {}`keystile config schema` lists every name",
        nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`? ")).unwrap_or_default()
    )]
    Unknown {
        /// The name.
        name: String,
        /// The one that may have been meant.
        nearest: Option<String>,
    },
    /// A file that cannot be used.
    #[error("`{path}` cannot be used as the configuration: {cause}")]
    File {
        /// The file.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
    /// A value of a kind that no setting has.
    #[error("`{name}` must be a text, a whole number or a list of texts")]
    NotOneValue {
        /// The setting.
        name: String,
    },
    /// A word that is none of those there are.
    #[error("`{name}` must be {choices}, not `{value}`")]
    NotAChoice {
        /// The variable.
        name: String,
        /// What there is.
        choices: &'static str,
        /// Its value.
        value: String,
    },
    /// Proxies that are none.
    #[error("`KEYSTILE__PROXY__TRUSTED` cannot be used: {0}")]
    Proxies(#[from] NotANetwork),
    /// A certificate without its key, or a key without its certificate.
    #[error("`{missing}` is missing: set the certificate and its private key, or neither")]
    HalfACertificate {
        /// The variable.
        missing: String,
    },
    /// Not a number.
    #[error("`{name}` is not a whole number: it is `{value}`")]
    NotANumber {
        /// The variable.
        name: String,
        /// Its value.
        value: String,
    },
    /// Not an address.
    #[error("`{name}` is not an address: write it like `127.0.0.1:8420`, not `{value}`")]
    NotAnAddress {
        /// The variable.
        name: String,
        /// Its value.
        value: String,
    },
    /// Not a URL.
    #[error(
        "`{name}` is not an address of the web: it must start with `https://` (or `http://`), not `{value}`"
    )]
    NotAUrl {
        /// The variable.
        name: String,
        /// Its value.
        value: String,
    },
    /// Not the URL of a database that we know.
    #[error(
        "`{name}` is not the URL of a database: write it like `postgres://user:password@host:5432/keystile`, or leave it out to keep the data in the folder"
    )]
    NotADatabase {
        /// The variable.
        name: String,
    },
    /// A list that is no JSON list of texts.
    #[error("`{0}` starts like a JSON list but is none: write it like `[\"one\",\"two\"]`")]
    List(String),
    /// A public key alone cannot sign.
    #[error(
        "`{0}__JWT__PUBLIC_KEY` is set without its private key: set `{0}__JWT__PRIVATE_KEY` too, or neither"
    )]
    PublicKeyAlone(String),
    /// Nobody could ever register one.
    #[error(
        "`KEYSTILE__SIGN_IN__PASSKEY` is `required`, and browsers keep no passkeys for `{0}`: set `KEYSTILE__PUBLIC_URL` to `https://NAME`"
    )]
    NoNameForPasskeys(String),
    /// Half an edge store.
    #[error(
        "`{missing}` is missing: set the namespace, the API token, and the account or the base URL, or none of them"
    )]
    HalfAnEdgeStore {
        /// The variable.
        missing: String,
    },
    /// Half a mail server.
    #[error("`{missing}` is missing: set the mail server, the sender and the receivers, or none of them")]
    HalfAMailServer {
        /// The variable.
        missing: String,
    },
    /// Half an identity provider.
    #[error(
        "`{missing}` is missing: it takes the issuer, the client id, the client secret and KEYSTILE__PUBLIC_URL, or none"
    )]
    HalfAProvider {
        /// The variable.
        missing: String,
    },
    /// A client secret that is said twice.
    #[error("`{name}` and its file are both set: keep one of them")]
    TwoSecrets {
        /// The variable.
        name: String,
    },
    /// A provider of whom nobody could come.
    #[error(
        "nobody could sign in: say by `{name}` and the like which values of the role claim stand for which role"
    )]
    NoRoles {
        /// One of the variables.
        name: String,
    },
    /// Half a schedule of backups.
    #[error("`{missing}` is missing: set the folder of the backups and who may restore them, or neither")]
    HalfABackup {
        /// The variable.
        missing: String,
    },
    /// An issuer id that does not fit a path.
    #[error("`KEYSTILE__ISSUER__ID` cannot be used: {0}")]
    IssuerId(#[from] InvalidIssuerId),
    /// A place where no master key comes from.
    #[error("`KEYSTILE__MASTER_KEY_FROM` cannot be used: {0}")]
    MasterKeyFrom(#[from] InvalidOrigin),
    /// Hours that are none.
    #[error("`KEYSTILE__ROTATION__WINDOW` cannot be used: {0}")]
    Window(#[from] InvalidWindow),
    /// Hosts that are none.
    #[error("`{SETTING}` cannot be used: {0}")]
    AllowedHosts(#[from] InvalidHost),
    /// A key size nobody makes.
    #[error("`KEYSTILE__ROTATION__KEY_BITS` cannot be used: {0}")]
    KeySize(#[from] UnsupportedKeySize),
}
