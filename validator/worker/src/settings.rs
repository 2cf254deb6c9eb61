//! The configuration, read once. A variable that is missing or wrong closes the gateway and is named in the answer.

use std::time::Duration;

use keystile_validator::{Expected, Floor, Policy, PolicyError, RootKeys};

use crate::keyring::FILTER_GRACE;

/// Everything that the variables of the deployment say.
pub(crate) struct Settings {
    /// Which of the server's issuers, as in the key `keyset/<issuer id>`.
    pub(crate) issuer_id: String,
    /// The issuer whose key set and tokens are believed.
    pub(crate) issuer: String,
    /// What a token must be.
    pub(crate) policy: Policy,
    /// The keys that may sign key sets.
    pub(crate) roots: RootKeys,
    /// What an isolate takes for seen when it starts: below it, no key set is believed.
    pub(crate) floor: Floor,
    /// Where accepted requests go: a URL without a slash at its end.
    pub(crate) origin: String,
    /// The admin server, if the gateway may ask it: a URL without a slash at its end.
    pub(crate) admin_url: Option<String>,
    /// The API token for reports to the admin server.
    pub(crate) edge_token: Option<String>,
    /// The cookie that may carry the token instead of the `Authorization` header.
    pub(crate) token_cookie: Option<String>,
    /// Whether the origin sees the token.
    pub(crate) forward_token: bool,
    /// The name of the region, in place of the data center's.
    pub(crate) region: Option<String>,
    /// A signed key set to begin with when the store cannot be read.
    pub(crate) last_good: Option<String>,
    /// For how many seconds the store's cache may keep the key set.
    pub(crate) cache_ttl: u64,
    /// How long a set is used after the store had a newer one whose filters it had not.
    pub(crate) filter_grace: Duration,
}

/// A variable that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{variable}` {problem}")]
pub(crate) struct SettingError {
    variable: &'static str,
    problem: String,
}

impl SettingError {
    pub(crate) fn new(variable: &'static str, problem: impl Into<String>) -> Self {
        Self { variable, problem: problem.into() }
    }
}

/// The shortest and default time that the store's cache keeps a value, in seconds.
const MIN_CACHE_TTL: u64 = 30;

impl Settings {
    /// Reads every variable through `lookup`.
    pub(crate) fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, SettingError> {
        let variables = Variables { lookup };
        let issuer = variables.required("ISSUER", "is missing; give the `iss` of the tokens")?;
        if !issuer.bytes().all(is_quotable) {
            return Err(SettingError::new("ISSUER", "has characters that no `iss` URL has; correct it"));
        }
        Ok(Self {
            issuer_id: variables.issuer_id()?,
            policy: variables.policy(&issuer)?,
            issuer,
            roots: variables.roots()?,
            floor: variables.floor()?,
            origin: variables.base_url("ORIGIN")?.ok_or_else(|| {
                SettingError::new("ORIGIN", "is missing; give the URL that accepted requests go to")
            })?,
            admin_url: variables.base_url("ADMIN_URL")?,
            edge_token: variables.optional("EDGE_TOKEN"),
            token_cookie: variables.optional("TOKEN_COOKIE"),
            forward_token: variables.forward_token()?,
            region: variables.optional("REGION"),
            last_good: variables.optional("LAST_GOOD"),
            cache_ttl: variables.cache_ttl()?,
            filter_grace: variables.seconds("FILTER_GRACE")?.map_or(FILTER_GRACE, Duration::from_secs),
        })
    }
}

struct Variables<L> {
    lookup: L,
}

impl<L: Fn(&str) -> Option<String>> Variables<L> {
    /// A variable that is empty counts as left out.
    fn optional(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &'static str, problem: &str) -> Result<String, SettingError> {
        self.optional(name).ok_or_else(|| SettingError::new(name, problem))
    }

    fn issuer_id(&self) -> Result<String, SettingError> {
        let id = self.optional("ISSUER_ID").unwrap_or_else(|| "main".to_owned());
        let is_valid = id.len() <= 63
            && !id.starts_with('-')
            && id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if is_valid {
            Ok(id)
        } else {
            Err(SettingError::new("ISSUER_ID", "must match `[a-z0-9][a-z0-9-]{0,62}`"))
        }
    }

