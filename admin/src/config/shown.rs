//! The settings as they are shown: each with where it comes from, secrets masked; and as a JSON Schema.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::file::dotted;
use super::known::{OF_ENVIRONMENT, is_secret};
use super::{Config, ConfigFile, Environment, InvalidSetting, KNOWN};

/// A setting as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// As the configuration file names it.
    pub name: String,
    /// Its value; of a secret, only that there is one.
    pub value: String,
    /// `environment`, `file` or `default`.
    pub from: &'static str,
}

impl Config {
    /// Every setting as it stands, in the order of the list.
    pub fn show(
        file: ConfigFile,
        variables: impl IntoIterator<Item = (String, String)>,
        jwt_prefix: Option<&str>,
    ) -> Result<Vec<Shown>, InvalidSetting> {
        let mut variables: BTreeMap<_, _> = variables.into_iter().collect();
        let of_file = file.beneath(&mut variables, jwt_prefix);
        let environment = Environment::new(variables, jwt_prefix)?;
        let shown = |(name, default, _): &(&str, &str, &str)| {
            let from = match environment.text(name) {
                None => "default",
                Some(_) if of_file.contains_key(&environment.name(name)) => "file",
                Some(_) => "environment",
            };
            let value = match environment.text(name) {
                Some(_) if is_secret(name) => "(a secret)",
                Some(value) => value,
                None => default,
            };
            Shown { name: dotted(name), value: value.to_owned(), from }
        };
        Ok(KNOWN.iter().map(shown).collect())
    }
}

/// A JSON Schema (2020-12) of the configuration file, which editors understand.
pub fn schema() -> Value {
    let mut root = table();
    for (name, default, meaning) in KNOWN.iter().filter(|(name, ..)| !OF_ENVIRONMENT.contains(name)) {
        let lower = name.to_lowercase();
        insert(&mut root, &lower, setting(default, meaning));
    }
    let mut schema = Map::from_iter([
        ("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema")),
        ("title".to_owned(), json!("The configuration of the Keystile server")),
    ]);
    schema.extend(root.as_object().cloned().unwrap_or_default());
    Value::Object(schema)
}

fn table() -> Value {
    json!({ "type": "object", "properties": {}, "additionalProperties": false })
}

/// Puts a setting where its name says, with the tables on the way.
fn insert(table: &mut Value, name: &str, setting: Value) {
    let Some(properties) = table.get_mut("properties").and_then(Value::as_object_mut) else { return };
    match name.split_once("__") {
        Some((first, rest)) => insert(properties.entry(first).or_insert_with(self::table), rest, setting),
        None => {
            properties.insert(name.to_owned(), setting);
        }
    }
}

/// A setting is a number where its default is one; everything may be written as a text, as in the environment.
fn setting(default: &str, meaning: &str) -> Value {
    if let Ok(number) = default.parse::<u64>() {
        let written =
            json!([{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": "^[0-9]+$" }]);
        return json!({ "description": meaning, "anyOf": written, "default": number });
    }
    let written = json!([{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]);
    if default.is_empty() {
        return json!({ "description": meaning, "anyOf": written });
    }
    json!({ "description": meaning, "anyOf": written, "default": default })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_shown_with_its_origin_and_no_secret_is() {
        let file = ConfigFile::parse("listen = '127.0.0.1:1'\n[kv]\napi_token = 'very-secret'").unwrap();
        let environment =
            [("KEYSTILE__MASTER_KEY", "very-secret"), ("KEYSTILE__PUBLIC_URL", "https://k.example")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let shown = Config::show(file, environment, None).unwrap();
        assert_eq!(shown.len(), KNOWN.len());
        let of = |name: &str| {
            let one = shown.iter().find(|one| one.name == name).unwrap();
            (one.value.as_str(), one.from)
        };
        assert_eq!(of("listen"), ("127.0.0.1:1", "file"));
        assert_eq!(of("public_url"), ("https://k.example", "environment"));
        assert_eq!(of("rotation.interval_days"), ("90", "default"));
        assert_eq!(of("kv.api_token"), ("(a secret)", "file"));
        assert_eq!(of("master_key"), ("(a secret)", "environment"));
        assert!(!format!("{shown:?}").contains("very-secret"));
    }

    #[test]
    fn the_schema_has_every_setting_of_a_file_and_the_file_reads_them() {
        let schema = schema();
        for (name, ..) in KNOWN.iter().filter(|(name, ..)| !OF_ENVIRONMENT.contains(name)) {
            let pointer = name.to_lowercase().replace("__", "/properties/");
            assert!(schema.pointer(&format!("/properties/{pointer}/description")).is_some(), "{name}");
            let (table, leaf) =
                dotted(name).rsplit_once('.').map_or((String::new(), dotted(name)), |(table, leaf)| {
                    (format!("[{table}]\n"), leaf.to_owned())
                });
            assert!(ConfigFile::parse(&format!("{table}{leaf} = '1'")).is_ok(), "{name}");
        }
    }
}
