//! The configuration file: the same settings as the environment's, in TOML. `KEYSTILE__KV__NAMESPACE_ID` is
//! `namespace_id` in the table `[kv]`. Where both say something, the environment wins.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use toml::{Table, Value};

use super::known::{OF_ENVIRONMENT, is_secret, nearest};
use super::{InvalidSetting, KNOWN};

/// Settings that are lists in JSON, because a comma may stand in what is listed; all others are separated by commas.
const JSON_LISTS: [&str; 5] =
    ["ISSUER__AUDIENCE", "OIDC__ADMINS", "OIDC__OPERATORS", "OIDC__AUDITORS", "OIDC__VIEWERS"];

/// What a file says, by the names below the prefix.
#[derive(Debug, Default)]
pub struct ConfigFile(BTreeMap<String, String>);

impl ConfigFile {
    /// Reads a file. One that holds a secret must be its owner's alone.
    pub fn read(path: &Path) -> Result<Self, InvalidSetting> {
        let unreadable = |cause: String| InvalidSetting::File { path: path.display().to_string(), cause };
        let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        let file = Self::parse(&text).map_err(|error| match error {
            InvalidSetting::File { cause, .. } => unreadable(cause),
            other => other,
        })?;
        let mode = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?.permissions().mode();
        match file.0.keys().find(|name| is_secret(name)) {
            Some(secret) if mode & 0o077 != 0 => Err(unreadable(format!(
                "it holds `{}`, and other users can read it: `chmod 600` it, or keep the secret in the environment",
                dotted(secret)
            ))),
            _ => Ok(file),
        }
    }

    /// Reads the text of a file.
    pub fn parse(text: &str) -> Result<Self, InvalidSetting> {
        let table: Table = text.parse().map_err(|error: toml::de::Error| InvalidSetting::File {
            path: "the configuration".to_owned(),
            cause: error.to_string().trim_end().to_owned(),
        })?;
        let mut settings = BTreeMap::new();
        flatten("", table, &mut settings)?;
        Ok(Self(settings))
    }

    /// The settings as variables, unless `environment` has them; those of the `JWT` group below its own prefix.
    pub(super) fn beneath(
        self,
        environment: &mut BTreeMap<String, String>,
        jwt_prefix: Option<&str>,
    ) -> BTreeMap<String, String> {
        let ours = |name: &str| format!("KEYSTILE__{name}");
        let prefix = jwt_prefix
            .or(environment.get(&ours("ENV_PREFIX")).map(String::as_str))
            .or(self.0.get("ENV_PREFIX").map(String::as_str))
            .unwrap_or("KEYSTILE")
            .trim_end_matches('_')
            .to_owned();
        let mut origins = BTreeMap::new();
        for (name, value) in self.0 {
            let below = if name.starts_with("JWT__") { &prefix } else { "KEYSTILE" };
            let variable = format!("{below}__{name}");
            if environment.get(&variable).is_none_or(String::is_empty) {
                origins.insert(variable.clone(), dotted(&name));
                environment.insert(variable, value);
            }
        }
        origins
    }
}

fn flatten(above: &str, table: Table, settings: &mut BTreeMap<String, String>) -> Result<(), InvalidSetting> {
    for (key, value) in table {
        let name = format!("{above}{}", key.to_uppercase());
        match value {
            Value::Table(below)
                if KNOWN.iter().any(|(known, ..)| known.starts_with(&format!("{name}__"))) =>
            {
                flatten(&format!("{name}__"), below, settings)?;
            }
            value => {
                let is_known = KNOWN.iter().any(|(known, ..)| *known == name)
                    && !OF_ENVIRONMENT.contains(&name.as_str());
                if !is_known || key != key.to_lowercase() {
                    let written = format!("{}{key}", above.to_lowercase().replace("__", "."));
                    return Err(InvalidSetting::Unknown {
                        name: written,
                        nearest: nearest(&name).map(dotted),
                    });
                }
                let text =
                    text(&name, value).ok_or_else(|| InvalidSetting::NotOneValue { name: dotted(&name) })?;
                settings.insert(name, text);
            }
        }
    }
    Ok(())
}

fn text(name: &str, value: Value) -> Option<String> {
    Some(match value {
        Value::String(text) => text,
        Value::Integer(number) => number.to_string(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Array(items) => {
            let items: Vec<_> =
                items.into_iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<_>>()?;
            if JSON_LISTS.contains(&name) { serde_json::to_string(&items).ok()? } else { items.join(",") }
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => return None,
    })
}

/// A setting as the file names it.
pub(super) fn dotted(name: &str) -> String {
    name.to_lowercase().replace("__", ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        ConfigFile::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn tables_and_lists_become_the_settings_of_the_environment() {
        let file = ConfigFile::parse(
            "listen = '127.0.0.1:1'\n[issuer]\naudience = ['a', 'b']\n[rotation]\ninterval_days = 30\n\
             [proxy]\ntrusted = ['10.0.0.1', '10.1.0.0/16']",
        );
        let said: Vec<_> = file.unwrap().0.into_iter().collect();
        let said: Vec<_> = said.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            said,
            [
                ("ISSUER__AUDIENCE", r#"["a","b"]"#),
                ("LISTEN", "127.0.0.1:1"),
                ("PROXY__TRUSTED", "10.0.0.1,10.1.0.0/16"),
                ("ROTATION__INTERVAL_DAYS", "30")
            ]
        );
    }

    #[test]
    fn a_name_that_nobody_knows_is_refused_with_the_nearest_that_somebody_does() {
        assert!(refusal("listn = '127.0.0.1:1'").contains("`listn`: did you mean `listen`?"));
        assert!(refusal("[kv]\nnamespace = 'x'").contains("`kv.namespace_id`"));
        assert!(refusal("[kw]\nnamespace_id = 'x'").contains("`kw`"));
        assert!(refusal("LISTEN = '127.0.0.1:1'").contains("did you mean `listen`?"));
        assert!(refusal("config = 'other.toml'").contains("`config`"));
        assert!(refusal("listen.port = 1").contains("`listen`"));
    }

    #[test]
    fn what_is_no_toml_is_refused_with_its_place() {
        assert!(refusal("listen = ").contains("line 1"));
        assert!(refusal("listen = 1\nlisten = 2").contains("line 2"));
        assert!(refusal("listen = 1979-05-27").contains("`listen`"));
    }

    #[test]
    fn the_environment_wins_and_the_jwt_group_keeps_its_prefix() {
        let file = ConfigFile::parse("listen = 'a'\npublic_url = 'b'\n[jwt]\nleeway_secs = 7").unwrap();
        let mut environment = BTreeMap::from([("KEYSTILE__LISTEN".to_owned(), "c".to_owned())]);
        let origins = file.beneath(&mut environment, Some("PM"));
        assert_eq!(environment["KEYSTILE__LISTEN"], "c");
        assert_eq!(environment["PM__JWT__LEEWAY_SECS"], "7");
        assert_eq!(origins.into_keys().collect::<Vec<_>>(), ["KEYSTILE__PUBLIC_URL", "PM__JWT__LEEWAY_SECS"]);
    }

    #[test]
    fn a_secret_in_a_file_that_others_read_is_refused_and_not_shown() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("keystile.toml");
        fs::write(&path, "[kv]\napi_token = 'very-secret'").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = ConfigFile::read(&path).unwrap_err().to_string();
        assert!(refused.contains("`kv.api_token`") && !refused.contains("very-secret"), "{refused}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(ConfigFile::read(&path).is_ok());
    }
}