    fn policy(&self, issuer: &str) -> Result<Policy, SettingError> {
        let mut policy = Policy::builder()
            .issuer(Expected::one_of([issuer]))
            .audience(self.audience()?)
            .leeway(self.seconds("LEEWAY")?.unwrap_or(Policy::DEFAULT_LEEWAY))
            .allow_missing_kid(self.boolean("ALLOW_MISSING_KID")?);
        if let Some(typ) = self.optional("TYP") {
            policy = policy.typ(one_or_many("TYP", &typ)?);
        }
        if let Some(age) = self.seconds("MAX_TOKEN_AGE")? {
            policy = policy.max_token_age(age);
        }
        policy.build().map_err(|error| {
            let variable = match error {
                PolicyError::NoIssuer => "ISSUER",
                PolicyError::NoAudience => "AUDIENCE",
                PolicyError::NoType => "TYP",
            };
            SettingError::new(variable, format!("cannot be used: {error}"))
        })
    }

    /// Whom the tokens are for is a decision that no default can make, so that leaving it out is an error.
    fn audience(&self) -> Result<Expected, SettingError> {
        let missing =
            "is missing; give the expected `aud`, a JSON list of them, or `null` if it is not to be checked";
        match self.required("AUDIENCE", missing)?.as_str() {
            "null" => Ok(Expected::NotChecked),
            audience => one_or_many("AUDIENCE", audience).map(Expected::one_of),
        }
    }

    fn roots(&self) -> Result<RootKeys, SettingError> {
        let missing = "is missing; give the public root keys as the server prints them (`keystile roots`)";
        let jwks = self.required("ROOT_KEYS", missing)?;
        RootKeys::from_jwks(jwks.as_bytes())
            .map_err(|error| SettingError::new("ROOT_KEYS", format!("cannot be used: {error}")))
    }

    fn floor(&self) -> Result<Floor, SettingError> {
        let version = self.whole_number("FLOOR_VERSION", "must be the version of a key set")?;
        let generation = self.whole_number("FLOOR_GENERATION", "must be the generation of a delegation")?;
        Ok(Floor::at_version(version.unwrap_or(0)).with_generation(generation.unwrap_or(0)))
    }

    fn base_url(&self, name: &'static str) -> Result<Option<String>, SettingError> {
        let Some(url) = self.optional(name) else { return Ok(None) };
        if is_base_url(&url) {
            Ok(Some(url.trim_end_matches('/').to_owned()))
        } else {
            Err(SettingError::new(name, "must be an `http` or `https` URL without user, query or fragment"))
        }
    }

    fn forward_token(&self) -> Result<bool, SettingError> {
        match self.optional("FORWARD_AUTHORIZATION").as_deref() {
            None | Some("keep") => Ok(true),
            Some("strip") => Ok(false),
            Some(_) => Err(SettingError::new("FORWARD_AUTHORIZATION", "must be `keep` or `strip`")),
        }
    }

    fn cache_ttl(&self) -> Result<u64, SettingError> {
        let ttl = self.seconds("CACHE_TTL")?.unwrap_or(MIN_CACHE_TTL);
        let too_short =
            || SettingError::new("CACHE_TTL", format!("must be at least {MIN_CACHE_TTL} seconds"));
        if ttl < MIN_CACHE_TTL { Err(too_short()) } else { Ok(ttl) }
    }

    fn seconds(&self, name: &'static str) -> Result<Option<u64>, SettingError> {
        self.whole_number(name, "must be a whole number of seconds")
    }

    fn whole_number(&self, name: &'static str, problem: &str) -> Result<Option<u64>, SettingError> {
        let wrong = |_| SettingError::new(name, problem);
        self.optional(name).map(|value| value.parse().map_err(wrong)).transpose()
    }

    fn boolean(&self, name: &'static str) -> Result<bool, SettingError> {
        match self.optional(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(SettingError::new(name, "must be `true` or `false`")),
        }
    }
}

