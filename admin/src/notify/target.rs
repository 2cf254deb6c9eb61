//! Where a webhook may lead.

use std::collections::BTreeSet;
use std::net::IpAddr;

use reqwest::Url;

use super::{DeliveryError, is_public};

/// The longest URL that is kept. Those of chat services have some 100 characters.
const LONGEST: usize = 2_048;

/// The hosts that the operator let webhooks go to wherever they are, by the environment. Whoever adds a webhook over the
/// API cannot change it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedHosts(BTreeSet<String>);

impl AllowedHosts {
    /// Reads names and addresses, with commas or white space between them.
    pub fn from_text(text: &str) -> Self {
        let words = text.split([',', ' ', '\t', '\n']).filter(|word| !word.is_empty());
        Self(words.map(|word| word.trim_matches(['[', ']']).to_ascii_lowercase()).collect())
    }

    /// Whether this very host is among them.
    pub fn contains(&self, host: &str) -> bool {
        self.0.contains(&host.trim_matches(['[', ']']).trim_end_matches('.').to_ascii_lowercase())
    }
}

/// A URL that a webhook may have: `https`, or `http` to a host that is allowed; no credentials in it; and no address
/// that is not public, unless it is allowed. What a name stands for is checked at every delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Url);

impl Target {
    /// Reads one.
    pub fn parse(text: &str, allowed: &AllowedHosts) -> Result<Self, DeliveryError> {
        let invalid = |detail: &str| DeliveryError::TargetInvalid { detail: detail.to_owned() };
        if text.len() > LONGEST {
            return Err(invalid("it is longer than 2048 characters"));
        }
        let url =
            Url::parse(text).map_err(|error| DeliveryError::TargetInvalid { detail: error.to_string() })?;
        let host =
            url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid("it names no host"))?;
        let is_allowed = allowed.contains(host);
        match url.scheme() {
            "https" => {}
            "http" if is_allowed => {}
            "http" => {
                return Err(invalid("it must begin with https://, or the operator must allow its host"));
            }
            _ => return Err(invalid("it must begin with https://")),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("it may carry no user name and no password"));
        }
        let literal = host.trim_matches(['[', ']']).parse::<IpAddr>().ok();
        let is_own = |host: &str| host == "localhost" || host.ends_with(".localhost");
        if !is_allowed && (literal.is_some_and(|it| !is_public(it)) || is_own(host.trim_end_matches('.'))) {
            return Err(DeliveryError::NotPublic { host: host.to_owned() });
        }
        Ok(Self(url))
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> bool {
        Target::parse(text, &AllowedHosts::default()).is_err()
    }

    #[test]
    fn only_https_to_a_public_host_without_credentials_is_taken() {
        for text in [
            "",
            "x",
            "/hook",
            "http://example.com/",
            "ftp://example.com/",
            "file:///etc/passwd",
            "https://",
            "https://user@example.com/",
            "https://user:pass@example.com/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "gopher://example.com",
        ] {
            assert!(refused(text), "{text}");
        }
        for text in ["https://example.com/hook?x=1", "https://1.1.1.1:8443/", "https://[2606:4700::1111]/"] {
            assert!(!refused(text), "{text}");
        }
        assert!(refused(&format!("https://example.com/{}", "a".repeat(2_048))));
    }

    #[test]
    fn an_address_that_is_not_public_is_refused_in_every_spelling_that_a_url_allows() {
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "127.1",
            "0",
            "169.254.169.254",
            "0xa9fea9fe",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[0:0:0:0:0:ffff:7f00:1]",
            "[fd00:ec2::254]",
            "10.1.2.3",
            "[fe80::1]",
            "①②⑦.⓪.⓪.①",
        ] {
            assert!(refused(&format!("https://{host}/")), "{host}");
        }
    }

    #[test]
    fn the_very_host_that_the_operator_allowed_is_taken_and_no_other() {
        let allowed = AllowedHosts::from_text("Hooks.internal, 127.0.0.1 [::1]");
        for text in
            ["http://hooks.internal:9000/", "https://HOOKS.internal/", "http://127.0.0.1/", "http://[::1]:1/"]
        {
            assert!(Target::parse(text, &allowed).is_ok(), "{text}");
        }
        for text in
            ["http://x.hooks.internal/", "http://127.0.0.2/", "http://10.0.0.1/", "https://localhost/"]
        {
            assert!(Target::parse(text, &allowed).is_err(), "{text}");
        }
    }
}
