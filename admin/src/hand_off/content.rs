use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;
use zeroize::Zeroizing;

use super::digest::hex_digest;
use crate::domain::SecretText;

/// What a backend that signs puts into its environment: names and values, in the order of the names.
pub struct Content(BTreeMap<String, SecretText>);

impl Content {
    /// These variables.
    pub fn new(variables: impl IntoIterator<Item = (String, SecretText)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// The first name that stands among `others` and not here: somebody else keeps something in our place.
    pub(super) fn foreign<'a>(&self, others: &'a BTreeMap<String, SecretText>) -> Option<&'a str> {
        others.keys().find(|name| !self.0.contains_key(*name)).map(String::as_str)
    }

    /// One JSON object, in the order of the names.
    pub(super) fn to_json(&self) -> Zeroizing<String> {
        let plain: BTreeMap<&str, &str> =
            self.0.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
        json_of(&plain)
    }

    /// A line a variable.
    pub(super) fn to_environment_file(&self) -> Zeroizing<String> {
        let lines = self.0.iter().map(|(name, value)| environment_line(name, value.reveal()) + "\n");
        Zeroizing::new(lines.collect())
    }

    /// The private key alone.
    pub(super) fn private_key(&self) -> Zeroizing<String> {
        let found = self.0.iter().find(|(name, _)| name.ends_with("__PRIVATE_KEY"));
        Zeroizing::new(found.map(|(_, value)| value.reveal().to_owned()).unwrap_or_default())
    }

    /// The manifest of a Kubernetes Secret, in JSON, which is YAML too.
    pub(super) fn to_manifest(&self, name: &str, namespace: Option<&str>) -> Zeroizing<String> {
        let data: BTreeMap<&str, String> =
            self.0.iter().map(|(name, value)| (name.as_str(), STANDARD.encode(value.reveal()))).collect();
        let mut metadata = json!({ "name": name });
        if let (Some(namespace), Some(metadata)) = (namespace, metadata.as_object_mut()) {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        let manifest = json!({ "apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data });
        Zeroizing::new(format!("{manifest:#}\n"))
    }

    /// What tells it from any other.
    pub(super) fn digest(&self) -> String {
        hex_digest(self.to_json().as_bytes())
    }
}

/// The same of variables that were read.
pub(super) fn digest_of(variables: &BTreeMap<String, SecretText>) -> String {
    let plain: BTreeMap<&str, &str> =
        variables.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
    hex_digest(json_of(&plain).as_bytes())
}

/// Texts by name, which always can be written.
pub(super) fn json_of(texts: &BTreeMap<&str, &str>) -> Zeroizing<String> {
    Zeroizing::new(serde_json::to_string(texts).unwrap_or_default())
}

/// A variable as a shell and an env file read it: within double quotes where that matters, line breaks kept.
pub fn environment_line(name: &str, value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if value.chars().all(plain) {
        return format!("{name}={value}");
    }
    let escaped =
        value.trim_end().replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`");
    format!("{name}=\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn content() -> Content {
        let variable = |name: &str, value: &str| (name.to_owned(), SecretText::new(value.to_owned()));
        Content::new([variable("PM__JWT__PRIVATE_KEY", "-----BEGIN\nA\n"), variable("PM__JWT__KEY_ID", "k")])
    }

    #[test]
    fn a_value_that_a_shell_would_read_is_quoted() {
        assert_eq!(environment_line("A", "3600"), "A=3600");
        assert_eq!(environment_line("A", "-----BEGIN\nA\n"), "A=\"-----BEGIN\nA\"");
        assert_eq!(environment_line("A", "a\"$b`"), "A=\"a\\\"\\$b\\`\"");
    }

    #[test]
    fn what_was_read_has_the_digest_of_what_was_written() {
        let read: BTreeMap<String, SecretText> = serde_json::from_str(&content().to_json()).unwrap();
        assert_eq!(digest_of(&read), content().digest());
        assert_eq!(content().foreign(&read), None);
    }

    #[test]
    fn a_manifest_has_its_values_in_base64() {
        let manifest: Value = serde_json::from_str(&content().to_manifest("jwt", Some("apps"))).unwrap();
        assert_eq!(manifest["data"]["PM__JWT__KEY_ID"], "aw==");
        assert_eq!(manifest["metadata"], json!({ "name": "jwt", "namespace": "apps" }));
        assert_eq!(content().private_key().as_str(), "-----BEGIN\nA\n");
    }
}