fn one_or_many(name: &'static str, value: &str) -> Result<Vec<String>, SettingError> {
    if value.starts_with('[') {
        serde_json::from_str(value)
            .map_err(|_| SettingError::new(name, "must be a string or a JSON list of strings"))
    } else {
        Ok(vec![value.to_owned()])
    }
}

/// Whether a request's path can be put behind `url`. By hand, because a URL parser doubles the size of the WASM.
fn is_base_url(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else {
        return false;
    };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let is_path = |byte: u8| byte.is_ascii_graphic() && !b"?#\\".contains(&byte);
    !host.is_empty() && host.bytes().all(is_host) && path.bytes().all(is_path)
}

/// What can stand in the quotes of a challenge (RFC 6750 section 3).
pub(crate) fn is_quotable(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7E) && byte != b'"' && byte != b'\\'
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A configuration that works, with `changes` on top. `None` takes a variable away.
    fn read(changes: &[(&str, Option<&str>)]) -> Result<Settings, SettingError> {
        let fixtures: serde_json::Value =
            serde_json::from_str(include_str!("keyring_fixtures.json")).unwrap();
        Settings::read(|name| match changes.iter().find(|(changed, _)| *changed == name) {
            Some((_, value)) => value.map(str::to_owned),
            None => match name {
                "ISSUER" => Some("https://issuer.example".to_owned()),
                "AUDIENCE" => Some("api".to_owned()),
                "ROOT_KEYS" => Some(fixtures["roots"].to_string()),
                "ORIGIN" => Some("https://origin.example/app/".to_owned()),
                _ => None,
            },
        })
    }

    fn error(changes: &[(&str, Option<&str>)]) -> String {
        read(changes).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn four_variables_are_enough() {
        let settings = read(&[]).unwrap();
        assert_eq!((settings.issuer_id.as_str(), settings.cache_ttl), ("main", 30));
        assert_eq!(settings.origin, "https://origin.example/app");
        assert!(settings.forward_token && settings.admin_url.is_none() && settings.token_cookie.is_none());
    }

    #[test]
    fn a_missing_variable_is_named_with_its_remedy() {
        for variable in ["ISSUER", "AUDIENCE", "ROOT_KEYS", "ORIGIN"] {
            for absent in [None, Some(""), Some("  ")] {
                let error = error(&[(variable, absent)]);
                assert!(
                    error.starts_with(&format!("the variable `{variable}` is missing; give ")),
                    "{error}"
                );
            }
        }
    }

    #[test]
    fn a_wrong_variable_is_named() {
        for (variable, value) in [
            ("ISSUER_ID", "Main"),
            ("ISSUER_ID", "-main"),
            ("ISSUER_ID", "../main"),
            ("ISSUER", "https://issuer.example\"\r\n"),
            ("AUDIENCE", "[1]"),
            ("AUDIENCE", "[]"),
            ("ROOT_KEYS", "{}"),
            ("ROOT_KEYS", "not json"),
            ("ORIGIN", "origin.example"),
            ("ORIGIN", "ftp://origin.example"),
            ("ORIGIN", "https://user:secret@origin.example"),
            ("ORIGIN", "https://origin.example/?a=b"),
            ("ORIGIN", "https://"),
            ("ORIGIN", "https://origin.example\\@evil.example"),
            ("ADMIN_URL", "/admin"),
            ("LEEWAY", "-1"),
            ("LEEWAY", "30s"),
            ("MAX_TOKEN_AGE", "1.5"),
            ("TYP", "[]"),
            ("FORWARD_AUTHORIZATION", "no"),
            ("ALLOW_MISSING_KID", "yes"),
            ("CACHE_TTL", "29"),
        ] {
            let error = error(&[(variable, Some(value))]);
            assert!(error.starts_with(&format!("the variable `{variable}` ")), "{variable}={value}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn the_audience_may_be_one_or_a_list_or_by_word_unchecked() {
        for audience in ["api", r#"["api","other"]"#, "null"] {
            assert!(read(&[("AUDIENCE", Some(audience))]).is_ok(), "{audience}");
        }
    }
}
