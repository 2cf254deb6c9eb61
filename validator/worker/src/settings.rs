//! The configuration, read once. A variable that is missing or wrong closes the gateway and is named in the answer.

mod policy;

use std::{rc::Rc, time::Duration};

use keystile_gateway::{Asserter, FILTER_GRACE};

pub(crate) use policy::{PolicySource, StoredPolicy, usable_policy};

/// Everything that the variables of the deployment say.
pub(crate) struct Settings {
    /// Who may pass. Without the variable `POLICY`, one provider and one route for everything.
    pub(crate) policy: PolicySource,
    /// Where accepted requests go: a URL without a slash at its end.
    pub(crate) origin: String,
    /// The admin server, if the gateway may ask it: a URL without a slash at its end.
    pub(crate) admin_url: Option<String>,
    /// The API token for reports to the admin server.
    pub(crate) edge_token: Option<String>,
    /// Signs what the origin is told about each request, if it shares a key with us.
    pub(crate) asserter: Option<Asserter>,
    /// The name of the region, in place of the data center's.
    pub(crate) region: Option<String>,
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
        let admin_url = variables.base_url("ADMIN_URL")?;
        Ok(Self {
            policy: match variables.optional("POLICY") {
                Some(text) => variables.policy(&text)?,
                None => PolicySource::Given(Rc::new(variables.simple_policy(admin_url.as_deref())?)),
            },
            origin: variables.base_url("ORIGIN")?.ok_or_else(|| {
                SettingError::new("ORIGIN", "is missing; give the URL that accepted requests go to")
            })?,
            admin_url,
            edge_token: variables.optional("EDGE_TOKEN"),
            asserter: variables.asserter()?,
            region: variables.optional("REGION"),
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

    fn asserter(&self) -> Result<Option<Asserter>, SettingError> {
        let wrong = |weak: keystile_gateway::WeakKey| SettingError::new("ASSERTION_KEY", weak.to_string());
        self.optional("ASSERTION_KEY").map(|key| Asserter::new(&key).map_err(wrong)).transpose()
    }

    fn base_url(&self, name: &'static str) -> Result<Option<String>, SettingError> {
        let Some(url) = self.optional(name) else { return Ok(None) };
        if is_base_url(&url) {
            Ok(Some(url.trim_end_matches('/').to_owned()))
        } else {
            Err(SettingError::new(name, "must be an `http` or `https` URL without user, query or fragment"))
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

#[cfg(test)]
mod tests {
    use super::*;
    use keystile_gateway::Location;
    use serde_json::Value;

    /// A configuration that works, with `changes` on top. `None` takes a variable away.
    fn read(changes: &[(&str, Option<&str>)]) -> Result<Settings, SettingError> {
        let fixtures: Value =
            serde_json::from_str(include_str!("../../gateway/src/keyring/fixtures.json")).unwrap();
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
        assert_eq!(settings.origin, "https://origin.example/app");
        assert_eq!((settings.cache_ttl, settings.admin_url), (30, None));
        let PolicySource::Given(policy) = settings.policy else { panic!("it is in the store") };
        let provider = policy.providers().next().unwrap();
        assert_eq!(provider.keys().locations(), [Location::Kv("keyset/main".to_owned())]);
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
            ("TOKEN_COOKIE", "a b"),
            ("ASSERTION_KEY", "secret"),
        ] {
            let error = error(&[(variable, Some(value))]);
            assert!(error.starts_with(&format!("the variable `{variable}` ")), "{variable}={value}: {error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_policy_stands_in_the_place_of_the_single_variables() {
        let policy = r#"{ "format": 1, "providers": { "p": { "issuer": "https://p.example", "audience": "api",
            "keys": { "jwks": { "at": "kv:p" } } } }, "routes": [{ "id": "r", "require": { "provider": "p" } }] }"#;
        let alone = [("ISSUER", None), ("AUDIENCE", None), ("ROOT_KEYS", None)];
        let with = |policy| [&alone[..], &[("POLICY", Some(policy))]].concat();
        let PolicySource::Given(read) = read(&with(policy)).unwrap().policy else {
            panic!("it is in the store")
        };
        assert_eq!(read.realm(), "https://p.example");
        assert!(
            error(&[("POLICY", Some(policy))]).starts_with("the variable `ISSUER` is said by `POLICY` too")
        );
        assert!(error(&with("{ }")).contains("(line 1, column"));
        assert!(error(&with(&policy.replace("kv:p", "file:p"))).contains("a worker has no files"));
    }

    #[test]
    fn a_policy_in_the_store_needs_to_be_signed_by_somebody_for_somebody() {
        let stored = |changes: &[(&'static str, Option<&'static str>)]| {
            [&[("AUDIENCE", None), ("POLICY", Some("kv:policy/main"))], changes].concat()
        };
        let PolicySource::Stored(policy) = read(&stored(&[])).unwrap().policy else { panic!("it is given") };
        assert_eq!((policy.key.as_str(), policy.issuer.as_str()), ("policy/main", "https://issuer.example"));
        for variable in ["ISSUER", "ROOT_KEYS"] {
            assert!(
                error(&stored(&[(variable, None)]))
                    .starts_with(&format!("the variable `{variable}` is missing"))
            );
        }
        assert!(error(&stored(&[("LEEWAY", Some("30"))])).contains("is said by `POLICY` too"));
    }

    #[test]
    fn the_audience_may_be_one_or_a_list_or_by_word_unchecked() {
        for audience in ["api", r#"["api","other"]"#, "null"] {
            assert!(read(&[("AUDIENCE", Some(audience))]).is_ok(), "{audience}");
        }
    }
}
